package org.mirrorlog.instance;

import java.util.OptionalLong;

/** Something that fails again and again: the pause before the next attempt grows, and few of the failures are told. */
final class Repetition {
    static final long FIRST_PAUSE_MS = 500;
    static final long LONGEST_PAUSE_MS = 15_000;
    static final long TELL_EVERY_MS = 60_000;

    private long pauseMs;
    private long againAtMs;
    private long lastMs;
    private long toldAtMs;
    private long untold;
    private long count;

    /** It has failed; how often since it was told last, if it is to be told now. */
    OptionalLong failed(long nowMs) {
        pauseMs = count == 0 ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        againAtMs = nowMs + pauseMs;
        lastMs = nowMs;
        boolean isDue = count == 0 || nowMs - toldAtMs >= TELL_EVERY_MS;
        count++;
        untold++;
        if (!isDue) {
            return OptionalLong.empty();
        }
        long told = untold;
        toldAtMs = nowMs;
        untold = 0;
        return OptionalLong.of(told);
    }

    /** Failures so far. */
    long count() {
        return count;
    }

    boolean isDue(long nowMs) {
        return nowMs >= againAtMs;
    }

    /** Whether it has not failed for so long that it counts as mended. */
    boolean isOver(long nowMs) {
        return nowMs - lastMs >= 2 * LONGEST_PAUSE_MS;
    }
}
