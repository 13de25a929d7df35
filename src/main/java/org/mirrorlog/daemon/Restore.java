package org.mirrorlog.daemon;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.mirrorlog.journal.DiskStorage;
import org.mirrorlog.journal.Lineage;
import org.mirrorlog.journal.Storage;
import org.mirrorlog.kernel.SingleInstanceLock;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.Settings;

/**
 * {@code mirrorlogd restore DIR}: makes a data directory that was lost one that goes on from a backup. The old history
 * is never laid down: the next start begins a journal with a new identity, which knows that another one was before it,
 * so nothing counts as clean that only the lost one knew. A directory in use, or with anything newer in it, is refused.
 */
public final class Restore {
    /** What may be in a data directory of which nothing is left. */
    private static final Set<String> NOTHING = Set.of("mirrorlogd.lock", "lost+found", Restored.FILE,
            Restored.FILE + Storage.TEMPORARY);

    private final Settings settings;
    private final PrintStream out;
    private final PrintStream err;

    public Restore(Settings settings, PrintStream out, PrintStream err) {
        this.settings = settings;
        this.out = out;
        this.err = err;
    }

    /** Does it, or says why not. */
    public ExitCode run(Path from) {
        try {
            refuseOtherJournals();
            restore(Backup.read(from.resolve(Backup.FILE)));
            return ExitCode.OK;
        } catch (IOException | StartException e) {
            err.println("mirrorlogd: restore: nothing is restored: " + e.getMessage());
            return ExitCode.NOT_STARTED;
        }
    }

    private void refuseOtherJournals() throws StartException {
        if (settings.insteadOfBackup().isPresent()) {
            throw new StartException("the journal of these settings " + settings.insteadOfBackup().get());
        }
    }

    private void restore(Backup backup) throws IOException, StartException {
        Path dataDir = settings.dataDir();
        SingleInstanceLock lock = DataDir.hold(dataDir,
                settings.kernel().connector() == Settings.Connector.NETLINK);
        try {
            refuseWhatIsThere(dataDir, NOTHING);
            for (String key : List.of("mirrorlog.journal.dir", "mirrorlog.snapshots.dir")) {
                refuseWhatIsThere(Path.of(settings.config().getString(key)).toAbsolutePath(), Set.of());
            }
            DiskStorage.open(dataDir).replace(Restored.FILE, backup.bytes());
            Lineage.precede(dataDir, backup.journal());
        } finally {
            lock.close();
        }
        out.println("restored from the backup of node " + backup.node() + " of " + backup.takenAt());
        out.println("the next start begins a journal that follows " + backup.journal() + "; each log begins all dirty,"
                + " and none is recovered before these kernels have resumed it anew, have no such table or are"
                + " declared dead (mirrorlogctl fence-confirm):");
        backup.runs().forEach(who -> out.println("  node " + who.node() + " (boot id " + who.incarnation() + ")"));
        out.println(backup.dead().size() + " declared dead");
    }

    private static void refuseWhatIsThere(Path directory, Set<String> allowed) throws IOException, StartException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            List<String> there = entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !allowed.contains(name)).sorted().limit(5).toList();
            if (!there.isEmpty()) {
                throw new StartException(directory + " has something in it (" + String.join(", ", there) + ", ...),"
                        + " which may be newer than the backup: if it is lost indeed, move it away");
            }
        }
    }
}
