package org.mirrorlog.protocol;

import java.util.Optional;

/** The seventeen questions of {@code dm-log-userspace}, with the kernel's numbers ({@code DM_ULOG_*}). */
public enum RequestType {
    CTR(1), DTR(2), PRESUSPEND(3), POSTSUSPEND(4), RESUME(5), GET_REGION_SIZE(6), IS_CLEAN(7), IN_SYNC(8), FLUSH(9),
    MARK_REGION(10), CLEAR_REGION(11), GET_RESYNC_WORK(12), SET_REGION_SYNC(13), GET_SYNC_COUNT(14), STATUS_INFO(15),
    STATUS_TABLE(16), IS_REMOTE_RECOVERING(17);

    private static final RequestType[] BY_CODE = values();

    private final int code;

    RequestType(int code) {
        if (code != ordinal() + 1) {
            throw new IllegalArgumentException("codes are dense and start at 1: " + code);
        }
        this.code = code;
    }

    /** The number on the wire, 1 to 17. */
    public int code() {
        return code;
    }

    /** The type of a wire number of which only the low 8 bits count; empty outside 1 to 17. */
    public static Optional<RequestType> ofCode(int wireType) {
        int code = wireType & 0xff;
        return code >= 1 && code <= BY_CODE.length ? Optional.of(BY_CODE[code - 1]) : Optional.empty();
    }

    /**
     * Whether the kernel sends this type through its retrying wrapper: on ESRCH it reconnects (CTR, RESUME) and asks
     * again; all other types hand ESRCH to their caller.
     */
    public boolean isRetriedAfterReconnect() {
        switch (this) {
            case CTR: case DTR: case PRESUSPEND: case POSTSUSPEND: case RESUME: case GET_REGION_SIZE: case STATUS_TABLE:
                return false;
            default:
                return true;
        }
    }
}
