package org.mirrorlog.instance;

import java.util.HashMap;
import java.util.Map;
import org.mirrorlog.protocol.LogSpec;

/**
 * Whether the maps of regions of all logs that this machine uses fit the heap, whatever their pattern: a log that does
 * not is refused, for out of memory the daemon would end, and with it the service of all. Regular maps take next to
 * nothing; this counts with dirty regions that are scattered all over, and with this node owning every log.
 *
 * <p>Measured: a state of the log with three such maps takes 0.5 bytes for each region, be it 16 or 64 Mi regions; two
 * nodes in one JVM that mark, rejoin, commit, snapshot and replay such a log (NoisyLogTest, embedded journal) need a
 * heap of 48 MiB for 1 Mi regions, 64 for 16 Mi and 170 for 64 Mi: 2.2 bytes for each region in all. More is asked for
 * here because kernels' tables, their records and the copies of a PostgreSQL client were not among that.
 */
final class MapRoom {
    /** Marks, hints, grants and sync bits of the table and of the log, a bit for each region in each. */
    private static final long BYTES_PER_REGION = 2;
    /** A round, commit, snapshot or replay of one log, in its several forms; the largest log counts. */
    private static final long BYTES_PER_REGION_UNDER_WAY = 6;
    private static final long MIB = 1L << 20;

    private final long bytes;
    /** By log; its tables count once. */
    private final Map<String, Long> regions = new HashMap<>();

    /** @param bytes that all maps may take */
    MapRoom(long bytes) {
        this.bytes = bytes;
    }

    /** A table that there is. */
    void take(String uuid, LogSpec spec) {
        regions.merge(uuid, spec.regionCount(), Math::max);
    }

    /** Whether there is no room for one more; told if so. */
    boolean isLackingFor(InstanceKey key, LogSpec spec, InstanceEnvironment told) {
        int others = regions.size();
        take(key.uuid(), spec);
        long all = regions.values().stream().mapToLong(Long::longValue).sum();
        long largest = regions.values().stream().mapToLong(Long::longValue).max().orElseThrow();
        long needed = BYTES_PER_REGION * all + BYTES_PER_REGION_UNDER_WAY * largest;
        if (needed > bytes) {
            told.warn(key, "constructor refused: with its " + spec.regionCount() + " regions the maps of this machine's"
                    + " logs (" + others + " are used already) may take " + (needed + MIB - 1) / MIB
                    + " MiB of heap, and " + bytes / MIB + " MiB are there for them; give the daemon a larger heap"
                    + " (MIRRORLOG_HEAP), or the log a larger region_size");
        }
        return needed > bytes;
    }
}
