package org.mirrorlog.daemon;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * After a node was lost, owners are to hear of this machine's tables, idle ones too: at once, so that a log without an
 * owner gets one; and for as long as a reactivation may last, because it may change its owner with each node.
 * Thread-safe.
 */
final class TableAnnouncer {
    static final Duration EVERY = Duration.ofSeconds(5);

    private final Runnable greet;
    private final LongSupplier clockMs;
    private final Duration forSoLong;
    private volatile long untilMs = Long.MIN_VALUE;

    TableAnnouncer(Runnable greet, LongSupplier clockMs, Duration forSoLong) {
        this.greet = greet;
        this.clockMs = clockMs;
        this.forSoLong = forSoLong;
    }

    void begin() {
        untilMs = clockMs.getAsLong() + forSoLong.toMillis();
        greet.run();
    }

    /** To be called every {@link #EVERY}. */
    void again() {
        if (clockMs.getAsLong() < untilMs) {
            greet.run();
        }
    }
}
