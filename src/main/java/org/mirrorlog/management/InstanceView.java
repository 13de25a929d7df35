package org.mirrorlog.management;

import java.util.Objects;

/**
 * One kernel table that uses a log.
 *
 * @param node name of the machine
 * @param luid the kernel's number for the table, as sixteen hexadecimal digits (it is an address: too wide for a JSON
 *     number)
 * @param state the instance's state, in words: constructed, joining, active, presuspended, leaving, suspended
 * @param marks how many regions the instance holds marked
 */
public record InstanceView(String node, String luid, String state, long marks) {
    /** Checks that all names are given. */
    public InstanceView {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(luid, "luid");
        Objects.requireNonNull(state, "state");
    }

    /** An instance with its luid as a number. */
    public static InstanceView of(String node, long luid, String state, long marks) {
        return new InstanceView(node, String.format("%016x", luid), state, marks);
    }
}
