package org.mirrorlog.logging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Log lines about tables, each of them told, but not without bound: a kernel in trouble can cause thousands a second.
 * Thread-safe.
 */
public final class Incidents {
    static final int MOST_PER_WINDOW = 100;
    /** One that is in trouble leaves room for the others. */
    static final int MOST_OF_ONE = 20;
    static final long WINDOW_MS = 10_000;
    private static final long STACK_EVERY_MS = 60_000;

    private final Logger log;
    private final LongSupplier clockMs;
    private long windowBeganMs;
    private int told;
    private final Map<Object, Integer> toldOf = new HashMap<>();
    private long untold;
    private long stackToldAtMs;
    private boolean wasStackTold;

    public Incidents(Logger log, LongSupplier clockMs) {
        this.log = log;
        this.clockMs = clockMs;
        this.windowBeganMs = clockMs.getAsLong();
    }

    /** What is rare by itself, and must not be missed: told in any case. */
    public void warnAlways(Object subject, String incident) {
        log.warn("log {}: {}", subject, incident);
    }

    /** An alarm: told in any case. */
    public void error(Object subject, String incident) {
        log.error("log {}: {}", subject, incident);
    }

    /**
     * What a table threw. Failed calls of a disk are told by {@link #warn}; anything else is nobody's fault but this
     * program's, and told with its stack, once in a while.
     */
    public synchronized void threw(Object subject, Throwable failure) {
        long now = clockMs.getAsLong();
        boolean isOurs = !(failure instanceof IOException || failure instanceof UncheckedIOException);
        if (isOurs && (!wasStackTold || now - stackToldAtMs >= STACK_EVERY_MS)) {
            wasStackTold = true;
            stackToldAtMs = now;
            log.error("log {}: please report this", subject, failure);
        }
    }

    public synchronized void warn(Object subject, String incident) {
        long now = clockMs.getAsLong();
        if (now - windowBeganMs >= WINDOW_MS) {
            if (untold > 0) {
                log.warn("{} more incidents were not written, to spare the log", untold);
            }
            windowBeganMs = now;
            told = 0;
            toldOf.clear();
            untold = 0;
        }
        if (told < MOST_PER_WINDOW && toldOf.getOrDefault(subject, 0) < MOST_OF_ONE) {
            told++;
            toldOf.merge(subject, 1, Integer::sum);
            log.warn("log {}: {}", subject, incident);
        } else {
            untold++;
        }
    }
}
