package org.mirrorlog.device;

import java.io.IOException;

/**
 * The log device could not take a write or a cache flush, now or earlier: nothing that was asked is durable, and
 * nothing will be until a new instance opens a device (S22).
 */
public final class DeviceFailed extends IOException {
    private static final long serialVersionUID = 1L;

    private final DeviceHealth health;
    private final int errno;

    DeviceFailed(DeviceHealth health, int errno, String text, Throwable cause) {
        super(text, cause);
        this.health = health;
        this.errno = errno;
    }

    /** What failed first. */
    public DeviceHealth health() {
        return health;
    }

    /** The positive Linux error number of the first failure. */
    public int errno() {
        return errno;
    }
}
