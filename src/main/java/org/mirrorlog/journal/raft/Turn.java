package org.mirrorlog.journal.raft;

import java.time.Duration;

/** Where everything of one member happens, one thing after the other. May be called from any thread. */
public interface Turn {

    /** Runs a task after those submitted before it; never within this call. */
    void submit(Runnable task);

    /** Submits a task after a delay. */
    void schedule(Runnable task, Duration delay);
}
