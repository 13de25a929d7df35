package org.mirrorlog.device;

import java.io.IOException;
import java.util.Set;

/** A log device cannot be used. The message says what, where and what is allowed. */
public final class DeviceRefused extends IOException {
    private static final long serialVersionUID = 1L;

    private static final int EMFILE = 24;
    /** What the device has no part in: EINTR, EAGAIN, ENOMEM, ENFILE, EMFILE. */
    private static final Set<Integer> TRANSIENT = Set.of(4, 11, 12, 23, EMFILE);

    private final int errno;

    DeviceRefused(int errno, String text, Throwable cause) {
        super(text, cause);
        this.errno = errno;
    }

    /** As many log devices are in use as may be; EMFILE. */
    public static DeviceRefused tooMany(String device, int most) {
        return new DeviceRefused(EMFILE, "log device " + device + ": " + most + " log devices are in use, and no more"
                + " may be; raise mirrorlog.device.most-open, or remove mirrors", null);
    }

    /** Whether this says nothing of the device: the machine lacks something just now, and may have it later. */
    public boolean isTransient() {
        return isTransient(errno);
    }

    static boolean isTransient(int errno) {
        return TRANSIENT.contains(errno);
    }

    /** The positive Linux error number for the constructor's answer. */
    public int errno() {
        return errno;
    }
}
