package org.mirrorlog.kernel;

import akka.dispatch.DispatcherPrerequisites;
import akka.dispatch.ExecutorServiceConfigurator;
import akka.dispatch.ExecutorServiceFactory;
import com.typesafe.config.Config;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of the hot dispatcher: while work comes in close succession, a thread without work looks for more for a
 * short while before it sleeps, for the reason that {@code mirrorlog.kernel.lookout} gives. Made by Akka, by its name.
 */
public final class BusyPollExecutor extends ExecutorServiceConfigurator {
    private final int threads;
    private final long lookoutNs;

    /**
     * Called by Akka.
     *
     * @param config the dispatcher's block: {@code threads} and {@code lookout}
     * @param prerequisites not used
     */
    public BusyPollExecutor(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
        this.threads = config.getInt("threads");
        this.lookoutNs = config.getDuration("lookout", TimeUnit.NANOSECONDS);
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threadFactory) {
        return new ExecutorServiceFactory() {
            @Override
            public ExecutorService createExecutorService() {
                return new ThreadPoolExecutor(threads, threads, 0, TimeUnit.SECONDS, new WatchedQueue(lookoutNs),
                        threadFactory);
            }
        };
    }

    /** Work that waits. What bounds it are the mailboxes: an actor is in it once at most. */
    private static final class WatchedQueue extends LinkedBlockingQueue<Runnable> {
        private static final long serialVersionUID = 1L;

        private final long lookoutNs;
        private volatile boolean isLively;

        private WatchedQueue(long lookoutNs) {
            this.lookoutNs = lookoutNs;
        }

        @Override
        public Runnable take() throws InterruptedException {
            Runnable next = poll();
            if (next != null) {
                return next;
            }
            long begin = System.nanoTime();
            if (isLively) {
                do {
                    Thread.yield();
                    next = poll();
                    if (next != null) {
                        return next;
                    }
                } while (System.nanoTime() - begin < lookoutNs);
            }
            next = super.take();
            isLively = System.nanoTime() - begin < 4 * lookoutNs;
            return next;
        }
    }
}
