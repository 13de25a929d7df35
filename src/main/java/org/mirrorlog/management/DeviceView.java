package org.mirrorlog.management;

import java.util.Objects;

/**
 * The log device of a disk log.
 *
 * @param path the device exactly as the table line gave it: {@code major:minor} or a path
 * @param health the letter of the kernel's status line: A alive, D a read or write failed, F a cache flush failed
 */
public record DeviceView(String path, String health) {
    /** Checks that both are given. */
    public DeviceView {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(health, "health");
    }
}
