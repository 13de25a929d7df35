package org.mirrorlog.log;

import java.util.Objects;

/**
 * One table of one kernel: what holds marks, hints, grants and the recovery slot.
 *
 * @param incarnation boot id of the kernel; a node name is only its label (D16)
 * @param luid the table within that kernel
 */
public record InstanceId(String incarnation, long luid) {
    public InstanceId {
        Objects.requireNonNull(incarnation, "incarnation");
    }

    @Override
    public String toString() {
        return incarnation + '/' + Long.toHexString(luid);
    }
}
