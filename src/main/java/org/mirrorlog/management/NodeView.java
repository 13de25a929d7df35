package org.mirrorlog.management;

import java.util.List;
import java.util.Objects;

/**
 * One run of a machine's kernel.
 *
 * @param bootId which run
 * @param node name of the machine
 * @param state up, leaving, unreachable, stopped, undecided, over or dead
 * @param says the same for people, to go on from the name of the node
 * @param silentSince since when nothing is heard of it, as ISO 8601 in UTC; null if it is heard, or that is not known
 * @param isConnected it is a member of the cluster within reach
 * @param isDeclared it was declared dead before
 * @param isPowerOffNeeded before it is declared dead somebody has to say that its machine is off: it may write a log,
 *     or what it may write is not known
 * @param logs uuids of logs in which it takes part
 * @param writable uuids of those that its kernel may still write
 * @param marks how many regions it holds marked in these logs
 * @param lost how many regions in how many logs are out of sync once it is declared dead
 * @param silentLogs uuids of logs that cannot be read now: it may take part in them as well
 * @param version of the program that serves it, or did so last; null if that is not known
 */
public record NodeView(String bootId, String node, String state, String says, String silentSince, boolean isConnected,
        boolean isDeclared, boolean isPowerOffNeeded, List<String> logs, List<String> writable, long marks, Lost lost,
        List<String> silentLogs, String version) {
    /** What a death costs. */
    public record Lost(long regions, int logs) { }

    /** Checks that all are given. */
    public NodeView {
        Objects.requireNonNull(bootId, "bootId");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(says, "says");
        Objects.requireNonNull(lost, "lost");
        logs = List.copyOf(logs);
        writable = List.copyOf(writable);
        silentLogs = List.copyOf(silentLogs);
    }
}
