package org.mirrorlog.owner;

import akka.persistence.typed.PersistenceId;
import java.util.Optional;

/** What a log is called in the journal. */
final class PersistenceIds {
    private static final String KIND = "mirrorlog";
    private static final String SEPARATOR = "|";

    private PersistenceIds() {
    }

    /**
     * Not by Akka's own rule for ids of two parts, which refuses a name with the separator in it: the kernel does not.
     * The first separator ends the first part, so that no two names share an id, whatever they consist of.
     */
    static PersistenceId of(String uuid) {
        return PersistenceId.ofUniqueId(KIND + SEPARATOR + uuid);
    }

    /** The log whose history has this id; empty if it is no log's. */
    static Optional<String> logOf(String persistenceId) {
        String prefix = KIND + SEPARATOR;
        return persistenceId.startsWith(prefix) ? Optional.of(persistenceId.substring(prefix.length()))
                : Optional.empty();
    }
}
