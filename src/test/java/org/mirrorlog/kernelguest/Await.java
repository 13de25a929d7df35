package org.mirrorlog.kernelguest;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waiting for something outside this process: asks again and again, and says at the end what it saw last. */
final class Await {
    private static final long PAUSE_MS = 100;

    private Await() {
    }

    /** The first value that is accepted; AssertionError with {@code what} and the last value after {@code limit}. */
    static <T> T until(String what, Duration limit, Supplier<T> look, Predicate<T> accepted) {
        return until(what, limit, look, accepted, Object::toString);
    }

    /** The same, with the last value told by {@code describe}. */
    static <T> T until(String what, Duration limit, Supplier<T> look, Predicate<T> accepted,
            Function<T, String> describe) {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        while (true) {
            T seen = look.get();
            if (accepted.test(seen)) {
                return seen;
            }
            if (System.nanoTime() > deadlineNs) {
                throw new AssertionError("waited " + limit.toSeconds() + " s for " + what + "; last seen: "
                        + describe.apply(seen));
            }
            pause();
        }
    }

    /** The result of what somebody else does; AssertionError with {@code what} after {@code limit}, or if it fails. */
    static <T> T result(CompletableFuture<T> future, Duration limit, String what) {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("waited " + limit.toSeconds() + " s for " + what, e);
        } catch (ExecutionException e) {
            throw new AssertionError("waiting for " + what + ": " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + what, e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting", e);
        }
    }
}
