package org.mirrorlog.membership;

import java.util.Optional;
import java.util.Set;

/**
 * What a member does about the journal's row. The side that serves keeps it: its leader writes who belongs to it. A
 * member that reads of another living cluster, or that its own goes on without it, ends and comes back as a starter: so
 * of clusters that have formed beside each other one is left. Who cannot read the row does nothing. Pure.
 */
public final class StayRule {

    private StayRule() {
    }

    /**
     * What a member knows.
     *
     * @param id of its cluster, as it last read or wrote it; "" if it does not know yet
     * @param self this member
     * @param members all of its cluster that are not about to leave, within reach or not; it among them
     * @param isWriter whether it writes for its side: of the members that reach each other, one
     * @param wasNamed whether a row has named this member before
     * @param wasMissed whether the last row did not, although one before it had: it may have been written by somebody
     *     who did not know yet
     */
    public record Own(String id, Seat self, Set<Seat> members, boolean isWriter, boolean wasNamed,
            boolean wasMissed) { }

    /** What to do. */
    public sealed interface Step { }

    /** Nothing; the member's cluster has this id, as far as it is known. */
    public record Stay(String id) implements Step { }

    /** Nothing but to look again: this row does not name the member, as one before had. */
    public record Missed(String id) implements Step { }

    /** Write this cluster, if the row is still the same; an empty id is to be drawn. */
    public record Write(String id, Set<Seat> members) implements Step { }

    /** End: these go on, without this member. */
    public record End(LivingCluster others) implements Step { }

    /** What the row, as it was read, asks for. */
    public static Step next(Own own, RowView row) {
        if (row instanceof RowView.Free) {
            return own.isWriter() ? new Write(own.id(), own.members()) : new Stay(own.id());
        }
        if (row instanceof RowView.Living living && isOfMembers(own, living.cluster())) {
            return beside(own, living.cluster());
        }
        // It cannot be read; or whoever starts now is to found a cluster, by an operator's order, which has its time.
        return new Stay(own.id());
    }

    /**
     * Why a member may not act for its cluster against others, as this row says; empty: it may. Whoever serves is named
     * in it, for it writes that; and a row that does not say so now may do so in a moment.
     */
    static Optional<String> objection(Seat self, RowView row) {
        if (row instanceof RowView.Living living && !living.cluster().members().isEmpty()) {
            return living.cluster().members().contains(self) ? Optional.empty()
                    : Optional.of("the journal says that the cluster of " + living.cluster().addresses()
                            + " goes on, without this node");
        }
        return Optional.of("the journal does not say that the cluster of this node lives");
    }

    /** Not of starts alone that this side knows nothing of. */
    private static boolean isOfMembers(Own own, LivingCluster cluster) {
        return !cluster.members().isEmpty() || cluster.shares(own.members());
    }

    private static Step beside(Own own, LivingCluster cluster) {
        boolean isSame = cluster.id().equals(own.id()) || cluster.shares(own.members());
        boolean isLeftOut = own.wasNamed() && !cluster.members().contains(own.self());
        if (!isSame || isLeftOut && own.wasMissed()) {
            return new End(cluster);
        } else if (isLeftOut) {
            return new Missed(cluster.id());
        }
        // Each time, whatever is left of it: the server's clock may have been set back, or be slow.
        return own.isWriter() ? new Write(cluster.id(), own.members()) : new Stay(cluster.id());
    }
}
