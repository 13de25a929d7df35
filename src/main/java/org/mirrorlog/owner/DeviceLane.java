package org.mirrorlog.owner;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * What is done to one log device: one thing at a time, in the order asked. It occupies one thread while there is
 * something to do and none else, so that a device that hangs holds up nobody but its own log.
 *
 * <p>Thread-safe. What was asked is bounded by those who ask: an owner waits for one before it asks for the next.
 */
final class DeviceLane {
    /** After this long without an answer a device is late. */
    static final long LATE_MS = 5_000;

    /** What the device is doing, and since when. */
    record Running(String what, long sinceMs) { }

    private static final class Job<T> {
        private final String what;
        private final Callable<T> work;
        private final boolean isLast;
        private final CompletableFuture<T> result = new CompletableFuture<>();

        Job(String what, Callable<T> work, boolean isLast) {
            this.what = what;
            this.work = work;
            this.isLast = isLast;
        }

        void run() {
            try {
                result.complete(work.call());
            } catch (Throwable e) {
                // The outermost loop of this thread: whatever it is concerns this device alone, and those who wait.
                result.completeExceptionally(e);
            }
        }
    }

    private final Executor threads;
    private final LongSupplier clockMs;
    private final Deque<Job<?>> waiting = new ArrayDeque<>();
    private boolean isOccupied;
    private Job<?> current;
    private long currentSinceMs;
    private boolean wasLate;

    /** @param threads must have a thread for every lane that has something to do */
    DeviceLane(Executor threads, LongSupplier clockMs) {
        this.threads = threads;
        this.clockMs = clockMs;
    }

    /** Does this when everything asked before has ended. */
    <T> CompletableFuture<T> add(String what, Callable<T> work) {
        return add(new Job<>(what, work, false));
    }

    /** As {@link #add}; not even {@link #abandon} keeps it from being done. */
    <T> CompletableFuture<T> addLast(String what, Callable<T> work) {
        return add(new Job<>(what, work, true));
    }

    private <T> CompletableFuture<T> add(Job<T> job) {
        synchronized (this) {
            waiting.add(job);
            if (isOccupied) {
                return job.result;
            }
            isOccupied = true;
        }
        try {
            threads.execute(this::run);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // No thread can be had: nothing was done.
            giveUp(e);
        }
        return job.result;
    }

    private void run() {
        for (Job<?> job = next(); job != null; job = next()) {
            job.run();
        }
    }

    private synchronized Job<?> next() {
        long now = clockMs.getAsLong();
        wasLate = current == null ? wasLate : now - currentSinceMs >= LATE_MS;
        current = waiting.poll();
        currentSinceMs = now;
        isOccupied = current != null;
        return current;
    }

    private void giveUp(Throwable why) {
        List<Job<?>> given;
        synchronized (this) {
            given = new ArrayList<>(waiting);
            waiting.clear();
            isOccupied = false;
        }
        given.forEach(job -> job.result.completeExceptionally(why));
    }

    /** Nobody waits any more for what is under way, and what waits is not done; what was added last is. */
    void abandon(String why) {
        List<Job<?>> given;
        synchronized (this) {
            given = new ArrayList<>(waiting);
            if (current != null) {
                given.add(current);
            }
            waiting.removeIf(job -> !job.isLast);
        }
        given.stream().filter(job -> !job.isLast)
                .forEach(job -> job.result.completeExceptionally(new CancellationException(why)));
    }

    /** Whether something is under way or waits. */
    synchronized boolean isOccupied() {
        return isOccupied;
    }

    /** What is under way. */
    synchronized Optional<Running> running() {
        return current == null ? Optional.empty() : Optional.of(new Running(current.what, currentSinceMs));
    }

    /** Whether what ended last was late; told once. */
    synchronized boolean takeWasLate() {
        boolean was = wasLate;
        wasLate = false;
        return was;
    }
}
