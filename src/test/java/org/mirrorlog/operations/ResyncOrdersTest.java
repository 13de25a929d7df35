package org.mirrorlog.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Which owners are told to pause, and for how long. */
class ResyncOrdersTest {
    private final List<String> told = new ArrayList<>();
    private CompletionStage<Boolean> isInSync = CompletableFuture.completedStage(false);
    private final ResyncOrders orders = new ResyncOrders(() -> CompletableFuture.completedStage(List.of("K", "L", "M")),
            uuid -> isInSync, (uuid, seconds) -> told.add(uuid + " " + seconds));

    private List<String> tick() {
        told.clear();
        orders.tick();
        return List.copyOf(told);
    }

    @Test
    void shouldBeSaidAgainAndAgainAndTakenBackOnce() {
        orders.pause("L");
        assertEquals(List.of("L 10"), tick());
        assertEquals(List.of("L 10"), tick());

        orders.resume("L");
        assertEquals(List.of("L 0"), tick());
        assertEquals(List.of(), tick());
    }

    @Test
    void shouldHaveOthersWaitUntilTheFirstIsInSync() {
        orders.pause("K");
        orders.putFirst("K");
        orders.pause("M");
        assertEquals(new ResyncOrders.Orders(List.of("M"), Optional.of("K")), orders.now());
        assertEquals(List.of("L 10", "M 10"), tick());

        isInSync = CompletableFuture.failedStage(new IllegalStateException("its owner is silent"));
        assertEquals(List.of("L 10", "M 10"), tick(), "not known is not done");

        isInSync = CompletableFuture.completedStage(true);
        assertEquals(List.of("L 0", "M 10"), tick(), "what was paused by itself stays so");
        assertEquals(Optional.empty(), orders.now().first());
    }

    @Test
    void shouldPutOneFirstAtATime() {
        orders.putFirst("K");
        orders.putFirst("L");
        assertEquals(List.of("K 10", "M 10"), tick());

        orders.resume("L");
        assertEquals(List.of("K 0", "M 0"), tick());
    }
}
