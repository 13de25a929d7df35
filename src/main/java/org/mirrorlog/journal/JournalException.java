package org.mirrorlog.journal;

import java.io.IOException;

/** An error of the journal or snapshot store; its message is one line that says what, where and what can be done. */
public class JournalException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param message one line */
    public JournalException(String message) {
        super(message);
    }

    /** @param message one line */
    public JournalException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A replay would begin with deleted events that no snapshot holds. */
    public static JournalException hole(String persistenceId, long fromSequenceNr, long deletedTo) {
        return new JournalException("events " + fromSequenceNr + " to " + deletedTo + " of " + persistenceId
                + " are deleted and no snapshot that holds them could be read: the state cannot be rebuilt."
                + " Bring its snapshots back that were skipped or lost, or restore the whole journal from a copy;"
                + " adopting this log does not help");
    }
}
