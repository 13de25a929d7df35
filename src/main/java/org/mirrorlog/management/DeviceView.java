package org.mirrorlog.management;

import java.util.Objects;

/**
 * The log device of a disk log.
 *
 * @param path the device exactly as the table line gave it: {@code major:minor} or a path
 * @param health the letter of the kernel's status line: A alive, D a read or write failed, F a cache flush failed
 * @param state what this machine has got of it: not opened, opening, open, refused, failed or closed
 * @param lateSeconds for how long it has not answered what this machine asked of it; 0 below 5 s
 */
public record DeviceView(String path, String health, String state, long lateSeconds) {
    /** Checks that all are given. */
    public DeviceView {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(health, "health");
        Objects.requireNonNull(state, "state");
    }
}
