package org.mirrorlog.management;

import java.util.List;
import java.util.Objects;

/**
 * What is needed to go on without a lost data directory: not what was in sync, for that is not believed, but what must
 * not be forgotten.
 *
 * @param format 1
 * @param takenAt as ISO 8601 in UTC
 * @param node name of the machine
 * @param journal identity of its journal, 32 hexadecimal digits
 * @param deaths all that were declared
 * @param runs whose kernels may write a log, or may have been told that they may, and that are not declared dead
 * @param logs names of the logs of the journal, for people
 */
public record BackupView(int format, String takenAt, String node, String journal, List<DeathView> deaths,
        List<Run> runs, List<String> logs) {
    /** One run of a machine's kernel. */
    public record Run(String bootId, String node) { }

    /** Checks that all are given. */
    public BackupView {
        Objects.requireNonNull(takenAt, "takenAt");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(journal, "journal");
        deaths = List.copyOf(deaths);
        runs = List.copyOf(runs);
        logs = List.copyOf(logs);
    }
}
