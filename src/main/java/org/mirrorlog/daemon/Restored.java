package org.mirrorlog.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.journal.Lineage;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.process.StartException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the data directory goes on from a backup: the file {@code restored} in it, from {@link Restore} until an
 * operator removes it. As long as it is there, each log that the journal does not know is adopted (D21) before its
 * first table is answered, awaits every kernel that the backup names, and nobody who was dead is served.
 */
record Restored(Optional<Backup> backup) {
    static final String FILE = "restored";
    private static final Logger LOG = LoggerFactory.getLogger(Restored.class);

    /**
     * Of a data directory that is held, before its journal is opened.
     *
     * @throws StartException the file cannot be read, or its restore was interrupted: then nobody may be served
     */
    static Restored of(Path dataDir) throws StartException {
        Path file = dataDir.resolve(FILE);
        if (Files.notExists(file)) {
            return new Restored(Optional.empty());
        }
        try {
            if (Lineage.read(dataDir).isEmpty()) {
                throw new StartException("mirrorlog.data-dir: " + file + " is there and journal-id is not: a restore"
                        + " was interrupted, say mirrorlogd restore DIR again");
            }
            return new Restored(Optional.of(Backup.read(file)));
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir: " + file + ": " + e.getMessage()
                    + "; mirrorlogd restore makes it anew from the backup, in an empty directory", e);
        }
    }

    boolean isOne() {
        return backup.isPresent();
    }

    /** Before anybody is served. */
    void condemn(DeathList deaths) {
        backup.ifPresent(known -> deaths.add(known.dead().stream().map(NodeIdentity::incarnation)
                .collect(Collectors.toSet())));
    }

    /** Writes the deaths into the register; whoever is connected stays condemned by the file. */
    void declare(DeathService deaths) {
        for (NodeIdentity who : backup.map(Backup::dead).orElse(List.of())) {
            deaths.declare(List.of(who), "the backup of node " + backup.orElseThrow().node())
                    .whenComplete((done, failure) -> {
                        if (failure != null) {
                            LOG.warn("the death of node {} (boot id {}), which the backup names, is not in the"
                                    + " register: {}; tried again at the next start", who.node(), who.incarnation(),
                                    failure.getMessage());
                        }
                    });
        }
    }

    /** These nodes, and those of the backup that are not dead. */
    Map<String, String> with(Map<String, String> nodes, Collection<String> dead) {
        Map<String, String> all = new TreeMap<>();
        backup.ifPresent(known -> known.runs().forEach(who -> all.put(who.incarnation(), who.node())));
        all.keySet().removeAll(dead);
        all.putAll(nodes);
        return all;
    }
}
