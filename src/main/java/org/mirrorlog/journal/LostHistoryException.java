package org.mirrorlog.journal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The journal has lost a part of one history, which no replay can do without, however often it is tried: what is
 * missing has to come back from a copy, or the log goes on without it, if the operator says so (rule D21). Storage or a
 * server that cannot be read now is another error.
 */
public final class LostHistoryException extends JournalException {

    private static final long serialVersionUID = 1L;

    private static final String REMEDY =
            ", or, if it is a log, adopt it (mirrorlogctl adopt): every region is then resynced";

    private LostHistoryException(String message) {
        super(message);
    }

    /** A replay would begin with deleted events that no snapshot holds. */
    public static LostHistoryException hole(String persistenceId, long fromSequenceNr, long deletedTo) {
        return new LostHistoryException("events " + fromSequenceNr + " to " + deletedTo + " of " + persistenceId
                + " are deleted and no snapshot that holds them could be read: the state cannot be rebuilt."
                + " Bring its snapshots back that were skipped or lost, restore the whole journal from a copy"
                + REMEDY);
    }

    /**
     * The events end before what a snapshot of the same journal holds, which was saved after them: some that were
     * acknowledged are gone.
     *
     * @param head the last event; 0 if there is none
     */
    public static LostHistoryException end(String persistenceId, long head, long snapshot) {
        return new LostHistoryException("the journal ends at event " + head + ", and a snapshot of event " + snapshot
                + " of it says that there was more of " + persistenceId + ": an older copy of the journal was put back,"
                + " or it has lost its end. Bring the newer journal back, or restore all of it from one copy" + REMEDY);
    }

    /** The head, as an owner may be told it whose snapshot holds so much; else fails, as {@link #end} says. */
    public static CompletionStage<Long> unlessBehind(String persistenceId, long head, long snapshot) {
        return snapshot > head ? CompletableFuture.failedStage(end(persistenceId, head, snapshot))
                : CompletableFuture.completedStage(head);
    }

    /** An event is missing in a table. */
    public static LostHistoryException row(String persistenceId, long sequenceNr) {
        return new LostHistoryException("event " + sequenceNr + " of " + persistenceId + " is missing in table"
                + " mirrorlog.events, though its head says that it was written: the tables were changed by hand or"
                + " restored in parts. Restore all of them from one copy" + REMEDY);
    }
}
