package org.mirrorlog.log;

import java.util.HashSet;
import java.util.Set;

/**
 * One owner's time: what it began from, and who has heard from it since. Whoever has not can know only commits of the
 * history that it replayed; if it knows of more, that history is too short (D2), however many commits this owner has
 * added to it.
 */
public final class Reign {
    /** Instances that are remembered though they are no members; forgetting one costs a replay at most. */
    private static final int MOST_STRANGERS = 64;

    private final Set<InstanceId> told = new HashSet<>();
    private long begunAt;

    /** The owner has replayed this. */
    public void begin(LogState replayed) {
        begunAt = replayed.number();
        told.clear();
    }

    /** The owner answers this instance. */
    public void tells(InstanceId instance, LogState state) {
        told.add(instance);
        if (told.size() > 2 * state.members().size() + MOST_STRANGERS) {
            told.retainAll(state.members().keySet());
        }
    }

    /** Whether the asker has heard of commits that this owner's history does not have. */
    public boolean isTooShortFor(Round round, LogState state) {
        long known = told.contains(round.by()) ? state.number() : begunAt;
        return Long.compareUnsigned(round.seen(), known) > 0;
    }
}
