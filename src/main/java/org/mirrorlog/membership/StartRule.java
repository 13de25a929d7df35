package org.mirrorlog.membership;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a node does that starts and is no member yet. It joins the cluster that the journal's row names; founds one
 * where the row names none, or none but starts like itself; and waits only while one is named of which nobody is within
 * reach. Who is listed first anywhere means nothing. Pure: whoever asks has looked, and does it.
 */
public final class StartRule {

    private StartRule() {
    }

    /**
     * What a starter has seen.
     *
     * @param self this start
     * @param founded id of the cluster that this start has founded in the row; "" if none
     * @param row what the journal's row means
     * @param answering addresses at which somebody listens, as far as they were tried
     * @param seeds addresses of the settings
     * @param isTried whether those that answer had time enough to take this node up, since the row names no member
     */
    public record Look(Seat self, String founded, RowView row, Set<String> answering, Collection<String> seeds,
            boolean isTried) { }

    /** What to do; to be asked again after a moment, until the node is a member. */
    public sealed interface Step { }

    /**
     * The row counts an earlier start at this node's own address, which has ended: this one listens there. So it is to
     * be struck out, if the row is still the same.
     */
    public record StrikeOut(LivingCluster left) implements Step { }

    /**
     * Enter this start into the row, if it is still the same, and only then join: a member that the row does not name
     * could be missed by who starts after all others have left.
     */
    public record Enter(LivingCluster with) implements Step { }

    /** Join through these, none of which is this node. */
    public record Join(SortedSet<String> addresses) implements Step { }

    /** Found a cluster: alone in the row, if it is still the same, and then by joining oneself. */
    public record Found() implements Step { }

    /** A cluster lives, as far as anybody knows, and none of its members is within reach; empty: it cannot be read. */
    public record Wait(SortedSet<String> missed) implements Step { }

    /** What this look says. */
    public static Step next(Look look) {
        if (look.row() instanceof RowView.Unreadable) {
            return new Wait(new TreeSet<>());
        }
        if (look.row() instanceof RowView.Living living) {
            return beside(look, living.cluster());
        }
        // A cluster may live that cannot write the row, or knows nothing of it: an older build.
        SortedSet<String> there = reached(look, look.seeds());
        return there.isEmpty() || look.isTried() ? new Found() : new Join(there);
    }

    private static Step beside(Look look, LivingCluster living) {
        Set<Seat> others = new HashSet<>(living.seats());
        boolean isEntered = others.remove(look.self());
        if (others.isEmpty() || living.id().equals(look.founded())) {
            return new Found();
        }
        boolean isCounted = others.stream().anyMatch(seat -> seat.address().equals(look.self().address()));
        if (isCounted) {
            return new StrikeOut(living.without(look.self().address()));
        }
        SortedSet<String> there = reached(look, living.addresses());
        if (there.isEmpty()) {
            SortedSet<String> missed = living.addresses();
            missed.remove(look.self().address());
            return new Wait(missed);
        }
        if (!isEntered) {
            return new Enter(living.entered(look.self()));
        }
        // All its members have started anew. One of those who enter may have joined before: it would take this node up.
        boolean areStarts = living.members().isEmpty() && there.size() == others.size();
        return areStarts && look.isTried() ? new Found() : new Join(there);
    }

    private static SortedSet<String> reached(Look look, Collection<String> addresses) {
        SortedSet<String> there = new TreeSet<>(addresses);
        there.retainAll(look.answering());
        there.remove(look.self().address());
        return there;
    }
}
