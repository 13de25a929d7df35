package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
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

/** All snapshot files of a data directory as they are, to be judged by a journal. Changes nothing. */
final class SnapshotCheck {

    private static final String SUFFIX = ".snap";

    private final List<Damaged> damaged = new ArrayList<>();
    private final List<Read> read = new ArrayList<>();
    private final SortedMap<String, SortedSet<Long>> usable = new TreeMap<>();
    private int asideFiles;

    private SnapshotCheck() {
    }

    /** A file that is no snapshot, and the directory that tells which log's it was. */
    private record Damaged(Path file, String why) {
    }

    private record Read(Path file, SnapshotCodec.Stored snapshot) {
    }

    /** Reads all files; the payloads are not kept. */
    static SnapshotCheck of(Path directory) throws IOException {
        SnapshotCheck check = new SnapshotCheck();
        if (Files.isDirectory(directory)) {
            for (Path own : list(directory)) {
                if (Files.isDirectory(own)) {
                    for (Path file : list(own)) {
                        check.look(file);
                    }
                }
            }
        }
        return check;
    }

    private static List<Path> list(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(paths::add);
        }
        paths.sort(null);
        return paths;
    }

    private void look(Path file) {
        String name = file.getFileName().toString();
        if (name.contains(SUFFIX + ".")) {
            asideFiles++;
        } else if (name.endsWith(SUFFIX)) {
            try {
                SnapshotCodec.Stored stored = SnapshotCodec.decode(Files.readAllBytes(file));
                boolean isPlace = name.equals(SnapshotFiles.Name.plain(stored.sequenceNr(), stored.timestamp()))
                        && file.getParent().getFileName().toString()
                        .equals(SnapshotFiles.encode(stored.persistenceId()));
                if (isPlace) {
                    read.add(new Read(file, stored.withoutPayload()));
                } else {
                    damaged.add(new Damaged(file, "it holds snapshot " + stored.sequenceNr() + " of "
                            + stored.persistenceId() + ", not the one its name says"));
                }
            } catch (NoSuchFileException e) {
                return; // a daemon at work has deleted it
            } catch (IOException e) {
                damaged.add(new Damaged(file, e instanceof JournalException ? e.getMessage() : e.toString()));
            }
        }
    }

    boolean isEmpty() {
        return read.isEmpty() && damaged.isEmpty() && asideFiles == 0;
    }

    SortedSet<String> ids() {
        SortedSet<String> ids = new TreeSet<>();
        read.forEach(one -> ids.add(one.snapshot().persistenceId()));
        return ids;
    }

    /** Numbers of the snapshots that the journal may use; after {@link #judge}. */
    SortedSet<Long> usable(String persistenceId) {
        return usable.getOrDefault(persistenceId, new TreeSet<>());
    }

    /** Says which snapshots the journal may not use, and whether it can do without. */
    void judge(Optional<JournalOpener.Scan> scan, List<String> notes, List<String> damages,
            SortedMap<String, SortedSet<String>> concerned) {
        if (asideFiles > 0) {
            notes.add(asideFiles + " snapshot files were set aside and are not used; their names say why");
        }
        for (Damaged file : damaged) {
            damages.add("snapshot " + file.file() + ": " + file.why() + ". It is passed over; where that matters, its"
                    + " log is named below");
        }
        if (scan.isEmpty()) {
            return;
        }
        for (Read one : read) {
            judge(scan.get(), one, notes, damages);
        }
        for (RecordBodies.Head head : scan.get().index().heads()) {
            SortedSet<Long> own = usable(head.persistenceId());
            if (head.deletedTo() > 0 && (own.isEmpty() || own.last() < head.deletedTo())) {
                concerned.computeIfAbsent(head.persistenceId(), key -> new TreeSet<>()).add("its events up to "
                        + head.deletedTo() + " are deleted, and no snapshot that holds them can be used");
                damages.add("log " + JournalCheck.name(head.persistenceId()) + " cannot be recovered: restore its"
                        + " snapshots from a copy of the directory; if there is none, start the daemon and adopt the"
                        + " log (mirrorlogctl adopt)");
            }
        }
    }

    private void judge(JournalOpener.Scan scan, Read one, List<String> notes, List<String> damages) {
        SnapshotCodec.Stored snapshot = one.snapshot();
        long head = scan.index().head(snapshot.persistenceId());
        if (snapshot.isForeignTo(scan.id())) {
            notes.add("snapshot " + one.file() + " is of journal " + snapshot.journal() + ": it is not used, and"
                    + " the next use of its log sets it aside");
        } else if (snapshot.sequenceNr() > head) {
            damages.add("snapshot " + one.file() + " is above the head of its log, " + head + ": it is of another"
                    + " journal, or this one has lost its end. If an older copy was put back, bring the newer one back;"
                    + " else adopt the log. "
                    + (snapshot.provesLoss(scan.id()) ? "The log is held until then" : "The snapshot is not used"));
        } else {
            usable.computeIfAbsent(snapshot.persistenceId(), key -> new TreeSet<>()).add(snapshot.sequenceNr());
        }
    }
}
