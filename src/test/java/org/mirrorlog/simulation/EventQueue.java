package org.mirrorlog.simulation;

import java.util.PriorityQueue;

/** Simulated time: what happens when, in microseconds from the start of the run. */
class EventQueue {
    /** What an event is to whoever chooses among events rather than lets time decide. */
    enum Kind {
        STEP,
        /** A request or a reply between a kernel and its daemon. */
        WIRE,
        /** Between daemons, or between a daemon and its own owners. */
        MESSAGE,
        /** An owner comes to what it was told. */
        TURN,
        /** Whoever set it knows of it by other means as well. */
        TIMER
    }

    /** What does nothing any more once somebody is gone. */
    interface Passing extends Runnable {
        boolean isOver();

        /** Where it happens. */
        Machine where();
    }

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

    final void at(long timeUs, Runnable action) {
        at(Kind.STEP, timeUs, action);
    }

    void at(Kind kind, long timeUs, Runnable action) {
        queue.add(new Event(Math.max(timeUs, nowUs), events++, action));
    }

    final void after(long delayUs, Runnable action) {
        after(Kind.STEP, delayUs, action);
    }

    final void after(Kind kind, long delayUs, Runnable action) {
        at(kind, nowUs() + delayUs, action);
    }

    /** Whether nothing happens by itself: somebody looks at all that could. */
    boolean isExplored() {
        return false;
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
