package org.mirrorlog.journal.raft;

import java.util.PriorityQueue;

/** What happens when, in microseconds from the start; at one moment, in the order in which it was asked for. */
final class SimulatedTime {
    private record Event(long atUs, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return atUs != other.atUs ? Long.compare(atUs, other.atUs) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private long nowUs;
    private long events;

    long nowUs() {
        return nowUs;
    }

    void at(long timeUs, Runnable action) {
        queue.add(new Event(Math.max(timeUs, nowUs), events++, action));
    }

    void after(long delayUs, Runnable action) {
        at(nowUs + delayUs, action);
    }

    /** Lets the next event happen, unless it lies beyond the end; false then, and when there is none. */
    boolean step(long endUs) {
        Event next = queue.peek();
        if (next == null || next.atUs > endUs) {
            nowUs = Math.max(nowUs, endUs);
            return false;
        }
        queue.poll();
        nowUs = next.atUs;
        next.action.run();
        return true;
    }
}
