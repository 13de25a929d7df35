package org.mirrorlog;

/** The daemon cannot start; the message is one line for each fault: what, where, and what would help. */
final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    StartException(String message) {
        super(message);
    }

    StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
