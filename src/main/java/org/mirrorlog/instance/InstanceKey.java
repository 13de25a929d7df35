package org.mirrorlog.instance;

import java.util.Objects;

/**
 * An instance on this machine.
 *
 * @param uuid the log
 * @param luid the table, within this machine's kernel
 */
public record InstanceKey(String uuid, long luid) {
    public InstanceKey {
        Objects.requireNonNull(uuid, "uuid");
    }

    @Override
    public String toString() {
        return uuid + '/' + Long.toHexString(luid);
    }
}
