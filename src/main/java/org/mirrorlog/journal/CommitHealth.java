package org.mirrorlog.journal;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Whether a journal takes commits at all: since when not and why, told in one line when it begins, once a minute while
 * it lasts and when it is over; and how long to wait before the next attempt. Thread safe.
 */
public final class CommitHealth {
    /** How often {@link #look()} is to be called, so that a line about a commit that hangs is not late. */
    public static final Duration LOOK_EACH = Duration.ofMillis(500);
    /** How often a journal at rest is to find out whether it would commit, where that is cheap. */
    public static final Duration IDLE_LOOK_EACH = Duration.ofSeconds(1);

    private static final long FIRST_DELAY_NS = Duration.ofMillis(100).toNanos();
    private static final long TELL_AGAIN_NS = Duration.ofMinutes(1).toNanos();
    private static final long NS_PER_MS = 1_000_000;
    private static final long NS_PER_S = 1_000_000_000;

    private final Names names;
    private final Bounds bounds;
    private final JournalLog log;
    private final LongSupplier nanoClock;

    private String why;
    private long sinceNs;
    private long attempts;
    private long nextDelayNs = FIRST_DELAY_NS;
    private long toldNs;
    private boolean isStallTold;
    private long failedAlone;
    private long aloneToldNs;
    private volatile boolean isUnderWay;
    private volatile long beganNs;

    /**
     * In the words of a kind of journal.
     *
     * @param journal which one, as in "journal in /var/lib/mirrorlog/journal"
     * @param stalled what it does when nothing is heard of a commit, as in "waits for its storage"
     */
    public record Names(String journal, String stalled) {
    }

    /**
     * When something is said or done.
     *
     * @param stalledAfter a commit under way for so long counts as trouble
     * @param tolerated trouble for less, counted from when its first attempt began, is told, but not yet a
     *     {@link #problem}
     * @param longestDelay between two attempts
     */
    public record Bounds(Duration stalledAfter, Duration tolerated, Duration longestDelay) {
    }

    /** All is well, until told otherwise. */
    public CommitHealth(Names names, Bounds bounds, JournalLog log, LongSupplier nanoClock) {
        this.names = names;
        this.bounds = bounds;
        this.log = log;
        this.nanoClock = nanoClock;
    }

    /** Something begins that may hang. Called by the writer. */
    public void began() {
        beganNs = nanoClock.getAsLong();
        isUnderWay = true;
    }

    /** It has ended, however. Called by the writer. */
    public void ended() {
        isUnderWay = false;
    }

    /** No commit of any log could be made just now. Called by the writer; the time that it hung counts as well. */
    public synchronized void failed(String reason) {
        long now = nanoClock.getAsLong();
        boolean isNew = why == null;
        if (isNew) {
            sinceNs = isUnderWay ? beganNs : now;
            attempts = 0;
        }
        why = reason;
        attempts++;
        if (isNew || now - toldNs >= TELL_AGAIN_NS) {
            toldNs = now;
            log.error((isNew ? "no log can commit: " + reason() : trouble(now))
                    + "; requests wait, and it is tried again");
        }
    }

    /** A commit was made, or the reason why none could be is gone. */
    public synchronized void succeeded() {
        if (why != null) {
            long now = nanoClock.getAsLong();
            log.info("logs can commit again: " + names.journal() + " could not be used for " + (now - sinceNs)
                    / NS_PER_MS + " ms, " + attempts + " attempts");
            why = null;
        }
        nextDelayNs = FIRST_DELAY_NS;
    }

    /**
     * A write of one log failed by itself; a line says so, unless all fail, and at most once a minute.
     *
     * @param line one that says which
     */
    public synchronized void failedAlone(String line) {
        if (why != null) {
            return;
        }
        long now = nanoClock.getAsLong();
        failedAlone++;
        if (aloneToldNs == 0 || now - aloneToldNs >= TELL_AGAIN_NS) {
            log.error(line + (failedAlone == 1 ? "" : " (" + failedAlone + " such failures since the last such line)"));
            failedAlone = 0;
            aloneToldNs = now == 0 ? 1 : now;
        }
    }

    /** Whether the last attempt failed. */
    public synchronized boolean isFailing() {
        return why != null;
    }

    /** How long to wait before the next attempt: longer each time. */
    public synchronized long takeDelayNs() {
        long delayNs = nextDelayNs;
        nextDelayNs = Math.min(bounds.longestDelay().toNanos(), delayNs * 2);
        return delayNs;
    }

    /** Why no log can commit and since when, in one line; empty if one can. */
    public synchronized Optional<String> problem() {
        long now = nanoClock.getAsLong();
        if (why != null && now - sinceNs >= bounds.tolerated().toNanos()) {
            return Optional.of(trouble(now));
        }
        return stall(now);
    }

    /** Tells of a commit that hangs, and of its end. To be called now and then, by anybody but the writer. */
    public synchronized void look() {
        long now = nanoClock.getAsLong();
        Optional<String> stall = stall(now);
        if (stall.isPresent() && !isStallTold && why == null) {
            isStallTold = true;
            log.error(stall.get());
        } else if (stall.isEmpty() && isStallTold) {
            isStallTold = false;
            if (why == null) {
                log.info("logs can commit again: " + names.journal() + " answers");
            }
        }
    }

    private String trouble(long now) {
        return "no log can commit for " + (now - sinceNs) / NS_PER_S + " s, " + attempts + " attempts: " + reason();
    }

    private String reason() {
        return (why.contains(names.journal()) ? "" : names.journal() + ": ") + why;
    }

    private Optional<String> stall(long now) {
        // In this order, for the writer sets them in the other one: else an old beginning meets what has just begun.
        boolean isOpen = isUnderWay;
        long underWayNs = now - beganNs;
        return isOpen && underWayNs >= bounds.stalledAfter().toNanos()
                ? Optional.of("no log can commit: " + names.journal() + ' ' + names.stalled() + " since "
                        + underWayNs / NS_PER_MS + " ms")
                : Optional.empty();
    }
}
