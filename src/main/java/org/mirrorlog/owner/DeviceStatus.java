package org.mirrorlog.owner;

import java.util.Locale;

/** How far this machine has got with the log device of one of its tables. */
public enum DeviceStatus {
    /** Nothing was tried yet: nothing can be said of it, not even that it cannot be used. */
    NOT_OPENED,
    /** An open is under way, or is tried again because the machine lacked something. */
    OPENING,
    OPEN,
    /** An open was tried, and the device cannot be used. */
    REFUSED,
    /** It is open; a write or a flush was tried and has failed. */
    FAILED,
    /** Its table was destroyed: it is closed, or will be when what is under way has ended. */
    CLOSED;

    /** Whether it was opened and not closed since, failed or not. */
    boolean isOpen() {
        return this == OPEN || this == FAILED;
    }

    /** Whether something was tried and has failed, so that waiting is in vain. */
    boolean isHopeless() {
        return this == REFUSED || this == FAILED;
    }

    /** For people and JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
