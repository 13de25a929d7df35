package org.mirrorlog.journal;

import akka.actor.ExtendedActorSystem;
import akka.event.Logging;
import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import scala.concurrent.duration.Deadline;

/** Opens the embedded journal that {@code mirrorlog.journal} describes. */
public final class SegmentProvider implements JournalProvider {

    /** As which the data directory remembers it. */
    static final String KIND = "segments";

    private static final String DATA_DIR = "mirrorlog.data-dir";
    private static final String SNAPSHOTS = "mirrorlog.snapshots.dir";
    /** What the rest of the program keeps beside the journal, from its first start on. */
    private static final String INSTANCES = "instances";

    /** Called by name. */
    public SegmentProvider() {
    }

    @Override
    public Optional<String> problems(Config root) {
        try {
            JournalSettings.read(root);
            return Optional.empty();
        } catch (JournalException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public Optional<String> startProblem(Config root) {
        Path directory = Path.of(root.getString(JournalSettings.PATH + ".dir")).toAbsolutePath();
        boolean isInDataDir = root.hasPath(DATA_DIR)
                && directory.startsWith(Path.of(root.getString(DATA_DIR)).toAbsolutePath());
        Path parent = directory.getParent();
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            return Optional.of("journal directory " + directory + " is not a directory: move that file away");
        }
        // The data directory itself is made if it is missing.
        return isInDataDir || Files.isDirectory(parent) ? Optional.empty() : Optional.of("directory " + parent
                + " does not exist: create it (is its file system mounted?) or set " + JournalSettings.PATH + ".dir");
    }

    @Override
    public SegmentJournal open(ExtendedActorSystem system) throws IOException {
        AkkaLog log = new AkkaLog(Logging.getLogger(system, SegmentJournal.class));
        // The time serves figures and readiness only; nothing true depends on it.
        return open(system.settings().config(), log, () -> Deadline.now().time().toNanos());
    }

    /** Opens the journal of a configuration, and notes in the data directory which one it is. */
    static SegmentJournal open(Config config, JournalLog log, LongSupplier nanoClock) throws IOException {
        JournalSettings settings = JournalSettings.read(config);
        Path dataDir = settings.directory().toAbsolutePath().getParent();
        Storage storage = DiskStorage.openLocked(settings.directory());
        Lineage lineage;
        SegmentJournal journal;
        try {
            lineage = Lineage.of(dataDir, KIND, log);
            List<Path> traces = List.of(Path.of(config.getString(SNAPSHOTS)), dataDir.resolve(INSTANCES));
            journal = SegmentJournal.open(storage, settings.options(), log, nanoClock, () -> begin(lineage, traces));
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
        lineage.opened(journal.id());
        journal.setSuccessor(lineage.isSuccessor());
        return journal;
    }

    private static JournalId begin(Lineage lineage, List<Path> traces) {
        byte[] bytes = new byte[JournalId.BYTES];
        new SecureRandom().nextBytes(bytes);
        JournalId id = JournalId.of(bytes);
        try {
            lineage.begins(id, traces);
        } catch (IOException e) {
            throw new UncheckedIOException("journal cannot be created: that another one was here before cannot be"
                    + " noted (" + DiskStorage.reason(e) + "): check space and permissions", e);
        }
        return id;
    }
}
