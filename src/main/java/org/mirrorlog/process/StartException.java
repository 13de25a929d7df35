package org.mirrorlog.process;

/** The daemon cannot start; the message is one line for each fault: what, where, and what would help. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartException(String message) {
        super(message);
    }

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
