package org.mirrorlog.simulation;

/**
 * H23: where nothing goes wrong but that one log's journal is blocked, no read or write of another mirror waits for
 * long.
 */
final class LogsAreApart extends Checker {
    private static final long LONGEST_US = 10_000_000;

    private final boolean isWatching;
    private long blockedUs = -LONGEST_US;

    LogsAreApart(Simulation sim, Mirror mirror) {
        super(sim, mirror);
        isWatching = sim.plan().isOnlyBlocked();
    }

    /** Also where nothing of this mirror has changed. */
    void afterStep() {
        if (!isWatching) {
            return;
        }
        long nowUs = sim().time().nowUs();
        if (sim().journal().isBlocked(mirror().uuid())) {
            blockedUs = nowUs;
        }
        boolean isFree = nowUs - blockedUs > 2 * LONGEST_US;
        if (isFree && nowUs - mirror().workload().oldestUs() > LONGEST_US) {
            throw violation("a read or write of " + mirror() + " has waited since " + mirror().workload().oldestUs()
                    + " us, though nothing of it is blocked");
        }
    }
}
