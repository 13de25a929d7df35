package org.mirrorlog.journal;

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

    /** An event is missing in a table. */
    public static LostHistoryException row(String persistenceId, long sequenceNr) {
        return new LostHistoryException("event " + sequenceNr + " of " + persistenceId + " is missing in table"
                + " mirrorlog.events, though its head says that it was written: the tables were changed by hand or"
                + " restored in parts. Restore all of them from one copy" + REMEDY);
    }
}
