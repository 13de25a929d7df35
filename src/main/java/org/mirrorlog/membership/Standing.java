package org.mirrorlog.membership;

import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.logging.Failures;

/**
 * Whether this node may act for its cluster beyond serving: have others powered off, or declare them dead. A node that
 * was paused, and comes back cut off from the others, may remove them as they have removed it, and cannot know that;
 * the journal's row does. Which row says what is {@link StayRule}'s.
 */
public final class Standing {
    /** Shorter than one look at the cluster takes to be wrong, longer than a journal that is there needs. */
    private static final long ANSWER_S = 5;

    private Standing() {
    }

    /**
     * Finds out why it may not, within seconds: empty if it may.
     *
     * @param row which says who serves; empty: this node is alone, or the journal has none, and it may
     */
    public static Supplier<CompletionStage<Optional<String>>> of(ActorSystem<?> system, Optional<ClusterRow> row) {
        Cluster cluster = Cluster.get(system);
        return row.<Supplier<CompletionStage<Optional<String>>>>map(known ->
                () -> objection(known, SharedStart.seat(cluster.selfMember().uniqueAddress())))
                .orElse(() -> CompletableFuture.completedStage(Optional.empty()));
    }

    static CompletionStage<Optional<String>> objection(ClusterRow row, Seat self) {
        return row.read().thenApply(seen -> StayRule.objection(self, RowView.of(seen.text(), seen.left())))
                .toCompletableFuture().orTimeout(ANSWER_S, TimeUnit.SECONDS)
                .exceptionally(failure -> Optional.of("which side of the cluster goes on is not known: "
                        + (failure instanceof TimeoutException ? "the journal does not say within " + ANSWER_S + " s"
                                : Failures.cause(failure).getMessage())));
    }
}
