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
}
