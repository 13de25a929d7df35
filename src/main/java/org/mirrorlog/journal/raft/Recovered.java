package org.mirrorlog.journal.raft;

import java.util.List;

/**
 * What a store held when it was opened.
 *
 * @param seat null: nothing was ever stored
 * @param checkpoint the parts of the newest whole one, in order; empty: there is none
 * @param entries those behind the checkpoint, without gaps
 */
public record Recovered(Seat seat, Vote vote, List<Chunk> checkpoint, List<Entry> entries) {

    /** Copies the lists. */
    public Recovered {
        checkpoint = List.copyOf(checkpoint);
        entries = List.copyOf(entries);
    }

    /** The last entry that the checkpoint contains; 0 without one. */
    public long checkpointIndex() {
        return checkpoint.isEmpty() ? 0 : checkpoint.get(0).index();
    }
}
