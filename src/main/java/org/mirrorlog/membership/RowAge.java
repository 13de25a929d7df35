package org.mirrorlog.membership;

import java.time.Duration;
import java.util.OptionalLong;
import org.mirrorlog.journal.ClusterRow;

/**
 * How long the journal's row still counts for somebody who waits: as its server's clock says, and never longer than a
 * row lives since it was seen first as it was renewed last. That clock may have been set back meanwhile, as where a
 * server comes up after a power failure; a row would count for years then. For one thread.
 */
final class RowAge {
    private OptionalLong stamp = OptionalLong.empty();
    private long sinceNs;

    /**
     * What is left of it.
     *
     * @param nowNs never goes back
     * @return zero or less: it has expired
     */
    Duration left(ClusterRow.Seen seen, long nowNs) {
        if (stamp.isEmpty() || stamp.getAsLong() != seen.stamp()) {
            stamp = OptionalLong.of(seen.stamp());
            sinceNs = nowNs;
        }
        Duration most = RowView.LIFE.minusNanos(nowNs - sinceNs);
        return most.compareTo(seen.left()) < 0 ? most : seen.left();
    }
}
