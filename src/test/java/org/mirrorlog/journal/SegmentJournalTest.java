package org.mirrorlog.journal;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The journal with its thread and queue, on a real directory where that matters. */
@Timeout(60)
class SegmentJournalTest {

    private static final String ID = "log";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final CoreFixture.Lines lines = new CoreFixture.Lines();
    private final AtomicLong nanoTime = new AtomicLong();

    private SegmentJournal open(Path where) throws IOException {
        return SegmentJournal.open(where, CoreFixture.small(), lines, nanoTime::get, () -> CoreFixture.ID);
    }

    private SegmentJournal open(Storage storage) throws IOException {
        return SegmentJournal.open(storage, CoreFixture.small(), lines, nanoTime::get, () -> CoreFixture.ID);
    }

    private static IOException outcome(CoreFixture.Outcome outcome) {
        await("the outcome of a write").atMost(LIMIT).until(() -> outcome.isDecided);
        return outcome.failure;
    }

    private static CoreFixture.Outcome append(SegmentJournal journal, long first, String... texts) {
        CoreFixture.Outcome outcome = new CoreFixture.Outcome();
        journal.append(ID, first, CoreFixture.events(texts), outcome);
        return outcome;
    }

    @Test
    void shouldTellTheIdentityOfAJournalWithoutOpeningItD21() throws IOException {
        Path own = directory.resolve("journal");
        assertEquals(Optional.empty(), SegmentJournal.identity(own), "no directory");
        Files.createDirectory(own);
        assertEquals(Optional.empty(), SegmentJournal.identity(own), "no segment");

        try (SegmentJournal journal = open(own)) {
            assertEquals(CoreFixture.ID, journal.id());
            assertEquals(Optional.of(CoreFixture.ID), SegmentJournal.identity(own), "while it is open");
        }

        assertEquals("112233445566778899aabbccddeeff00", SegmentJournal.identity(own).orElseThrow().toString());
        try (SegmentJournal again = SegmentJournal.open(own, CoreFixture.small(), lines, nanoTime::get,
                () -> new JournalId(0, 0))) {
            assertEquals(CoreFixture.ID, again.id(), "kept for ever");
        }
    }

    @Test
    void shouldRefuseASecondOpeningOfTheSameDirectory() throws IOException {
        try (SegmentJournal journal = open(directory)) {
            String message = assertThrows(JournalException.class, () -> open(directory)).getMessage();

            assertTrue(message.contains("in use by another process") && message.contains(directory + "/lock"), message);
            assertNull(outcome(append(journal, 1, "the first is not disturbed")));
        }
        open(directory).close();
    }

    @Test
    void shouldRefuseADirectoryThatAnotherProcessUses() throws IOException, InterruptedException {
        Process other = ChildJvm.start(CrashChild.class, directory.toString(), "1");
        try (BufferedReader out = other.inputReader()) {
            assertEquals("OPEN", out.readLine());

            String message = assertThrows(JournalException.class, () -> open(directory)).getMessage();

            assertTrue(message.contains("in use by another process") && message.contains(directory + "/lock"), message);
        } finally {
            other.destroyForcibly().waitFor();
        }
        open(directory).close();
    }

    @Test
    void shouldSayWhatIsWrongWithTheDirectory() throws IOException {
        Path absent = directory.resolve("not-mounted/journal");
        String message = assertThrows(JournalException.class, () -> open(absent)).getMessage();
        assertTrue(message.contains("directory " + directory + "/not-mounted does not exist"), message);

        Path file = Files.createFile(directory.resolve("file"));
        message = assertThrows(JournalException.class, () -> open(file)).getMessage();
        assertTrue(message.contains("directory " + file + " cannot be created"), message);
    }

    @Test
    void shouldSayThatTheDirectoryCannotBeWritten() throws IOException {
        Path readOnly = Files.createDirectory(directory.resolve("read-only"));
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));
        Assumptions.assumeFalse(Files.isWritable(readOnly), "root may write everywhere");

        String message = assertThrows(JournalException.class, () -> open(readOnly)).getMessage();

        assertTrue(message.contains("journal directory " + readOnly + " cannot be written"), message);
    }

    @Test
    void shouldWriteEverythingBeforeItCloses() throws IOException {
        List<CoreFixture.Outcome> outcomes = new ArrayList<>();
        try (SegmentJournal journal = open(directory)) {
            for (int i = 1; i <= 100; i++) {
                outcomes.add(append(journal, i, "event " + i));
            }
        }

        outcomes.forEach(outcome -> assertNull(outcome(outcome)));
        try (SegmentJournal journal = open(directory)) {
            assertEquals(100, journal.headSequenceNr(ID));
            assertEquals(100L, journal.acceptedHead(ID).toCompletableFuture().join());
            assertEquals(List.of(), lines.all.stream().filter(line -> line.startsWith("WARN")).toList());
        }
    }

    @Test
    void shouldRefuseWritesAfterClose() throws IOException {
        SegmentJournal journal = open(directory);
        assertTrue(journal.isWritable());
        journal.close();
        journal.close();

        assertFalse(journal.isWritable());
        assertTrue(outcome(append(journal, 1, "late")).getMessage().contains("is closed"));
    }

    @Test
    void shouldRefuseAppendsOfWrongSize() throws IOException {
        try (SegmentJournal journal = open(directory)) {
            assertTrue(outcome(append(journal, 1, "x".repeat(4000))).getMessage()
                    .contains("larger than mirrorlog.journal.max-group-bytes = 2048"));
            assertTrue(outcome(append(journal, 1)).getMessage().contains("must hold an event"));
            CoreFixture.Outcome longId = new CoreFixture.Outcome();
            journal.append("i".repeat(1100), 1, CoreFixture.events("x"), longId);
            assertTrue(outcome(longId).getMessage().contains("at most 1024 bytes"));
            assertNull(outcome(append(journal, 1, "x".repeat(1900))));
        }
    }

    /** What happens before each force of a file, while it is armed. */
    private static final class Gate {
        private final AtomicInteger arrived = new AtomicInteger();
        private final CountDownLatch permission = new CountDownLatch(1);
        private volatile boolean isArmed;
        private volatile boolean isBug;

        void pass() throws IOException {
            if (!isArmed) {
                return;
            }
            if (isBug) {
                throw new IllegalStateException("a bug");
            }
            arrived.incrementAndGet();
            try {
                permission.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        void open() {
            isArmed = false;
            permission.countDown();
        }

        Storage before(Storage storage) {
            return new WrappedStorage(storage, file -> new Gated(file, this));
        }
    }

    /** A file whose forces go through a gate. */
    private record Gated(Storage.File file, Gate gate) implements Storage.File {

        @Override
        public long sizeBytes() throws IOException {
            return file.sizeBytes();
        }

        @Override
        public int read(ByteBuffer target, long offsetBytes) throws IOException {
            return file.read(target, offsetBytes);
        }

        @Override
        public int write(ByteBuffer source, long offsetBytes) throws IOException {
            return file.write(source, offsetBytes);
        }

        @Override
        public void force() throws IOException {
            gate.pass();
            file.force();
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            file.truncate(sizeBytes);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @Test
    void shouldHoldAnswersAndTellNoLiesWhileAForceHangs() throws IOException {
        Gate gate = new Gate();
        try (SegmentJournal journal = open(gate.before(DiskStorage.openLocked(directory)))) {
            gate.isArmed = true;
            CoreFixture.Outcome first = append(journal, 1, "held");
            await("the force").atMost(LIMIT).until(() -> gate.arrived.get() == 1);
            CoreFixture.Outcome second = append(journal, 2, "behind it");
            CoreFixture.Outcome barrier = new CoreFixture.Outcome();
            journal.barrier(barrier);
            assertTrue(journal.isWritable(), "it may just be slow");

            nanoTime.addAndGet(Duration.ofSeconds(30).toNanos());

            assertFalse(journal.isWritable());
            assertTrue(journal.problem().orElseThrow().contains("waits for its storage since 30000 ms"));
            assertFalse(first.isDecided || second.isDecided || barrier.isDecided, "nothing is known yet");
            assertEquals(0, journal.headSequenceNr(ID), "not before it is on disk");
            gate.open();
            assertNull(outcome(first));
            assertNull(outcome(second));
            assertNull(outcome(barrier));
            assertEquals(2, journal.headSequenceNr(ID));
            await("readiness").atMost(LIMIT).until(journal::isWritable);
        }
    }

    @Test
    void shouldSayThatTheDiskIsFullAndFindOutWithoutARequestThatItIsNot() throws IOException {
        SimulatedStorage disk = new SimulatedStorage(new java.util.Random(3));
        try (SegmentJournal journal = open(disk)) {
            assertNull(outcome(append(journal, 1, "safe")));
            disk.setCapacityBytes(disk.usedBytes());
            IOException failure = null;
            for (long next = 2; failure == null; next++) {
                failure = outcome(append(journal, next, "x".repeat(500)));
            }

            assertTrue(journal.problem().orElse("").startsWith("no log can commit for 0 s"), journal::toString);
            assertEquals(1, lines.count("ERROR no log can commit: no space left for the journal in /simulated"));
            disk.setCapacityBytes(Long.MAX_VALUE);

            await("the end of it to be found out").atMost(LIMIT).until(journal::isWritable);
            assertEquals(1, lines.count("logs can commit again: journal in /simulated"));
            assertEquals(1, lines.count("no log can commit"));
        }
    }

    @Test
    void shouldBoundWhatWaits() throws IOException {
        Gate gate = new Gate();
        List<CoreFixture.Outcome> outcomes = new ArrayList<>();
        try (SegmentJournal journal = open(gate.before(DiskStorage.openLocked(directory)))) {
            gate.isArmed = true;
            outcomes.add(append(journal, 1, "held"));
            await("the force").atMost(LIMIT).until(() -> gate.arrived.get() == 1);
            for (int i = 2; i <= 2000; i++) {
                outcomes.add(append(journal, i, "x".repeat(1000)));
            }
            long refused = outcomes.stream().filter(outcome -> outcome.isDecided).count();
            assertTrue(refused > 500 && refused < 1500, () -> "refused: " + refused);
            assertTrue(outcomes.get(1999).failure.getMessage().contains("is overloaded"));
            gate.open();
        }
        assertEquals(2000, outcomes.stream().filter(outcome -> outcome.isDecided).count(), "each is answered");
        assertTrue(outcomes.stream().map(outcome -> outcome.failure)
                .noneMatch(AppendRefusedException.class::isInstance),
                "what was taken was taken in order");
    }

    @Test
    void shouldAnswerEverybodyWhenTheWriterDiesOfABug() throws IOException {
        Gate gate = new Gate();
        SimulatedStorage storage = new SimulatedStorage(new Random(1));
        try (SegmentJournal journal = open(gate.before(storage))) {
            gate.isBug = true;
            gate.isArmed = true;

            assertTrue(outcome(append(journal, 1, "x")).getMessage().contains("outcome of this write unknown"));
            await("the end").atMost(LIMIT).until(() -> !journal.isWritable());
            assertNotNull(outcome(append(journal, 1, "y")));
            assertEquals(1, lines.count("the writer has ended, every write is refused from now on"));
            assertTrue(journal.problem().orElse("").contains("closed"), () -> journal.problem().toString());
        }
        storage.restart();
        try (SegmentJournal again = open(storage)) {
            long head = again.acceptedHead(ID).toCompletableFuture().join();
            assertNull(outcome(append(again, head + 1, "z")), "after another start");
        }
    }

    @Test
    void shouldCompactUnderLoadAndLoseNothing() throws IOException {
        AtomicInteger failures = new AtomicInteger();
        int events = 1000;
        try (SegmentJournal journal = open(directory)) {
            CoreFixture.Outcome last = new CoreFixture.Outcome();
            journal.append("idle", 1, CoreFixture.events("kept"), failure -> { });
            for (int i = 1; i <= events; i++) {
                WriteRequest.Completion counting = failure -> failures.addAndGet(failure == null ? 0 : 1);
                journal.append(ID, i, CoreFixture.events(i + "x".repeat(150)), i < events ? counting : last);
                if (i % 50 == 0) {
                    journal.delete(ID, i - 20, counting);
                    CoreFixture.Outcome barrier = new CoreFixture.Outcome();
                    journal.barrier(barrier);
                    outcome(barrier);
                }
            }
            assertNull(outcome(last));
            assertEquals(0, failures.get());
            await("space to come back").atMost(LIMIT).until(() -> files() <= 6);
            assertTrue(journal.counters().segmentsRemoved() > 15 && journal.counters().movedBytes() > 0,
                    journal.counters()::toString);
        }
        try (SegmentJournal journal = open(directory)) {
            List<String> found = new ArrayList<>();
            journal.replay("idle", 1, 9, 9, (sequenceNr, event) -> found.add(new String(event)));
            assertEquals(List.of("kept"), found);
            assertEquals(events, journal.headSequenceNr(ID));
            assertEquals(events - 20, journal.deletedTo(ID));
        }
    }

    private long files() throws IOException {
        try (java.util.stream.Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }

    @Test
    void shouldCountWhatItDoes() throws IOException {
        try (SegmentJournal journal = open(directory)) {
            assertNull(outcome(append(journal, 1, "a", "b", "c")));
            assertInstanceOf(AppendRefusedException.class, outcome(append(journal, 1, "stale")));
            CoreFixture.Outcome deletion = new CoreFixture.Outcome();
            journal.delete(ID, 1, deletion);
            assertNull(outcome(deletion));

            JournalCounters.Snapshot counters = journal.counters();

            assertEquals(2, counters.commits());
            assertEquals(1, counters.appends());
            assertEquals(3, counters.events());
            assertEquals(1, counters.refused());
            assertEquals(0, counters.failed());
            assertTrue(counters.bytes() > 0);
        }
    }
}
