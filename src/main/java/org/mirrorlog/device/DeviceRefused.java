package org.mirrorlog.device;

import java.io.IOException;

/** A log device cannot be used. The message says what, where and what is allowed. */
public final class DeviceRefused extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    DeviceRefused(int errno, String text, Throwable cause) {
        super(text, cause);
        this.errno = errno;
    }

    /** The positive Linux error number for the constructor's answer. */
    public int errno() {
        return errno;
    }
}
