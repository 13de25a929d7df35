package org.mirrorlog.journal.raft.service;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.raft.Ledger;

/**
 * How long rows still count: each member counts for itself, from when it saw that a row was renewed. So no two clocks
 * are compared, and a member that has just started waits as long as a row can live. Thread safe.
 */
final class RowClock {

    /** A renewal, and when it was seen first. */
    private record Since(long renewed, long ns) {
    }

    private final LongSupplier nanoClock;
    private final Map<String, Since> since = new HashMap<>();

    RowClock(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Looks at all rows; to be called a few times a second. */
    synchronized void note(Map<String, Ledger.Row> rows) {
        rows.forEach(this::left);
    }

    /** Zero or less: it has expired. */
    synchronized Duration left(String name, Ledger.Row row) {
        long now = nanoClock.getAsLong();
        Since seen = since.get(name);
        if (seen == null || seen.renewed() != row.renewed()) {
            seen = new Since(row.renewed(), now);
            since.put(name, seen);
        }
        return Duration.ofMillis(row.livingMs()).minusNanos(now - seen.ns());
    }
}
