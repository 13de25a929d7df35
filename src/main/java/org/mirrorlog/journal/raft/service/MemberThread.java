package org.mirrorlog.journal.raft.service;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.Turns;
import org.mirrorlog.journal.raft.Turn;

/** The turn of a member: one thread, {@code mirrorlog-journal}. What comes after its end is not run. */
final class MemberThread implements Turn {

    private final ScheduledThreadPoolExecutor thread;
    private final Consumer<Throwable> broken;
    private final Turns turns = new Turns();

    /** @param broken told what a task has thrown: then nothing is certain any more */
    MemberThread(Consumer<Throwable> broken) {
        this.broken = broken;
        turns.rests();
        this.thread = new ScheduledThreadPoolExecutor(1, work -> {
            Thread made = new Thread(work, Journal.THREAD_NAME);
            made.setDaemon(true);
            return made;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void submit(Runnable task) {
        schedule(task, Duration.ZERO);
    }

    @Override
    public void schedule(Runnable task, Duration delay) {
        try {
            thread.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            if (!thread.isShutdown()) {
                throw e;
            }
        }
    }

    private void run(Runnable task) {
        turns.turned();
        try {
            task.run();
        } catch (Throwable e) {
            // The outermost loop: a member that did half of something must not go on.
            broken.accept(e);
        } finally {
            turns.rests();
        }
    }

    /** As {@link Journal#turns}. */
    long turns() {
        return turns.count();
    }

    void end() {
        thread.shutdownNow();
    }
}
