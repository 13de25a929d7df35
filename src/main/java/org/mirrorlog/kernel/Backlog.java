package org.mirrorlog.kernel;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests wait for the bridge: those beyond a bound are lost like datagrams, and come again. Whatever else
 * the bridge is told is never lost, for nobody says it twice: that a device was opened, say. Thread-safe.
 */
public final class Backlog {
    private final int most;
    private final AtomicInteger waiting = new AtomicInteger();

    /** @param most far more than a kernel has under way */
    public Backlog(int most) {
        this.most = most;
    }

    /** One more wants to wait; false if it may not. */
    public boolean enter() {
        if (waiting.incrementAndGet() > most) {
            waiting.decrementAndGet();
            return false;
        }
        return true;
    }

    /** One that waited does no more. */
    public void leave() {
        waiting.decrementAndGet();
    }
}
