package org.mirrorlog.journal;

import java.util.Optional;

/** What the program asks of the journal it runs on, whichever that is. All methods may be called from any thread. */
public interface Journal extends AutoCloseable {

    /** The identity of this journal (rule D21). */
    JournalId id();

    /** Why a write would not be taken now, in one line; empty if it would be. */
    Optional<String> problem();

    /** Whether a write would be taken now. */
    default boolean isWritable() {
        return problem().isEmpty();
    }

    /** Figures since the start. */
    JournalCounters.Snapshot counters();

    /** Writes what waits, as far as that can be done soon, and closes. Waits for that; idempotent. */
    @Override
    void close();
}
