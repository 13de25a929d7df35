package org.mirrorlog.daemon;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.mirrorlog.cluster.GoesOn;

/**
 * The thread that waits for the data directory's disk, so that nobody who serves kernels does. It lets a moment pass
 * before each task, in which more comes to do: one task writes all there is.
 */
final class HeardWriter implements Executor, AutoCloseable {
    private static final long MOMENT_NS = 1_000_000;
    private static final long LAST_TASK_MS = 1_000;

    private final ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 0, TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(), work -> {
                Thread thread = new Thread(work, "mirrorlog-heard");
                thread.setDaemon(true);
                return thread;
            }, new ThreadPoolExecutor.DiscardPolicy());

    HeardWriter() {
        pool.prestartCoreThread();
    }

    @Override
    public void execute(Runnable task) {
        Runnable work = GoesOn.task("who writes what was heard", task);
        pool.execute(() -> {
            LockSupport.parkNanos(this, MOMENT_NS);
            work.run();
        });
    }

    /** What was handed over is done, unless the disk takes longer than a second. */
    @Override
    public void close() {
        pool.shutdown();
        try {
            pool.awaitTermination(LAST_TASK_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
