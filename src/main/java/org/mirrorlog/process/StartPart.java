package org.mirrorlog.process;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What a thread waits for while the daemon starts and stops, and not for ever. */
public final class StartPart {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private StartPart() {
    }

    /**
     * Waits for a part of the start.
     *
     * @throws StartException it failed, or took too long
     */
    public static <T> T await(String what, CompletionStage<T> stage) throws StartException {
        try {
            return await(stage, PATIENCE);
        } catch (ExecutionException e) {
            throw new StartException(what + ": " + rootCause(e), e);
        } catch (TimeoutException e) {
            throw new StartException(what + ": not there after " + PATIENCE.toSeconds() + " s", e);
        }
    }

    /**
     * Waits for a part of the start that only a disk can hold up, for as long as that does: {@link StartWatch} tells.
     *
     * @throws StartException it failed
     * @throws IllegalStateException interrupted
     */
    public static <T> T awaitDisk(String what, CompletionStage<T> stage) throws StartException {
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw new StartException(what + ": " + rootCause(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + what, e);
        }
    }

    /**
     * Waits for so long.
     *
     * @throws IllegalStateException interrupted
     */
    public static <T> T await(CompletionStage<T> stage, Duration patience)
            throws ExecutionException, TimeoutException {
        try {
            return stage.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the node", e);
        }
    }

    /** What is at the bottom of it. */
    public static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
