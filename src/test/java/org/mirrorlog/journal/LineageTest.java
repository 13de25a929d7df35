package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data directory knows whether its journal is the first one, or follows one that was lost or set aside. */
class LineageTest {

    @TempDir
    private Path dataDir;

    private final CoreFixture.Lines lines = new CoreFixture.Lines();

    /** One start and its orderly end; returns the journal. */
    private SegmentJournal start() throws IOException {
        SegmentJournal journal = SegmentProvider.open(JournalSystem.config(ConfigFactory.empty(), dataDir), lines,
                () -> 0);
        journal.close();
        return journal;
    }

    private String file() throws IOException {
        return Files.readString(dataDir.resolve("journal-id"));
    }

    private void moveJournalTo(String name) throws IOException {
        Files.move(dataDir.resolve("journal"), dataDir.resolve(name));
    }

    @Test
    void shouldNameTheFirstJournalAndStayWithIt() throws IOException {
        SegmentJournal first = start();

        assertFalse(first.isSuccessor());
        assertEquals("journal " + first.id() + "\nkind segments\n", file());
        assertFalse(start().isSuccessor());
        assertEquals(0, lines.count("was lost or set aside"));
    }

    @Test
    void shouldKnowThatAJournalWasMovedAwayOverRestarts() throws IOException {
        SegmentJournal first = start();
        moveJournalTo("journal-damaged");

        SegmentJournal second = start();

        assertTrue(second.isSuccessor());
        assertEquals("journal " + second.id() + "\nkind segments\nfollows " + first.id() + "\n", file());
        assertTrue(start().isSuccessor(), "still");
        assertEquals(1, lines.count("journal " + first.id() + " was here before it, and was lost or set aside"));
    }

    @Test
    void shouldKnowThatAnotherJournalWasPutInPlace() throws IOException {
        SegmentJournal first = start();
        moveJournalTo("aside");
        start();
        moveJournalTo("newer");
        Files.move(dataDir.resolve("aside"), dataDir.resolve("journal"));

        SegmentJournal again = start();

        assertEquals(first.id(), again.id());
        assertTrue(again.isSuccessor(), "the other one decided meanwhile");
    }

    @Test
    void shouldSeeFromWhatIsLeftBesideThatThereWasAJournalOfAnOlderBuild() throws IOException {
        for (String trace : List.of("snapshots/mirrorlog%7Ca", "instances/starts")) {
            Path left = Files.createDirectories(dataDir.resolve(trace));

            assertTrue(start().isSuccessor(), trace);
            assertTrue(file().endsWith("follows unknown\n"), file());

            Files.delete(left);
            Files.delete(dataDir.resolve("journal-id"));
            moveJournalTo("journal-of-" + left.getFileName());
        }
        assertFalse(start().isSuccessor(), "nothing is left");
    }

    @Test
    void shouldTakeTheJournalOfAnOlderBuildForTheFirst() throws IOException {
        start();
        Files.delete(dataDir.resolve("journal-id"));
        Files.createDirectories(dataDir.resolve("snapshots/mirrorlog%7Ca"));

        assertFalse(start().isSuccessor());
        assertTrue(Files.exists(dataDir.resolve("journal-id")));
    }

    @Test
    void shouldForgetTheEarlierJournalWhenTheOperatorRemovesTheFile() throws IOException {
        start();
        moveJournalTo("journal-damaged");
        start();
        Files.delete(dataDir.resolve("journal-id"));

        assertFalse(start().isSuccessor());
    }

    @Test
    void shouldNotTrustAFileThatCannotBeUnderstood() throws IOException {
        for (String text : List.of("", "journal 12\nkind segments\n", "x".repeat(5000))) {
            start();
            Files.writeString(dataDir.resolve("journal-id"), text);

            assertTrue(start().isSuccessor(), text);
        }
    }

    @Test
    void shouldNeverHaveASuccessorThatLooksLikeTheFirstWheneverPowerFails() throws IOException {
        int operations = 0;
        boolean isThrough = false;
        while (!isThrough) {
            operations++;
            SimulatedStorage beside = new SimulatedStorage(new Random(operations));
            Lineage.of(beside, "segments", lines).opened(new JournalId(1, 1));
            SimulatedStorage segments = new SimulatedStorage(new Random(operations));
            beside.setOperationsUntilPowerFailure(operations);
            isThrough = isCreated(beside, segments);
            beside.failPower();

            Lineage after = Lineage.of(beside, "segments", lines);
            new JournalOpener(segments, CoreFixture.small(), lines, () -> 0).open(noting(after, new JournalId(3, 3)));
            after.opened(JournalId.of(new JournalId(2, 2).toBytes()));
            assertTrue(after.isSuccessor(), "operations " + operations);
        }
        assertTrue(operations > 4, "power failed at each of them");
    }

    private boolean isCreated(SimulatedStorage beside, SimulatedStorage segments) throws IOException {
        try {
            Lineage lineage = Lineage.of(beside, "segments", lines);
            new JournalOpener(segments, CoreFixture.small(), lines, () -> 0)
                    .open(noting(lineage, new JournalId(2, 2)));
            return true;
        } catch (SimulatedStorage.PowerFailure e) {
            assertTrue(segments.list().isEmpty(), "no journal before that is noted");
            return false;
        }
    }

    private static Supplier<JournalId> noting(Lineage lineage, JournalId id) {
        return () -> {
            try {
                lineage.begins(id, List.of());
                return id;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };
    }

    @Test
    void shouldNotCreateASuccessorThatCannotBeNoted() throws IOException {
        SimulatedStorage beside = new SimulatedStorage(new Random(1));
        Lineage.of(beside, "segments", lines).opened(new JournalId(1, 1));
        Lineage lineage = Lineage.of(beside, "segments", lines);
        beside.setCapacityBytes(beside.usedBytes());

        assertThrows(IOException.class, () -> lineage.begins(new JournalId(2, 2), List.of()));

        assertEquals(Optional.of(new JournalId(1, 1).toString()),
                Lineage.of(beside, "segments", lines).found().map(Lineage.Entry::journal));
        beside.setCapacityBytes(Long.MAX_VALUE);
        lineage.begins(new JournalId(2, 2), List.of());
        assertEquals(Optional.of(new JournalId(2, 2).toString()),
                Lineage.of(beside, "segments", lines).found().map(Lineage.Entry::journal), "once there is room");
    }

    @Test
    void shouldOpenAJournalWhoseNoteCannotBeWritten() throws IOException {
        SimulatedStorage beside = new SimulatedStorage(new Random(1));
        beside.setCapacityBytes(10);
        Lineage lineage = Lineage.of(beside, "segments", lines);

        lineage.opened(new JournalId(1, 1));

        assertFalse(lineage.isSuccessor());
        assertEquals(1, lines.count("journal-id cannot be written"));
    }
}
