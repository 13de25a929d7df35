package org.mirrorlog.instance;

/** Where an instance stands between CTR and DTR. Codes are part of the record's format. */
public enum Phase {
    /** Known by its constructor string; never resumed, or suspended. */
    SUSPENDED(0),
    /** RESUME is under way. */
    JOINING(1),
    /** In a session. */
    ACTIVE(2),
    /** In a session that is about to end: the kernel drains writes and recovers nothing. */
    PRESUSPENDED(3),
    /** POSTSUSPEND is under way. */
    LEAVING(4),
    /** DTR is under way. */
    DESTROYING(5);

    private static final Phase[] BY_CODE = values();

    private final int code;

    Phase(int code) {
        if (code != ordinal()) {
            throw new IllegalArgumentException("codes are dense and start at 0: " + code);
        }
        this.code = code;
    }

    int code() {
        return code;
    }

    static Phase ofCode(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("phase is 0 to " + (BY_CODE.length - 1) + ", not " + code);
        }
        return BY_CODE[code];
    }

    /** Whether the kernel may have I/O in flight. */
    boolean isInSession() {
        return this == ACTIVE || this == PRESUSPENDED;
    }
}
