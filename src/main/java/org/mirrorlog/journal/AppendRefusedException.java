package org.mirrorlog.journal;

/** Rule D1: the append does not start right after the head of its persistence id. Nothing was written. */
public final class AppendRefusedException extends JournalException {

    private static final long serialVersionUID = 1L;

    /** @param headSequenceNr where the head is */
    public AppendRefusedException(String persistenceId, long firstSequenceNr, long headSequenceNr) {
        super("append to " + persistenceId + " refused: it starts at sequence number " + firstSequenceNr
                + " but the head is " + headSequenceNr + ", so another owner has written or this one missed events");
    }

    /** @param reason why another owner must have written */
    public AppendRefusedException(String persistenceId, long firstSequenceNr, String reason) {
        super("append to " + persistenceId + " refused: it starts at sequence number " + firstSequenceNr + ", but "
                + reason);
    }
}
