package org.mirrorlog.instance;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;

/**
 * The rounds of one instance: one at a time, in order, each sent again under its own number until answered (D5). Held
 * ones step aside and are asked again as new rounds, so that they block nobody.
 */
final class RoundStream {
    /**
     * Requests that wait; the kernel has one worker and a few ioctl callers per table, and sends again what is dropped.
     */
    static final int MOST_WAITING = 64;

    private record Held(Task task, long notBeforeMs) { }

    private final Tuning tuning;
    private final Function<Ask, Round> numbering;
    private final InstanceEnvironment surroundings;
    private final Supplier<Task> rejoining;
    private final LastKnownLog heard;
    private final RoundCounters costs;
    private final Consumer<InstanceKey> condemn;
    private final Deque<Task> waiting = new ArrayDeque<>();
    private final List<Held> held = new ArrayList<>();
    private Task current;
    private Round round;
    private long sentAtMs;
    private long retryMs;
    private String lastReason = "";
    /** A gate was held: nothing is asked before this time. */
    private long shutUntilMs = Long.MIN_VALUE;

    /**
     * @param numbering makes the next round of the stream
     * @param rejoining the task that takes up a session which the owner does not know
     */
    RoundStream(LogInstance.Context context, LastKnownLog heard, Function<Ask, Round> numbering,
            Supplier<Task> rejoining) {
        this.tuning = context.tuning();
        this.surroundings = context.surroundings();
        this.costs = context.costs();
        this.condemn = context.condemn();
        this.heard = heard;
        this.numbering = numbering;
        this.rejoining = rejoining;
    }

    /** Appends a task. A worker's request makes older ones of the worker pointless: their copies were given up. */
    void add(Task task, long nowMs) {
        if (task.call().filter(Call::isWorkersAlone).isPresent()) {
            waiting.removeIf(other -> other.call().filter(Call::isWorkersAlone).isPresent());
            held.removeIf(other -> other.task().call().filter(Call::isWorkersAlone).isPresent());
        }
        if (task.call().isEmpty() || waiting.size() + held.size() < MOST_WAITING) {
            waiting.addLast(task);
        }
        if (task.call().isEmpty()) {
            // The instance's own business may have made the gate pointless.
            shutUntilMs = Long.MIN_VALUE;
        }
        proceed(nowMs);
    }

    /** Puts a task before all others; it is begun by the caller's next {@link #proceed}. */
    void addFirst(Task task) {
        waiting.addFirst(task);
    }

    /** Forgets requests that wait for an answer of the old session (D4); what is under way is answered first. */
    void dropCalls() {
        waiting.removeIf(task -> task.call().isPresent());
        held.removeIf(entry -> entry.task().call().isPresent());
    }

    boolean isIdle() {
        return current == null && waiting.isEmpty();
    }

    /** Sends the next round if none is under way. */
    void proceed(long nowMs) {
        while (current == null && !waiting.isEmpty() && nowMs >= shutUntilMs) {
            Task task = waiting.removeFirst();
            Ask ask = task.begin().get();
            if (ask != null) {
                current = task;
                round = numbering.apply(ask);
                retryMs = tuning.roundRetryMs();
                costs.round(task);
                transmit(nowMs);
            }
        }
    }

    void onTick(long nowMs) {
        if (round != null && nowMs - sentAtMs >= retryMs) {
            retryMs = Math.min(2 * retryMs, 8 * tuning.roundRetryMs());
            costs.repeatedRound();
            transmit(nowMs);
        }
        for (Iterator<Held> entries = held.iterator(); entries.hasNext();) {
            Held entry = entries.next();
            if (nowMs >= entry.notBeforeMs()) {
                entries.remove();
                waiting.addLast(entry.task());
            }
        }
        proceed(nowMs);
    }

    private void transmit(long nowMs) {
        sentAtMs = nowMs;
        surroundings.send(round);
    }

    /** Takes an answer if it is the one waited for. */
    void onAnswer(RoundAnswer answer, long nowMs) {
        boolean isAwaited = round != null && round.number() == answer.number() && round.daemonStart()
                == answer.daemonStart();
        if (!isAwaited || !heard.take(answer)) {
            return;
        }
        Task task = current;
        InstanceKey key = new InstanceKey(round.uuid(), round.by().luid());
        current = null;
        round = null;
        if (answer.answer() instanceof Answer.DeclaredDead) {
            waiting.clear();
            held.clear();
            condemn.accept(key);
        } else if (answer.answer() instanceof Answer.Held hold && !task.takesHeld()) {
            if (!hold.reason().equals(lastReason)) {
                surroundings.warn(key, "held: " + hold.reason());
                lastReason = hold.reason();
            }
            hold(task, nowMs + tuning.holdRetryMs());
        } else if (answer.answer() instanceof Answer.UnknownSession && !task.takesUnknown()) {
            waiting.addFirst(task);
            waiting.addFirst(rejoining.get());
        } else {
            lastReason = "";
            task.finish().accept(answer);
        }
        proceed(nowMs);
    }

    /** What those who wait here wait for; empty: for nothing. */
    String waitsFor(long nowMs) {
        if (!lastReason.isEmpty()) {
            return "held: " + lastReason;
        }
        return round == null ? "" : "the owner of its log is asked; asked last " + (nowMs - sentAtMs) + " ms ago";
    }

    private void hold(Task task, long notBeforeMs) {
        if (task.isGate()) {
            waiting.addFirst(task);
            shutUntilMs = notBeforeMs;
        } else {
            held.add(new Held(task, notBeforeMs));
        }
    }

    /** Sends the round under way once more, at once: its owner is likely to be another one now. */
    void resend(long nowMs) {
        if (round != null) {
            retryMs = tuning.roundRetryMs();
            costs.repeatedRound();
            transmit(nowMs);
        }
    }
}
