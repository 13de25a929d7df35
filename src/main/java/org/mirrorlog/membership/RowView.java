package org.mirrorlog.membership;

import java.time.Duration;
import java.util.Optional;

/** What the journal's row means. */
public sealed interface RowView {

    /**
     * How long a row counts that nobody renews. Four renewals may fail, a failover of the journal's server among them,
     * before somebody founds a cluster anew; and one that was killed, with a member that does not come back, is waited
     * for no longer than a person would look.
     */
    Duration LIFE = Duration.ofSeconds(20);

    /** How often the side that serves renews it. */
    Duration RENEWED_EVERY = Duration.ofSeconds(4);

    /** No cluster has said that it lives, or none for so long that it counts as gone. */
    record Free() implements RowView { }

    /** A cluster lives, or has just ended if it has no members. */
    record Living(LivingCluster cluster, Duration left) implements RowView { }

    /** Something that this build cannot read, and that has not expired. */
    record Unreadable(Duration left) implements RowView { }

    /** Whether it is known to name no member: starts may found a cluster, once they have tried to join. */
    default boolean isMemberless() {
        return this instanceof Free || this instanceof Living living && living.cluster().members().isEmpty();
    }

    /**
     * Reads it.
     *
     * @param text empty if there is no row
     * @param left until it expires, by the clock of the journal's server; zero or less: it has
     */
    static RowView of(Optional<String> text, Duration left) {
        if (text.isEmpty() || left.isZero() || left.isNegative()) {
            return new Free();
        }
        Optional<LivingCluster> cluster = LivingCluster.parse(text.get());
        return cluster.isPresent() ? new Living(cluster.get(), left) : new Unreadable(left);
    }
}
