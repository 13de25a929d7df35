package org.mirrorlog.journal;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What the journal counts. Written by the writer thread, read by any. */
public final class JournalCounters {

    private static final int SUB_BITS = 3;
    private static final int BUCKETS = 40 << SUB_BITS;

    private final LongAdder commits = new LongAdder();
    private final LongAdder appends = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder movedBytes = new LongAdder();
    private final LongAdder segmentsBegun = new LongAdder();
    private final LongAdder segmentsRemoved = new LongAdder();
    private final LongAdder commitSumNs = new LongAdder();
    private final AtomicLongArray commitNs = new AtomicLongArray(BUCKETS);

    /** All zero. */
    public JournalCounters() {
    }

    /**
     * All counters at about one moment, since the start of the program.
     *
     * @param commits groups written and forced (one fdatasync each)
     * @param appends appends on disk; {@code appends / commits} is the mean group
     * @param events events on disk
     * @param bytes bytes written in groups, without tables and zeros
     * @param refused appends refused because they did not follow the head (rule D1)
     * @param failed appends and deletions that failed for other reasons
     * @param movedBytes bytes copied forward by compaction
     * @param segmentsBegun segments begun
     * @param segmentsRemoved segments removed
     * @param commitP50Us median of write and force of one group in µs, within 12 %
     * @param commitP99Us 99th percentile
     * @param commitMaxUs highest value
     * @param times of all commits
     */
    public record Snapshot(long commits, long appends, long events, long bytes, long refused, long failed,
            long movedBytes, long segmentsBegun, long segmentsRemoved, long commitP50Us, long commitP99Us,
            long commitMaxUs, Times times) {
    }

    /**
     * How long commits took.
     *
     * @param byPower how many took less than two to the power of the index, in ns, and not less than half of that
     * @param sumNs all of them together
     */
    public record Times(long[] byPower, long sumNs) {
        /** Copies. */
        public Times {
            byPower = byPower.clone();
        }
    }

    /** Reads all counters. */
    public Snapshot snapshot() {
        return new Snapshot(commits.sum(), appends.sum(), events.sum(), bytes.sum(), refused.sum(), failed.sum(),
                movedBytes.sum(), segmentsBegun.sum(), segmentsRemoved.sum(), commitQuantileNs(0.5) / 1000,
                commitQuantileNs(0.99) / 1000, commitQuantileNs(1) / 1000,
                times());
    }

    private Times times() {
        long[] byPower = new long[Long.SIZE];
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            byPower[(bucket >> SUB_BITS) + 1] += commitNs.get(bucket);
        }
        return new Times(byPower, commitSumNs.sum());
    }

    /** A group is durable. */
    public void committed(long groupBytes, long durationNs) {
        commits.increment();
        bytes.add(groupBytes);
        commitSumNs.add(durationNs);
        commitNs.incrementAndGet(bucketOf(durationNs));
    }

    /** An append is durable. */
    public void appended(int eventCount) {
        appends.increment();
        events.add(eventCount);
    }

    /** An append was refused (rule D1). */
    public void refused() {
        refused.increment();
    }

    /** An append or deletion failed for another reason. */
    public void failed() {
        failed.increment();
    }

    void moved(long recordBytes) {
        movedBytes.add(recordBytes);
    }

    void segmentBegun() {
        segmentsBegun.increment();
    }

    void segmentRemoved() {
        segmentsRemoved.increment();
    }

    private static int bucketOf(long ns) {
        long value = Math.max(ns, 1L << SUB_BITS);
        int exponent = 63 - Long.numberOfLeadingZeros(value);
        int sub = (int) (value >>> exponent - SUB_BITS) & (1 << SUB_BITS) - 1;
        return Math.min(BUCKETS - 1, exponent << SUB_BITS | sub);
    }

    private static long upperBoundNs(int bucket) {
        int exponent = bucket >> SUB_BITS;
        long sub = bucket & (1 << SUB_BITS) - 1;
        return (1L << exponent) + (sub + 1 << Math.max(0, exponent - SUB_BITS));
    }

    private long commitQuantileNs(double quantile) {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += commitNs.get(i);
        }
        long rank = (long) Math.ceil(total * quantile);
        long seen = 0;
        for (int i = 0; i < BUCKETS && total > 0; i++) {
            seen += commitNs.get(i);
            if (seen >= rank) {
                return upperBoundNs(i);
            }
        }
        return 0;
    }
}
