package org.mirrorlog.journal;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Data directories with a journal and snapshots as a daemon leaves them, for tests of other rooms. */
public final class JournalFiles {

    private static final String A = "mirrorlog|LVM-a";
    private static final String B = "mirrorlog|LVM-b";

    private JournalFiles() {
    }

    /** Two logs: LVM-a with 30 events, 10 of them deleted, and snapshots 10 and 20; LVM-b with three events. */
    public static void fill(Path dataDir) throws IOException {
        try (SegmentJournal journal = open(dataDir)) {
            for (int i = 1; i <= 30; i++) {
                append(journal, A, i);
            }
            for (int i = 1; i <= 3; i++) {
                append(journal, B, i);
            }
            SnapshotFiles files = snapshots(dataDir, journal);
            files.save(snapshot(10));
            files.save(snapshot(20));
            CompletableFuture<Void> deleted = new CompletableFuture<>();
            journal.delete(A, 10, failure -> complete(deleted, failure));
            deleted.join();
        }
    }

    /** The journal, open. */
    public static AutoCloseable use(Path dataDir) throws IOException {
        return open(dataDir);
    }

    /** A snapshot of another journal, and one above the head. */
    public static void addSnapshots(Path dataDir) throws IOException {
        snapshots(dataDir, new SnapshotReference(new JournalId(5, 6), 25)).save(snapshot(25));
        try (SegmentJournal journal = open(dataDir)) {
            snapshots(dataDir, journal).save(snapshot(99));
        }
    }

    private static SegmentJournal open(Path dataDir) throws IOException {
        return SegmentProvider.open(JournalSystem.config(ConfigFactory.empty(), dataDir), new CoreFixture.Lines(),
                () -> 0);
    }

    private static SnapshotFiles snapshots(Path dataDir, SnapshotFiles.Reference reference) {
        return new SnapshotFiles(new SnapshotFiles.Directories(dataDir.resolve("snapshots")), reference,
                new CoreFixture.Lines());
    }

    private static SnapshotCodec.Stored snapshot(long sequenceNr) {
        return new SnapshotCodec.Stored(A, sequenceNr, sequenceNr, 1, "m", "state".getBytes(), null);
    }

    private static void append(SegmentJournal journal, String id, long sequenceNr) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        String event = JournalCheck.name(id) + " event " + sequenceNr;
        journal.append(id, sequenceNr, List.of(event.getBytes()), failure -> complete(done, failure));
        done.join();
    }

    private static void complete(CompletableFuture<Void> future, IOException failure) {
        if (failure == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(failure);
        }
    }
}
