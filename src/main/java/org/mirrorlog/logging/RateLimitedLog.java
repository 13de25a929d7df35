package org.mirrorlog.logging;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Logs what may happen thousands of times a second: the first of a kind at once, then at most one line per kind and
 * minute, which says how many there were. Any thread.
 */
public final class RateLimitedLog {
    static final long INTERVAL_NS = 60_000_000_000L;
    /** Kinds come from our own code and are few; should that ever change, the rest shares one line. */
    private static final int MAX_KINDS = 64;
    private static final String OTHER = "other incidents";

    private final Logger log;
    private final LongSupplier nanoClock;
    private final Map<String, Seen> seen = new HashMap<>();

    public RateLimitedLog(Logger log, LongSupplier nanoClock) {
        this.log = log;
        this.nanoClock = nanoClock;
    }

    /** One incident; the detail is asked for only if it is logged. */
    public void warn(String kind, Supplier<String> detail) {
        long count = countToLog(kind);
        if (count == 1) {
            log.warn("{}: {}", kind, detail.get());
        } else if (count > 1) {
            log.warn("{}: {} ({} times since the last such line)", kind, detail.get(), count);
        }
    }

    /** One incident that is nobody's fault but ours: with its stack. */
    public void error(String kind, Throwable failure) {
        long count = countToLog(kind);
        if (count > 0) {
            log.error("{} ({} times since the last such line)", kind, count, failure);
        }
    }

    /** How many incidents a line written now stands for; 0 if none is due. */
    private synchronized long countToLog(String kind) {
        String key = seen.containsKey(kind) || seen.size() < MAX_KINDS ? kind : OTHER;
        Seen entry = seen.computeIfAbsent(key, unused -> new Seen());
        entry.unlogged++;
        long now = nanoClock.getAsLong();
        if (entry.isLogged && now - entry.loggedAtNs < INTERVAL_NS) {
            return 0;
        }
        long count = entry.unlogged;
        entry.isLogged = true;
        entry.loggedAtNs = now;
        entry.unlogged = 0;
        return count;
    }

    /** State of one kind. */
    private static final class Seen {
        private boolean isLogged;
        private long loggedAtNs;
        private long unlogged;
    }
}
