package org.mirrorlog.instance;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Who this daemon speaks for.
 *
 * @param node label of the machine
 * @param incarnation boot id of its kernel (D16)
 * @param daemonStart number of this daemon start, higher than that of every earlier start in this run of the kernel
 *     (D5)
 * @param former boot ids of earlier runs of this machine's kernel that are certain to be over, as of now
 */
public record Machine(String node, String incarnation, long daemonStart, Supplier<List<String>> former) {
    public Machine {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(incarnation, "incarnation");
        Objects.requireNonNull(former, "former");
    }

    /** Of which no earlier run is known to be over. */
    public Machine(String node, String incarnation, long daemonStart) {
        this(node, incarnation, daemonStart, List::of);
    }
}
