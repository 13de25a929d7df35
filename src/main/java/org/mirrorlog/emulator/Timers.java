package org.mirrorlog.emulator;

import java.util.OptionalLong;
import java.util.PriorityQueue;

/**
 * The machine's timers on a clock that others move. Timers due at the same time run in the order in which they were
 * set.
 */
final class Timers {
    private final PriorityQueue<Timer> queue = new PriorityQueue<>();
    private long nowMs;
    private long serial;

    /** One pending action; {@link #cancel} makes it do nothing. */
    final class Timer implements Comparable<Timer> {
        private final long dueMs;
        private final long order;
        private final Runnable action;

        private Timer(long dueMs, long order, Runnable action) {
            this.dueMs = dueMs;
            this.order = order;
            this.action = action;
        }

        void cancel() {
            queue.remove(this);
        }

        @Override
        public int compareTo(Timer other) {
            return dueMs != other.dueMs ? Long.compare(dueMs, other.dueMs) : Long.compare(order, other.order);
        }
    }

    long nowMs() {
        return nowMs;
    }

    /** Runs the action once, this long from now. */
    Timer after(long delayMs, Runnable action) {
        Timer timer = new Timer(nowMs + delayMs, serial++, action);
        queue.add(timer);
        return timer;
    }

    /** When the next timer is due; empty if none is set. */
    OptionalLong nextMs() {
        return queue.isEmpty() ? OptionalLong.empty() : OptionalLong.of(queue.peek().dueMs);
    }

    /** When the last of the timers is due; empty if none is set. */
    OptionalLong lastMs() {
        return queue.stream().mapToLong(timer -> timer.dueMs).max();
    }

    /** Takes the next action that is due at that time and moves the clock to it; null when there is none left. */
    Runnable takeDue(long timeMs) {
        if (queue.isEmpty() || queue.peek().dueMs > timeMs) {
            return null;
        }
        Timer timer = queue.poll();
        nowMs = Math.max(nowMs, timer.dueMs);
        return timer.action;
    }

    /** Moves the clock forward; it never goes back. */
    void moveTo(long timeMs) {
        nowMs = Math.max(nowMs, timeMs);
    }
}
