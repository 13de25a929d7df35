package org.mirrorlog.operations;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One question to each of many logs, some at a time: an owner that has to be started for its answer takes its time from
 * the thread that serves kernels. A log that is silent keeps the next one waiting for a moment only.
 */
final class Survey<T> {
    /** To start so many owners takes some tens of milliseconds. */
    static final int STARTING = 16;
    /** Owners that run answer from memory. */
    static final int RUNNING = 256;
    private static final Duration PATIENCE = Duration.ofMillis(100);

    private final Queue<String> left;
    private final Function<String, CompletionStage<T>> question;
    private final long endNanos;
    private final Map<String, CompletableFuture<T>> answers = new ConcurrentHashMap<>();

    private Survey(Collection<String> logs, Function<String, CompletionStage<T>> question, long endNanos) {
        this.left = new ConcurrentLinkedQueue<>(logs);
        this.question = question;
        this.endNanos = endNanos;
    }

    /**
     * Asks logs in the order given.
     *
     * @param atATime so many may be without an answer, silent ones apart
     * @param question ends by itself, within a bound and never with a failure; of any thread
     * @param limit after so long no further log is asked
     * @return the answers of all logs that were asked, by log
     */
    static <T> CompletionStage<Map<String, T>> of(Collection<String> logs, int atATime, Duration limit,
            Function<String, CompletionStage<T>> question) {
        Survey<T> survey = new Survey<>(logs, question, System.nanoTime() + limit.toNanos());
        return CompletableFuture.allOf(Stream.generate(survey::oneAfterTheOther).limit(atATime)
                .toArray(CompletableFuture[]::new)).thenCompose(asked -> survey.all());
    }

    private CompletableFuture<Void> oneAfterTheOther() {
        String log = System.nanoTime() - endNanos < 0 ? left.poll() : null;
        if (log == null) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<T> answer = question.apply(log).toCompletableFuture();
        answers.put(log, answer);
        return answer.copy().completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .thenComposeAsync(done -> oneAfterTheOther());
    }

    private CompletionStage<Map<String, T>> all() {
        return CompletableFuture.allOf(answers.values().toArray(CompletableFuture[]::new)).thenApply(done -> {
            Map<String, T> found = new HashMap<>();
            answers.forEach((log, answer) -> found.put(log, answer.join()));
            return found;
        });
    }
}
