package org.mirrorlog.instance;

import java.util.Objects;

/**
 * Who this daemon speaks for.
 *
 * @param node label of the machine
 * @param incarnation boot id of its kernel (D16)
 * @param jvm number of this daemon start, higher than that of every earlier start
 */
public record Machine(String node, String incarnation, long jvm) {
    public Machine {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(incarnation, "incarnation");
    }
}
