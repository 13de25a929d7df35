package org.mirrorlog.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.ClusterRow;

/** Who has removed others may act against them only while the journal says that it goes on itself (D16). */
@Timeout(60)
class StandingTest {
    private static final Seat SELF = new Seat("10.0.0.1:25520", 7);
    private static final Seat FORMER_SELF = new Seat("10.0.0.1:25520", 6);
    private static final Seat OTHER = new Seat("10.0.0.2:25520", 8);

    /** A row that is only read. */
    private record Reads(CompletionStage<Seen> read) implements ClusterRow {
        @Override
        public CompletionStage<Seen> replace(Seen seen, String text, Optional<Duration> living) {
            throw new UnsupportedOperationException();
        }
    }

    private static Optional<String> objection(Optional<String> text, Duration left) throws Exception {
        return Standing.objection(new Reads(CompletableFuture.completedStage(new ClusterRow.Seen(text, 1, left))), SELF)
                .toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static Optional<String> ofLiving(Seat... members) throws Exception {
        return objection(Optional.of(LivingCluster.of("c1", Set.of(members)).text()), Duration.ofSeconds(5));
    }

    @Test
    void d16ShouldActOnlyForTheSideThatTheRowNames() throws Exception {
        assertEquals(Optional.empty(), ofLiving(SELF));
        assertEquals(Optional.empty(), ofLiving(SELF, OTHER));

        assertTrue(ofLiving(OTHER).orElseThrow().contains("[10.0.0.2:25520] goes on, without this node"));
        assertTrue(ofLiving(FORMER_SELF, OTHER).isPresent(), "another start at its address");
        assertTrue(ofLiving().orElseThrow().contains("does not say that the cluster of this node lives"), "freed");
    }

    @Test
    void d16ShouldNotActWhereTheRowDoesNotSay() throws Exception {
        String own = LivingCluster.of("c1", Set.of(SELF)).text();

        assertTrue(objection(Optional.empty(), Duration.ZERO).isPresent());
        assertTrue(objection(Optional.of(own), Duration.ZERO).isPresent(), "expired: it is written in a moment");
        assertTrue(objection(Optional.of("v9 of a later build"), Duration.ofSeconds(5)).isPresent());
    }

    @Test
    void d16ShouldNotActWhereTheJournalDoesNotAnswer() throws Exception {
        for (CompletionStage<ClusterRow.Seen> answer : List.of(new CompletableFuture<ClusterRow.Seen>(),
                CompletableFuture.<ClusterRow.Seen>failedStage(new IOException("no server")))) {
            String why = Standing.objection(new Reads(answer), SELF).toCompletableFuture().get(50, TimeUnit.SECONDS)
                    .orElseThrow();

            assertTrue(why.matches("which side .* is not known: (the journal does not say within .*|no server)"), why);
        }
    }
}
