package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.mirrorlog.emulator.EmulatedDevice;
import org.mirrorlog.owner.OwnerCommand;

/**
 * A cluster of the simulation in which nothing is left to chance: at each moment it says what may happen next, and lets
 * happen what it is told. Time is no part of it: clocks of kernels and daemons go on by themselves, each alone.
 */
final class Exploration {
    /** Kinds of choices. */
    enum Move {
        EVENT, MANAGE, WRITE, START, BOOT, TICK, LONG_TICK, KERNEL_TIMER, KERNEL_TIMERS, OWNER_TIMER, KILL, CRASH, LOSE,
        DOUBLE, OWNER, ZOMBIE, LOSE_REPLY, APPEND_UNKNOWN;

        private boolean isOfTime() {
            return this == TICK || this == LONG_TICK || this == KERNEL_TIMER || this == KERNEL_TIMERS
                    || this == OWNER_TIMER;
        }

        /** Whether it may stay out for ever. */
        private boolean isFault() {
            return ordinal() >= KILL.ordinal();
        }
    }

    private static final int KIND_SHIFT = 26;
    private static final int MACHINE_SHIFT = 20;
    private static final int MOST_STEPS = 100_000;
    private static final long TICK_MS = 100;
    /** Longer than whatever a daemon waits for. */
    private static final long LONG_TICK_MS = 31_000;

    private final Scope scope;
    private final Simulation sim;
    private final PendingEvents events;
    private final Mirror mirror;
    /** By machine: how much of its script is done, and how many writes. */
    private final int[] scripted;
    private final int[] written;
    /** What is left, by kind of fault; early timers under TICK. */
    private final int[] budgets = new int[Move.values().length];

    Exploration(Scope scope, Hole hole, int traced) {
        this.scope = scope;
        this.events = new PendingEvents(scope);
        this.sim = new Simulation(new NoDice(), scope.plan(), events, hole, traced);
        this.mirror = sim.mirrors().get(0);
        this.scripted = new int[scope.machines()];
        this.written = new int[scope.machines()];
        budgets[Move.KILL.ordinal()] = scope.daemonCrashes();
        budgets[Move.CRASH.ordinal()] = scope.machineCrashes();
        budgets[Move.LOSE.ordinal()] = scope.losses();
        budgets[Move.DOUBLE.ordinal()] = scope.doubles();
        budgets[Move.OWNER.ordinal()] = scope.moves();
        budgets[Move.LOSE_REPLY.ordinal()] = scope.lostReplies();
        budgets[Move.APPEND_UNKNOWN.ordinal()] = scope.unknownAppends();
        budgets[Move.TICK.ordinal()] = scope.earlyTimers();
        sim.machines().forEach(Machine::boot);
        settle();
    }

    /** Always the least. */
    private static final class NoDice extends Dice {
        private static final long SEEDS = 1_000_000_000;
        private long seeds;

        NoDice() {
            super(0);
        }

        @Override
        boolean chance(double probability) {
            return probability > 0.5;
        }

        @Override
        int below(int limit) {
            return 0;
        }

        @Override
        long between(long first, long last) {
            return last - first > SEEDS ? first + ++seeds : first;
        }

        @Override
        double between(double from, double to) {
            return (from + to) / 2;
        }

        @Override
        <T> T pick(List<T> choices) {
            return choices.get(0);
        }
    }

    Simulation sim() {
        return sim;
    }

    PendingEvents events() {
        return events;
    }

    Mirror mirror() {
        return mirror;
    }

    /** What is left of everything, and how far machine after machine is, in that order. */
    void count(int[] order, List<Integer> into) {
        for (int budget : budgets) {
            into.add(budget);
        }
        for (int i : order) {
            into.add(scripted[i]);
            into.add(written[i]);
        }
    }

    static Move kind(int choice) {
        return Move.values()[choice >>> KIND_SHIFT];
    }

    private static int choice(Move move, int machine, int argument) {
        return move.ordinal() << KIND_SHIFT | machine << MACHINE_SHIFT | argument;
    }

    private static int machine(int choice) {
        return choice >>> MACHINE_SHIFT & (1 << KIND_SHIFT - MACHINE_SHIFT) - 1;
    }

    private static int argument(int choice) {
        return choice & (1 << MACHINE_SHIFT) - 1;
    }

    // --- what may happen

    /** Everything that may happen next. */
    int[] choices() {
        List<Integer> all = new ArrayList<>();
        List<PendingEvents.Choice> pending = events.choices();
        for (PendingEvents.Choice event : pending) {
            all.add(choice(Move.EVENT, 0, event.number()));
            if (event.kind() == EventQueue.Kind.MESSAGE) {
                addFault(all, Move.LOSE, 0, event.number());
                addFault(all, Move.DOUBLE, 0, event.number());
            }
        }
        for (int i = 0; i < scope.machines(); i++) {
            addOfMachine(all, i, sim.machines().get(i));
        }
        addFault(all, Move.LOSE_REPLY, 0, 0);
        addFault(all, Move.APPEND_UNKNOWN, 0, 0);
        Machine home = sim.placement().home(mirror.uuid());
        for (int i = 0; home != null && i < scope.machines(); i++) {
            addFault(all, Move.OWNER, i, 0);
            boolean mayBeZombie = sim.machines().get(i) != home && budgets[Move.OWNER.ordinal()] > 0;
            if (mayBeZombie) {
                all.add(choice(Move.ZOMBIE, i, 0));
            }
        }
        if (pending.isEmpty() || budgets[Move.TICK.ordinal()] > 0) {
            addTimers(all);
        }
        return all.stream().mapToInt(Integer::intValue).toArray();
    }

    private void addFault(List<Integer> all, Move move, int machine, int argument) {
        if (budgets[move.ordinal()] > 0) {
            all.add(choice(move, machine, argument));
        }
    }

    private void addOfMachine(List<Integer> all, int i, Machine machine) {
        if (!machine.isUp()) {
            all.add(choice(Move.BOOT, i, 0));
            return;
        }
        if (machine.daemon().isEmpty()) {
            all.add(choice(Move.START, i, 0));
        } else {
            addFault(all, Move.KILL, i, 0);
        }
        addFault(all, Move.CRASH, i, 0);
        EmulatedDevice device = mirror.device(machine);
        if (scripted[i] < scope.script().length() && !device.isBusy()) {
            all.add(choice(Move.MANAGE, i, 0));
        }
        if (written[i] < scope.writes() && device.active().isPresent()
                && mirror.workload().openIo(machine) == 0) {
            for (int region = 0; region < scope.regions(); region++) {
                all.add(choice(Move.WRITE, i, region));
            }
        }
    }

    private void addTimers(List<Integer> all) {
        for (int i = 0; i < scope.machines(); i++) {
            Machine machine = sim.machines().get(i);
            if (machine.daemon().isPresent()) {
                all.add(choice(Move.TICK, i, 0));
            }
        }
        for (int i = 0; i < scope.machines(); i++) {
            Machine machine = sim.machines().get(i);
            if (machine.isUp() && machine.kernel().nextTimerMs().isPresent()) {
                all.add(choice(Move.KERNEL_TIMER, i, 0));
                if (machine.kernel().lastTimerMs().getAsLong() > machine.kernel().nextTimerMs().getAsLong()) {
                    all.add(choice(Move.KERNEL_TIMERS, i, 0));
                }
            }
            if (machine.daemon().isPresent()) {
                all.add(choice(Move.LONG_TICK, i, 0));
                List<OwnerCommand> timed = timed(machine);
                for (int k = 0; k < timed.size(); k++) {
                    all.add(choice(Move.OWNER_TIMER, i, k));
                }
            }
        }
    }

    private List<OwnerCommand> timed(Machine machine) {
        return machine.daemon().flatMap(daemon -> daemon.ownerOf(mirror.uuid())).map(owner -> owner.timed().stream()
                .filter(command -> command != OwnerCommand.RepairDevice.INSTANCE).toList()).orElse(List.of());
    }

    /** Whether nothing but faults and the passing of time is left. */
    static boolean isAtRest(int[] choices) {
        return Arrays.stream(choices).allMatch(choice -> kind(choice).isOfTime() || kind(choice).isFault());
    }

    /** Whether something is under way, so that a timer that fires is early. */
    static boolean isUnderWay(int[] choices) {
        return Arrays.stream(choices).anyMatch(choice -> kind(choice) == Move.EVENT);
    }

    static boolean isOfTime(int choice) {
        return kind(choice).isOfTime();
    }

    // --- it happens

    /** Throws Violation when a checker sees what must not be. */
    void take(int choice) {
        Move move = kind(choice);
        Machine machine = sim.machines().get(machine(choice));
        boolean isEarly = move.isOfTime() && !events.choices().isEmpty();
        if (isEarly) {
            budgets[Move.TICK.ordinal()]--;
        }
        if (move.isFault()) {
            budgets[(move == Move.ZOMBIE ? Move.OWNER : move).ordinal()]--;
        }
        if (move != Move.EVENT) {
            sim.trace().add(machine.name(), "--", move, argument(choice) == 0 ? "" : argument(choice));
        }
        carryOut(move, machine, argument(choice));
        settle();
        if (budgets[Move.CRASH.ordinal()] == 0) {
            // Nobody will miss what is not forced to the disk.
            sim.machines().forEach(each -> each.numbers().force());
        }
    }

    private void carryOut(Move move, Machine machine, int argument) {
        switch (move) {
            case EVENT: events.take(argument).action().run(); break;
            case MANAGE: manage(machine); break;
            case WRITE:
                written[sim.machines().indexOf(machine)]++;
                mirror.workload().write(machine, argument * 2);
                break;
            case START: machine.startDaemon(); break;
            case BOOT: machine.boot(); break;
            case TICK: case LONG_TICK:
                machine.numbers().force();
                machine.daemon().orElseThrow().hurryBy(move == Move.TICK ? TICK_MS : LONG_TICK_MS);
                break;
            case KERNEL_TIMER: hurry(machine, machine.kernel().nextTimerMs()); break;
            case KERNEL_TIMERS: hurry(machine, machine.kernel().lastTimerMs()); break;
            case OWNER_TIMER:
                machine.daemon().orElseThrow().ownerOf(mirror.uuid()).orElseThrow()
                        .fire(timed(machine).get(argument));
                break;
            case KILL: machine.killDaemon(); break;
            case CRASH:
                machine.crash();
                scripted[sim.machines().indexOf(machine)] = 0;
                break;
            case LOSE: events.take(argument); break;
            case DOUBLE: events.twice(argument); break;
            case OWNER: sim.placement().move(mirror.uuid(), machine, false); break;
            case ZOMBIE: sim.placement().move(mirror.uuid(), machine, true); break;
            case LOSE_REPLY: sim.arm(Fault.REPLY_LOST); break;
            default: sim.arm(Fault.APPEND_UNKNOWN);
        }
    }

    private static void hurry(Machine machine, OptionalLong toMs) {
        machine.hurryTo(toMs.getAsLong());
    }

    private void manage(Machine machine) {
        int index = sim.machines().indexOf(machine);
        char call = scope.script().charAt(scripted[index]++);
        EmulatedDevice device = mirror.device(machine);
        machine.touch(() -> {
            switch (call) {
                case 'l': mirror.workload().load(machine, device); break;
                case 'r': mirror.workload().say(machine, device.resume()); break;
                case 's': mirror.workload().say(machine, device.suspend()); break;
                case 'x': mirror.workload().say(machine, device.remove()); break;
                default: throw new IllegalArgumentException("no call of management: " + call);
            }
        });
    }

    /** What has to happen at once. */
    private void settle() {
        mirror.checkers().afterStep();
        for (int steps = 0; events.step(); steps++) {
            if (steps > MOST_STEPS) {
                throw new Violation("Liveness", "it never comes to rest");
            }
            mirror.checkers().afterStep();
        }
    }

    /** Nothing moves any more, and nothing can but by a fault: then everything has to be well. */
    void checkRest() {
        for (Machine machine : sim.machines()) {
            EmulatedDevice device = mirror.device(machine);
            boolean isIdle = !device.isBusy() && mirror.workload().openIo(machine) == 0;
            if (!isIdle && !device.isSuspended()) {
                throw new Violation("Liveness", "nothing moves, but " + machine + " waits: "
                        + mirror.checkers().situation());
            }
        }
        boolean isInUse = sim.machines().stream().map(mirror::device)
                .allMatch(device -> device.active().isPresent() && !device.isSuspended());
        if (isInUse && !mirror.truth().unsynced().isEmpty()) {
            throw new Violation("Liveness", "nothing moves, but regions are not recovered: "
                    + mirror.checkers().situation());
        }
        if (isInUse) {
            mirror.checkers().atTheEnd();
        }
    }
}
