package org.mirrorlog.kernel;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How many FLUSHes of each log this machine's kernel has asked for, and how long those of the last one to two minutes
 * took, to a fifth. One thread adds, any thread reads: then what is added meanwhile may be missing.
 */
public final class FlushTimes {
    /** Of more logs nothing is kept: whoever may send requests can make up any number of names. */
    static final int MOST_LOGS = 4096;
    private static final long WINDOW_NS = TimeUnit.MINUTES.toNanos(1);
    /** A power of two has four buckets, from 16 µs to 34 s. */
    private static final int PARTS = 4;
    private static final int FIRST = 14;
    private static final int LAST = 34;
    private static final int BUCKETS = (LAST - FIRST + 1) * PARTS;
    private static final double NANOSECOND = 1e-9;

    private final Map<String, OfLog> logs = new ConcurrentHashMap<>();
    private final LongSupplier clockNs;

    /**
     * Of one log.
     *
     * @param count since the daemon started, or the log came
     * @param p50Seconds half of the latest took no longer; empty: there were none in the last one to two minutes
     * @param p99Seconds of a hundred all but one
     */
    public record Look(long count, Optional<Double> p50Seconds, Optional<Double> p99Seconds) { }

    /** Two windows, of which the older one is dropped when the younger one is a minute old. */
    private static final class OfLog {
        private final AtomicLong count = new AtomicLong();
        private volatile AtomicIntegerArray younger = new AtomicIntegerArray(BUCKETS);
        private volatile AtomicIntegerArray older = new AtomicIntegerArray(BUCKETS);
        private volatile long sinceNs;

        OfLog(long nowNs) {
            sinceNs = nowNs;
        }

        void took(long ns, long nowNs) {
            long age = nowNs - sinceNs;
            if (age >= WINDOW_NS) {
                older = age < 2 * WINDOW_NS ? younger : new AtomicIntegerArray(BUCKETS);
                younger = new AtomicIntegerArray(BUCKETS);
                sinceNs = nowNs;
            }
            younger.incrementAndGet(bucket(ns));
            count.incrementAndGet();
        }

        Look look(long nowNs) {
            long age = nowNs - sinceNs;
            long[] counts = new long[BUCKETS];
            long all = 0;
            for (int i = 0; i < BUCKETS && age < 2 * WINDOW_NS; i++) {
                counts[i] = younger.get(i) + (age < WINDOW_NS ? older.get(i) : 0);
                all += counts[i];
            }
            return new Look(count.get(), percentile(counts, all, 50), percentile(counts, all, 99));
        }
    }

    /** By the daemon's clock. */
    public FlushTimes() {
        this(System::nanoTime);
    }

    FlushTimes(LongSupplier clockNs) {
        this.clockNs = clockNs;
    }

    private static int bucket(long ns) {
        long within = Math.max(1L << FIRST, Math.min(ns, (1L << LAST + 1) - 1));
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(within);
        return (power - FIRST) * PARTS + (int) (within >>> power - 2 & PARTS - 1);
    }

    /** The upper end of the bucket that it falls into. */
    private static Optional<Double> percentile(long[] counts, long all, int percent) {
        long left = (all * percent + 99) / 100;
        for (int i = 0; i < BUCKETS && all > 0; i++) {
            left -= counts[i];
            if (left <= 0) {
                return Optional.of((PARTS + i % PARTS + 1L << FIRST + i / PARTS - 2) * NANOSECOND);
            }
        }
        return Optional.empty();
    }

    void took(String uuid, long ns) {
        long nowNs = clockNs.getAsLong();
        OfLog log = logs.get(uuid);
        if (log == null && logs.size() < MOST_LOGS) {
            log = new OfLog(nowNs);
            logs.put(uuid, log);
        }
        if (log != null) {
            log.took(ns, nowNs);
        }
    }

    /** Of that log; empty: none was asked for. */
    public Optional<Look> of(String uuid) {
        return Optional.ofNullable(logs.get(uuid)).map(log -> log.look(clockNs.getAsLong()));
    }

    /** Others are gone. */
    public void keep(Set<String> uuids) {
        logs.keySet().retainAll(uuids);
    }
}
