package org.mirrorlog.owner;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What an owner is told once.
 *
 * @param name of this daemon, for people: node name and daemon start
 * @param incarnation boot id of this machine: instances of it have their device open here
 * @param cluster name of the cluster, written to log devices
 * @param journalId of the journal that this daemon writes (D21)
 * @param isNewBootProofOfDeath see {@link org.mirrorlog.log.Rules}
 * @param adopted uuids of the logs that the operator adopts
 * @param reactivation how long the survivors of a death may take to be resumed anew, one after the other; empty: they
 *     are not, and what the dead one has left waits for the next epoch (D22)
 * @param commitsPerSnapshot after so many commits a snapshot is made; two are kept
 * @param readBackEvery a log device in use is compared with what it should hold this often (D20)
 */
public record OwnerSettings(String name, String incarnation, String cluster, UUID journalId,
        boolean isNewBootProofOfDeath,
                            Set<String> adopted, Optional<Duration> reactivation, int commitsPerSnapshot,
                            Duration readBackEvery) {
    public OwnerSettings {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(incarnation, "incarnation");
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(journalId, "journalId");
        Objects.requireNonNull(readBackEvery, "readBackEvery");
        adopted = Set.copyOf(adopted);
        Objects.requireNonNull(reactivation, "reactivation");
        if (commitsPerSnapshot < 1) {
            throw new IllegalArgumentException("commits per snapshot: 1 or more, not " + commitsPerSnapshot);
        }
    }
}
