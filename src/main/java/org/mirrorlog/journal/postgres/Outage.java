package org.mirrorlog.journal.postgres;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.JournalLog;

/** Counts how long the server is away, says so from time to time, and how long to wait before the next attempt. */
final class Outage {

    private static final long FIRST_DELAY_NS = Duration.ofMillis(100).toNanos();
    private static final long TELL_AGAIN_NS = Duration.ofMinutes(1).toNanos();

    private final String server;
    private final long longestDelayNs;
    private final JournalLog log;
    private final LongSupplier nanoClock;

    private long nextDelayNs = FIRST_DELAY_NS;
    private long toldNs;
    private volatile String reason;
    private volatile long sinceNs;

    Outage(String server, Duration longestDelay, JournalLog log, LongSupplier nanoClock) {
        this.server = server;
        this.longestDelayNs = longestDelay.toNanos();
        this.log = log;
        this.nanoClock = nanoClock;
    }

    /** The server cannot be used. Called by one thread. */
    void failed(String why) {
        long now = nanoClock.getAsLong();
        boolean isNew = reason == null;
        if (isNew) {
            sinceNs = now;
        }
        reason = why;
        if (isNew || now - toldNs > TELL_AGAIN_NS) {
            toldNs = now;
            log.error("journal at " + server + " cannot be used since " + (now - sinceNs) / 1_000_000_000
                    + " s: appends are held (" + why + ")");
        }
    }

    /** How long to wait before the next attempt: longer each time. Called by the same thread. */
    long takeDelayNs() {
        long delayNs = nextDelayNs;
        nextDelayNs = Math.min(longestDelayNs, delayNs * 2);
        return delayNs;
    }

    /** The server can be used. Called by the same thread. */
    void ended() {
        if (reason != null) {
            log.info("journal at " + server + " can be used again after " + millis() + " ms");
        }
        reason = null;
        nextDelayNs = FIRST_DELAY_NS;
    }

    /** Why and since when, if the server is away for longer than this. Any thread. */
    Optional<String> problem(Duration longerThan) {
        String why = reason;
        if (why == null || nanoClock.getAsLong() - sinceNs < longerThan.toNanos()) {
            return Optional.empty();
        }
        return Optional.of("journal at " + server + " cannot be used since " + millis() + " ms (" + why + ")");
    }

    private long millis() {
        return (nanoClock.getAsLong() - sinceNs) / 1_000_000;
    }
}
