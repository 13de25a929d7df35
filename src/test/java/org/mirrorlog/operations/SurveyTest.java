package org.mirrorlog.operations;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SurveyTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final List<String> LOGS = IntStream.range(0, 40).mapToObj(i -> "log-" + i).toList();

    private final Map<String, CompletableFuture<Integer>> asked = new ConcurrentHashMap<>();

    private final List<String> askedAtOnce = new ArrayList<>();
    private final Thread caller = Thread.currentThread();

    private CompletionStage<Integer> ask(String log) {
        if (Thread.currentThread() == caller) {
            askedAtOnce.add(log);
        }
        return asked.computeIfAbsent(log, name -> new CompletableFuture<>());
    }

    @Test
    void shouldAskAFewAtATimeInTheirOrder() {
        CompletionStage<Map<String, Integer>> survey = Survey.of(LOGS, Survey.STARTING, LONG, this::ask);

        assertEquals(LOGS.subList(0, 16), askedAtOnce);
        for (int i = 0; i < LOGS.size(); i++) {
            String log = LOGS.get(i);
            await().until(() -> asked.containsKey(log));
            asked.get(log).complete(i);
        }
        Map<String, Integer> answers = survey.toCompletableFuture().join();
        assertEquals(40, answers.size());
        assertEquals(39, answers.get("log-39"));
    }

    @Test
    void shouldNotLetTheSilentOnesHideOthers() {
        CompletionStage<Map<String, Integer>> survey = Survey.of(LOGS, Survey.STARTING, LONG, this::ask);

        await().until(() -> asked.size() == LOGS.size());
        assertFalse(survey.toCompletableFuture().isDone());
        asked.values().forEach(answer -> answer.complete(1));
        assertEquals(40, survey.toCompletableFuture().join().size());
    }

    @Test
    void shouldAskNobodyAfterTheLimit() {
        assertEquals(Map.of(), Survey.of(LOGS, Survey.STARTING, Duration.ZERO, this::ask).toCompletableFuture().join());
    }
}
