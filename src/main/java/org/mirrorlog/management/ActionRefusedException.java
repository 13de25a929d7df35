package org.mirrorlog.management;

/** What was asked for cannot be done; the message says why and what to do, in one line. */
public final class ActionRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    private ActionRefusedException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** Nobody knows what was named. */
    public static ActionRefusedException unknown(String message) {
        return new ActionRefusedException(404, message);
    }

    /** What was asked makes no sense. */
    public static ActionRefusedException wrong(String message) {
        return new ActionRefusedException(400, message);
    }

    /** It is known, and in a state in which it must not be done. */
    public static ActionRefusedException conflict(String message) {
        return new ActionRefusedException(409, message);
    }

    int status() {
        return status;
    }
}
