package org.mirrorlog.log;

/**
 * One owner's time. Who knows of more commits than this owner began from, and has not heard of them from this owner,
 * knows another history than this one, which is too short or not the same (D2), however many commits this owner has
 * added to it.
 */
public final class OwnerTerm {
    private final long name;
    private long begunAt;

    /** @param name unlike that of any other owner's time, and not 0 */
    public OwnerTerm(long name) {
        this.name = name;
    }

    /** The owner has replayed this. */
    public void begin(LogState replayed) {
        begunAt = replayed.number();
    }

    /** What answers are signed with. */
    public long name() {
        return name;
    }

    /**
     * Whether the asker has heard of commits that this owner's history does not have. A log of which this history knows
     * nothing begins all dirty with a table that is new, on a machine that has heard of it before.
     */
    public boolean isTooShortFor(Round round, LogState state) {
        boolean startsAllDirty = state.geometry().isEmpty() && round.ask() instanceof Ask.Resume resume
                && resume.isSeenBefore();
        if (startsAllDirty) {
            return false;
        }
        return isTooShortFor(round.seen(), round.term(), state);
    }

    /** Whether somebody has heard of commits, in an answer of that term, that this owner's history does not have. */
    public boolean isTooShortFor(long number, long term, LogState state) {
        // A build that does not say from whom is believed to have heard it here.
        boolean isFromHere = term == name || term == 0;
        return Long.compareUnsigned(number, isFromHere ? state.number() : begunAt) > 0;
    }
}
