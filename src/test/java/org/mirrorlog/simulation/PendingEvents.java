package org.mirrorlog.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Events without time: what may happen next is anybody's choice. What takes no time happens at once. Timers are not
 * kept: they are known to kernels, daemons and owners, and fired there.
 */
final class PendingEvents extends EventQueue {
    /** One that may be chosen. Its number is the same whenever the same choices lead to it. */
    record Choice(int number, Kind kind, Runnable action) {
        boolean isOver() {
            return action instanceof Passing passing && passing.isOver();
        }
    }

    private final Scope scope;
    private final Deque<Runnable> atOnce = new ArrayDeque<>();
    private final Deque<Choice> wire = new ArrayDeque<>();
    private final List<Choice> pending = new ArrayList<>();
    private int numbers;

    PendingEvents(Scope scope) {
        this.scope = scope;
    }

    @Override
    boolean isExplored() {
        return true;
    }

    @Override
    void at(Kind kind, long timeUs, Runnable action) {
        boolean isAtOnce = kind == Kind.STEP && timeUs <= nowUs() || kind == Kind.TURN && !scope.isOwnerSlow();
        if (isAtOnce) {
            atOnce.add(action);
        } else if (kind == Kind.WIRE) {
            wire.add(new Choice(numbers++, kind, action));
        } else if (kind != Kind.TIMER) {
            pending.add(new Choice(numbers++, kind, action));
        }
    }

    /** Whether something happened that had to. */
    boolean step() {
        Runnable action = atOnce.poll();
        if (action == null && !scope.isWireFree() && !wire.isEmpty()) {
            action = wire.poll().action();
        }
        if (action == null) {
            return false;
        }
        action.run();
        return true;
    }

    /** All that may happen next. A wire keeps the order: of each direction of each machine only the first. */
    List<Choice> choices() {
        pending.removeIf(Choice::isOver);
        wire.removeIf(Choice::isOver);
        List<Choice> choices = new ArrayList<>(pending);
        List<String> lanes = new ArrayList<>();
        for (Choice choice : wire) {
            String lane = choice.action().getClass().getSimpleName() + ((Passing) choice.action()).where().name();
            if (!lanes.contains(lane)) {
                lanes.add(lane);
                choices.add(choice);
            }
        }
        return choices;
    }

    /** What waits, in no order that matters. */
    List<Choice> unordered() {
        pending.removeIf(Choice::isOver);
        return List.copyOf(pending);
    }

    /** What is on its way from one to the other, in order. */
    List<Choice> onWire() {
        return List.copyOf(wire);
    }

    Choice take(int number) {
        Choice choice = find(number);
        pending.remove(choice);
        wire.remove(choice);
        return choice;
    }

    /** It happens now, and once more later. */
    void twice(int number) {
        Choice choice = find(number);
        pending.add(new Choice(numbers++, choice.kind(), choice.action()));
    }

    private Choice find(int number) {
        return choices().stream().filter(choice -> choice.number() == number).findFirst().orElseThrow();
    }
}
