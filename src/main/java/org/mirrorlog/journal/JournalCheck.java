package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Looks at the journal and the snapshots of a data directory, offline or beside the daemon that uses it: what is there,
 * what is damaged, which logs that concerns. Takes no lock and changes nothing. What a daemon changes meanwhile can
 * look like damage, so damage is what several looks agree on.
 */
public final class JournalCheck {

    private static final int LOOKS = 3;
    private static final String JOURNAL = "journal";
    private static final String LOG = "mirrorlog|";

    private final Path dataDir;
    private final List<String> found = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> damages = new ArrayList<>();
    private final SortedMap<String, SortedSet<String>> concerned = new TreeMap<>();
    private final SortedSet<String> logs = new TreeSet<>();

    private JournalCheck(Path dataDir) {
        this.dataDir = dataDir;
    }

    /**
     * What was seen, in lines for people.
     *
     * @param found what is there
     * @param notes what is worth knowing, and no damage
     * @param damages what is damaged, and what to do
     * @param concerned for each log that has lost something, by its persistence id, what that is
     * @param logs the names of all logs that the journal is known to have
     */
    public record Report(List<String> found, List<String> notes, List<String> damages,
            SortedMap<String, SortedSet<String>> concerned, SortedSet<String> logs) {
    }

    /**
     * Looks.
     *
     * @throws IOException if the directory cannot be read at all
     */
    public static Report of(Path dataDir) throws IOException {
        Report report = look(dataDir);
        for (int i = 1; i < LOOKS && !report.damages().isEmpty(); i++) {
            report = look(dataDir);
        }
        return report;
    }

    private static Report look(Path dataDir) throws IOException {
        JournalCheck check = new JournalCheck(dataDir);
        Optional<Lineage.Entry> lineage = check.lineage();
        // Snapshots first: those of a daemon at work are below the heads that are read later.
        SnapshotCheck snapshots = SnapshotCheck.of(dataDir.resolve("snapshots"));
        Optional<JournalOpener.Scan> scan = check.journal(lineage, snapshots);
        snapshots.judge(scan, check.notes, check.damages, check.concerned);
        scan.ifPresent(seen -> check.logs(seen, snapshots));
        return new Report(check.found, check.notes, check.damages, check.concerned, check.logs);
    }

    private Optional<Lineage.Entry> lineage() throws IOException {
        Optional<Lineage.Entry> lineage = Lineage.read(dataDir);
        lineage.ifPresent(entry -> {
            if (entry.kind().equals(Lineage.UNKNOWN)) {
                damages.add("file journal-id cannot be understood: the next start takes the journal for one that"
                        + " follows a lost one, which costs a resync of logs that it does not know. If you know better,"
                        + " stop the daemon and remove the file");
            } else {
                found.add("journal-id: journal " + entry.journal() + " (" + entry.kind() + ")"
                        + (entry.isSuccessor() ? ", after another one (" + entry.follows()
                        + ") was lost or set aside" : ""));
            }
        });
        return lineage;
    }

    private Optional<JournalOpener.Scan> journal(Optional<Lineage.Entry> lineage, SnapshotCheck snapshots)
            throws IOException {
        try (Storage storage = DiskStorage.open(dataDir.resolve(JOURNAL))) {
            SortedSet<Long> numbers = Files.isDirectory(dataDir.resolve(JOURNAL)) ? JournalOpener.segments(storage)
                    : new TreeSet<>();
            if (numbers.isEmpty()) {
                missing(lineage, snapshots);
                return Optional.empty();
            }
            try {
                return Optional.of(scanned(storage, numbers, lineage));
            } catch (NoSuchFileException e) {
                damages.add("journal file " + e.getMessage() + " went away while it was read: a daemon is at work;"
                        + " try again");
            } catch (IOException e) {
                damages.add(e.getMessage());
                new SegmentSurvey(storage, numbers).survey(found, notes, concerned);
            }
            return Optional.empty();
        }
    }

    private JournalOpener.Scan scanned(Storage storage, SortedSet<Long> numbers, Optional<Lineage.Entry> lineage)
            throws IOException {
        JournalOpener.Scan scan = JournalOpener.scan(storage, numbers);
        long bytes = 0;
        for (long number : numbers) {
            try (Storage.File file = storage.openForReading(SegmentHeader.fileName(number))) {
                bytes += file.sizeBytes();
            }
        }
        found.add("journal " + scan.id() + ": " + numbers.size() + " segment files, " + bytes + " bytes, "
                + scan.index().heads().size() + " logs");
        if (scan.tail().tornBecause() != null) {
            notes.add("the last write to the journal is incomplete (" + scan.tail().tornBecause() + "): it is under"
                    + " way, or a kill or power failure cut it off. It was not answered, and the next start cuts it");
        }
        if (lineage.isPresent() && !lineage.get().journal().equals(scan.id().toString())) {
            notes.add("journal-id names another journal: the next start takes this one for its successor");
        }
        return scan;
    }

    private void missing(Optional<Lineage.Entry> lineage, SnapshotCheck snapshots) {
        if (lineage.isPresent() && lineage.get().kind().equals("postgres")) {
            found.add("no journal in files: this directory belongs to one in PostgreSQL, which is not looked at");
        } else if (lineage.isPresent() || !snapshots.isEmpty()) {
            damages.add("the journal is missing, though there was one here: bring " + dataDir.resolve(JOURNAL)
                    + " back; or start the daemon, which begins a new one, and adopt the logs (mirrorlogctl adopt)");
            snapshots.ids().forEach(id -> concerned.computeIfAbsent(id, key -> new TreeSet<>())
                    .add("all that was known of it"));
        } else {
            found.add("no journal: no daemon has served with this directory");
        }
    }

    private void logs(JournalOpener.Scan scan, SnapshotCheck snapshots) {
        SortedMap<String, RecordBodies.Head> heads = new TreeMap<>();
        scan.index().heads().forEach(head -> heads.put(head.persistenceId(), head));
        heads.keySet().forEach(id -> logs.add(name(id)));
        heads.forEach((id, head) -> found.add("log " + name(id) + ": head " + head.headSequenceNr() + ", events deleted"
                + " up to " + head.deletedTo() + ", snapshots " + snapshots.usable(id)));
    }

    /** The log of a persistence id, for people. */
    public static String name(String persistenceId) {
        return isLog(persistenceId) ? persistenceId.substring(LOG.length()) : persistenceId;
    }

    /** Whether it is the history of a log. */
    static boolean isLog(String persistenceId) {
        return persistenceId.startsWith(LOG);
    }
}
