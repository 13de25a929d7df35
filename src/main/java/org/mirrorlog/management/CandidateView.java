package org.mirrorlog.management;

import java.util.List;
import java.util.Objects;

/**
 * One run of a machine's kernel, as far as its death is asked for.
 *
 * @param bootId which run
 * @param node name of the machine
 * @param isConnected it is a member of the cluster within reach: it cannot be declared dead
 * @param isDeclared it was declared dead before
 * @param logs uuids of logs, among those that this node uses, in which it still takes part
 * @param marks how many regions it holds marked in these logs: they will be out of sync
 * @param silentLogs uuids of logs that this node uses and whose owners do not answer: it may take part in them as well
 */
public record CandidateView(String bootId, String node, boolean isConnected, boolean isDeclared, List<String> logs,
        long marks, List<String> silentLogs) {
    /** Checks that all are given. */
    public CandidateView {
        Objects.requireNonNull(bootId, "bootId");
        Objects.requireNonNull(node, "node");
        logs = List.copyOf(logs);
        silentLogs = List.copyOf(silentLogs);
    }
}
