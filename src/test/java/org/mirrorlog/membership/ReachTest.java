package org.mirrorlog.membership;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReachTest {
    private static final String SLOW = "a name that is looked up for long:1";
    private static final String THERE = "there:1";
    private static final String ABSENT = "absent:1";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch found = new CountDownLatch(1);
    private final AtomicInteger lookups = new AtomicInteger();
    private final Reach reach = new Reach(this::isThere, threads);

    private boolean isThere(String endpoint) {
        if (!endpoint.equals(SLOW)) {
            return endpoint.equals(THERE);
        }
        lookups.incrementAndGet();
        try {
            found.await();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    /** What a start finds out about those it does not get on with, before it says for whom it waits. */
    @Test
    void shouldTellWhatItKnowsOfSomeWhileANameIsLookedUp() {
        Looks<String> looks = new Looks<>(endpoint -> isThere(endpoint) ? endpoint + " is strange" : "",
                Duration.ofMillis(100), threads);

        await("the other one").atMost(Duration.ofSeconds(30)).until(() -> looks.at(List.of(SLOW, THERE)),
                Map.of(THERE, "there:1 is strange")::equals);

        found.countDown();

        await("it to be found out").atMost(Duration.ofSeconds(30)).until(() -> looks.at(List.of(SLOW)),
                Map.of(SLOW, SLOW + " is strange")::equals);
    }

    @Test
    void shouldTellOfOthersWhileANameIsLookedUp() {
        List<String> all = List.of(SLOW, THERE, ABSENT);

        assertEquals(Set.of(THERE), reach.of(all));
        assertEquals(Set.of(THERE), reach.of(all));
        assertEquals(1, lookups.get(), "it is asked once at a time");

        found.countDown();

        await("it to be found out").atMost(Duration.ofSeconds(30)).until(() -> reach.of(List.of(SLOW)),
                Set.of(SLOW)::equals);
        assertEquals(Set.of(SLOW, THERE), reach.of(all), "and it is asked again");
        assertEquals(Set.of(), reach.of(List.of()));
    }
}
