package org.mirrorlog.membership;

import java.time.Duration;
import java.util.OptionalLong;
import org.mirrorlog.journal.ClusterRow;

/**
 * How long the journal's row still counts for somebody who waits. Whoever serves renews it, so it has expired only once
 * it was <em>seen</em> not to be renewed, by one's own clock: for the time that a row lives; or, where it has expired
 * by the clock of the journal's server as well, for some renewals. That clock may jump: set back, a row would count for
 * years; set forward, it would not count while its cluster lives. And a row that nobody could renew, because the
 * journal was away, is seen for its whole time anew. Pure.
 *
 * @param stamp of the row as it was seen last; empty: never
 * @param sinceNs when it was seen first as it is, with the journal there ever since
 * @param lookedNs when it was seen last
 * @param wasAway whether the journal was away before that, and the row was not renewed since
 */
record RowAge(OptionalLong stamp, long sinceNs, long lookedNs, boolean wasAway) {
    /** Nothing was seen. */
    static final RowAge UNSEEN = new RowAge(OptionalLong.empty(), 0, 0, false);

    /** Whoever serves, and reaches the journal, has renewed it in this time, be it after a failure of the journal. */
    static final Duration SURE = RowView.RENEWED_EVERY.multipliedBy(3);
    /** What happened in a longer gap between two looks nobody has seen, each time. */
    private static final long LONGEST_GAP_NS = Duration.ofSeconds(10).toNanos();

    /**
     * After another look.
     *
     * @param nowNs never goes back
     */
    RowAge seen(ClusterRow.Seen row, long nowNs) {
        boolean isLate = stamp.isPresent() && nowNs - lookedNs > LONGEST_GAP_NS;
        boolean isRenewed = stamp.isPresent() && stamp.getAsLong() != row.stamp();
        boolean isCounted = stamp.isPresent() && !isRenewed && !isLate;
        return new RowAge(OptionalLong.of(row.stamp()), isCounted ? sinceNs : nowNs, nowNs,
                (wasAway || isLate) && !isRenewed);
    }

    /** After a look in vain: whoever serves may not have reached the journal, either. */
    RowAge unseen(long nowNs) {
        return new RowAge(stamp, nowNs, nowNs, true);
    }

    /** What is left of the row that was seen last; zero or less: it has expired. */
    Duration left(ClusterRow.Seen row) {
        Duration unchanged = Duration.ofNanos(lookedNs - sinceNs);
        Duration most = RowView.LIFE.minus(unchanged);
        Duration least = (wasAway ? RowView.LIFE : SURE).minus(unchanged);
        Duration atLeast = row.left().compareTo(least) < 0 ? least : row.left();
        return most.compareTo(atLeast) < 0 ? most : atLeast;
    }
}
