package org.mirrorlog.cli;

/** Ends the command: one line for people, and the exit status. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    CommandFailedException(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
