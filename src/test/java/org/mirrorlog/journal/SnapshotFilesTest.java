package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshot files: whole or not at all, newest usable first. */
class SnapshotFilesTest {

    private static final String ID = "mirrorlog|LVM-abc/..";

    @TempDir
    private Path directory;

    private final CoreFixture.Lines lines = new CoreFixture.Lines();
    private SnapshotFiles files;

    @BeforeEach
    void open() {
        files = of(CoreFixture.ID, 1_000);
    }

    /** The same files, for a journal with one head for all. */
    private SnapshotFiles of(JournalId journal, long head) {
        return new SnapshotFiles(new SnapshotFiles.Directories(directory.resolve("snapshots")),
                new SnapshotReference(journal, head), lines);
    }

    private static SnapshotCodec.Stored snapshot(long sequenceNr, long timestamp) {
        return new SnapshotCodec.Stored(ID, sequenceNr, timestamp, 17, "m", ("state " + sequenceNr).getBytes(), null);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(file(1, 1).getParent())) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private SnapshotCodec.Stored newest() throws IOException {
        return files.load(ID, name -> true, stored -> stored);
    }

    private Path file(long sequenceNr, long timestamp) {
        return directory.resolve("snapshots/mirrorlog%7CLVM-abc%2F%2E%2E/" + sequenceNr + "-" + timestamp + ".snap");
    }

    @Test
    void shouldLoadTheNewestThatIsWanted() throws IOException {
        assertNull(newest(), "nothing there yet");
        for (long sequenceNr : new long[] {5, 100, 20}) {
            files.save(snapshot(sequenceNr, sequenceNr * 1000));
        }

        assertEquals(100, newest().sequenceNr());
        assertArrayEquals("state 100".getBytes(), newest().payload());
        assertEquals(17, newest().serializerId());
        assertEquals(20, files.load(ID, name -> name.sequenceNr() < 100, stored -> stored).sequenceNr());
        assertEquals(5, files.load(ID, name -> name.timestamp() < 6000, stored -> stored).sequenceNr());
        assertNull(files.load("another", name -> true, stored -> stored));
        assertTrue(lines.all.isEmpty(), lines.all::toString);
    }

    @Test
    void shouldSkipADamagedOneWithALineWhateverByteRots() throws IOException {
        files.save(snapshot(1, 1));
        files.save(snapshot(2, 2));
        byte[] good = Files.readAllBytes(file(2, 2));
        for (int at = 0; at < good.length; at++) {
            byte[] rotten = good.clone();
            rotten[at] ^= 4;
            Files.write(file(2, 2), rotten);
            lines.all.clear();

            assertEquals(1, newest().sequenceNr(), "byte " + at);
            assertEquals(1, lines.count("snapshot " + file(2, 2) + " is skipped: it"), lines.all::toString);
        }
        for (int length = 0; length < good.length; length++) {
            Files.write(file(2, 2), Arrays.copyOf(good, length));
            assertEquals(1, newest().sequenceNr(), "length " + length);
        }
        Files.write(file(2, 2), good);
        assertEquals(2, newest().sequenceNr());
    }

    @Test
    void shouldSetThoseOfAnotherJournalAsideAndFindThemAgainWhenItIsBack() throws IOException {
        files.save(snapshot(10, 10));
        files.save(snapshot(20, 20));
        SnapshotFiles others = of(new JournalId(5, 6), 0);

        assertNull(others.load(ID, name -> true, stored -> stored));

        assertEquals(List.of("10-10.snap.of-" + CoreFixture.ID, "20-20.snap.of-" + CoreFixture.ID), names());
        assertEquals(2, lines.count("is of journal " + CoreFixture.ID + ", not of this one"));
        SnapshotFiles grown = of(new JournalId(5, 6), 500);
        assertNull(grown.load(ID, name -> true, stored -> stored), "however far the new head grows");
        grown.save(snapshot(10, 10));
        assertEquals(new JournalId(5, 6), grown.load(ID, name -> true, stored -> stored).journal());
        grown.delete(ID, name -> true);
        assertEquals(20, newest().sequenceNr(), "its own journal is back");
    }

    @Test
    void shouldNeverBelieveOneOfAnotherJournalThatCannotBeSetAside() throws IOException {
        files.save(snapshot(10, 10));
        Files.createDirectories(directory.resolve(file(10, 10) + ".of-" + CoreFixture.ID + "/in the way"));

        assertNull(of(new JournalId(5, 6), 500).load(ID, name -> true, stored -> stored));
        assertEquals(1, lines.count("it is not used"));
    }

    @Test
    void shouldBelieveOlderOnesThatNameNoJournalUpToTheHeadAndNoneAboveItEver() throws IOException {
        saveWithoutJournal(10);
        saveWithoutJournal(20);

        assertEquals(10, of(CoreFixture.ID, 19).load(ID, name -> true, stored -> stored).sequenceNr());

        assertEquals(List.of("10-10.snap", "20-20.snap.above-19"), names());
        assertEquals(1, lines.count("20-20.snap is above the head of its log, 19"));
        assertEquals(10, of(CoreFixture.ID, 50).load(ID, name -> true, stored -> stored).sequenceNr());
    }

    /** As older builds did. */
    private void saveWithoutJournal(long number) throws IOException {
        Files.createDirectories(file(1, 1).getParent());
        Files.write(file(number, number), SnapshotCodec.encode(snapshot(number, number)).array());
    }

    /** Its replay then fails; what proves that commits are lost stays where it is, whatever lies beside it. */
    @Test
    void shouldOfferOneOfItsOwnAboveTheHeadAndLeaveItInItsPlace() throws IOException {
        files.save(snapshot(10, 10));
        files.save(snapshot(20, 20));
        files.save(snapshot(30, 30));
        saveWithoutJournal(40);
        Files.write(file(30, 30), new byte[3]);

        for (int start = 0; start < 2; start++) {
            assertEquals(20, of(CoreFixture.ID, 10).load(ID, name -> true, stored -> stored).sequenceNr());
            assertEquals(List.of("10-10.snap", "20-20.snap", "30-30.snap.above-10", "40-40.snap.above-10"), names());
        }
        assertEquals(20, newest().sequenceNr(), "the newer journal is back");
    }

    @Test
    void shouldProveTheLossByOneThatCannotBeUsedToo() throws IOException {
        files.save(snapshot(10, 10));
        files.save(snapshot(20, 20));

        String message = assertThrows(LostHistoryException.class,
                () -> of(CoreFixture.ID, 10).load(ID, name -> true, stored -> {
                    throw new IllegalArgumentException("no such class");
                })).getMessage();

        assertTrue(message.contains("ends at event 10, and a snapshot of event 20"), message);
        assertEquals(List.of("10-10.snap", "20-20.snap"), names());
    }

    /** Its proof may only not be readable now. */
    @Test
    void shouldNotSetOneAboveTheHeadAsideThatCannotBeReadNow() throws IOException {
        files.save(snapshot(10, 10));
        files.save(snapshot(20, 20));
        SnapshotFiles faulty = new SnapshotFiles(new UnreadableFile(
                new SnapshotFiles.Directories(directory.resolve("snapshots"))),
                new SnapshotReference(CoreFixture.ID, 10), lines);

        IOException held = assertThrows(IOException.class, () -> faulty.load(ID, name -> true, stored -> stored));

        assertTrue(held.getMessage().contains("now: the log waits"), held.getMessage());
        assertEquals(List.of("10-10.snap", "20-20.snap"), names());
    }

    /** Else it could be there again after a power failure, when the head has grown beyond it. */
    @Test
    void shouldDeleteOneAboveTheHeadDurably() throws IOException {
        files.save(snapshot(10, 10));
        files.save(snapshot(20, 20));
        SnapshotFiles.Directories real = new SnapshotFiles.Directories(directory.resolve("snapshots"));
        SnapshotFiles faulty = new SnapshotFiles(new SnapshotFiles.Door() {
            @Override
            public Storage open(String name) throws IOException {
                return new FaultyStorage(real.open(name)).arm(FaultyStorage.Fault.EIO, 3, 1);
            }

            @Override
            public Storage openOrCreate(String name) throws IOException {
                return real.openOrCreate(name);
            }
        }, new SnapshotReference(CoreFixture.ID, 10), lines);

        assertThrows(IOException.class, () -> faulty.delete(ID, name -> name.sequenceNr() > 10), "list, delete, force");
        assertEquals(List.of("10-10.snap"), names());
    }

    @Test
    void shouldRecoverNothingWhileOneAboveTheHeadCannotBeSetAside() throws IOException {
        saveWithoutJournal(10);
        Files.createDirectories(directory.resolve(file(10, 10) + ".above-9/in the way"));

        String message = assertThrows(JournalException.class,
                () -> of(CoreFixture.ID, 9).load(ID, name -> true, stored -> stored)).getMessage();

        assertTrue(message.contains("is above the head of its log, 9, and cannot be set aside"), message);
    }

    /** Skipped, it would count as lost, and an order to adopt the log would delete it. */
    @Test
    void shouldNotTakeOneThatCannotBeReadNowForLost() throws IOException {
        files.save(snapshot(1, 1));
        files.save(snapshot(2, 2));
        SnapshotFiles.Directories real = new SnapshotFiles.Directories(directory.resolve("snapshots"));
        int failed = 0;
        for (long at = 1; at <= 4; at++) {
            long call = at;
            SnapshotFiles faulty = new SnapshotFiles(new SnapshotFiles.Door() {
                @Override
                public Storage open(String name) throws IOException {
                    return new FaultyStorage(real.open(name)).arm(FaultyStorage.Fault.EIO, call, 1);
                }

                @Override
                public Storage openOrCreate(String name) throws IOException {
                    return real.openOrCreate(name);
                }
            }, new SnapshotReference(CoreFixture.ID, 1_000), lines);
            try {
                assertEquals(2, faulty.load(ID, name -> true, stored -> stored).sequenceNr(), "call " + at);
            } catch (IOException e) {
                failed++;
            }
        }
        assertTrue(failed >= 2, "listing, reading: " + failed);
        assertEquals(2, newest().sequenceNr());
    }

    /** What operators are told to do where it can never be read again. */
    @Test
    void shouldServeFromAnOlderOneOnceTheFileThatCannotBeReadIsMovedAway() throws IOException {
        files.save(snapshot(1, 1));
        files.save(snapshot(2, 2));
        SnapshotFiles faulty = new SnapshotFiles(new UnreadableFile(
                new SnapshotFiles.Directories(directory.resolve("snapshots"))),
                new SnapshotReference(CoreFixture.ID, 1_000), lines);
        IOException held = assertThrows(IOException.class, () -> faulty.load(ID, name -> true, stored -> stored));
        assertTrue(held.getMessage().contains("now: the log waits"), held.getMessage());
        Matcher named = Pattern.compile("snapshot (\\S+) cannot be read").matcher(held.getMessage());
        assertTrue(named.find(), held.getMessage());

        Files.move(Path.of(named.group(1)), directory.resolve("moved"));

        assertEquals(1, newest().sequenceNr());
    }

    /** The newest file of each directory answers EIO, for ever. */
    private record UnreadableFile(SnapshotFiles.Door real) implements SnapshotFiles.Door {
        @Override
        public Storage open(String name) throws IOException {
            return new FaultyStorage(real.open(name)).arm(FaultyStorage.Fault.EIO, 2, 1);
        }

        @Override
        public Storage openOrCreate(String name) throws IOException {
            return real.openOrCreate(name);
        }
    }

    @Test
    void shouldSkipAFileThatHoldsAnotherSnapshot() throws IOException {
        files.save(snapshot(1, 1));
        files.save(snapshot(2, 2));
        Files.copy(file(1, 1), file(3, 3));

        assertEquals(2, newest().sequenceNr());
        assertEquals(1, lines.count("holds snapshot 1"));
    }

    @Test
    void shouldSkipOneThatCannotBeUsed() throws IOException {
        files.save(snapshot(1, 1));
        files.save(snapshot(2, 2));

        SnapshotCodec.Stored found = files.load(ID, name -> true, stored -> {
            if (stored.sequenceNr() == 2) {
                throw new IllegalArgumentException("no such class");
            }
            return stored;
        });

        assertEquals(1, found.sequenceNr());
        assertEquals(1, lines.count("no such class"));
    }

    @Test
    void shouldLeaveNothingBehindWhenASnapshotCannotBeWritten() throws IOException {
        files.save(snapshot(1, 1));
        Files.createDirectories(file(2, 2).resolve("in the way"));

        String message = assertThrows(JournalException.class, () -> files.save(snapshot(2, 2))).getMessage();

        assertTrue(message.contains("snapshot 2 of " + ID + " cannot be written"), message);
        try (Stream<Path> left = Files.list(file(1, 1).getParent())) {
            assertEquals(0, left.filter(name -> name.toString().endsWith(".tmp")).count());
        }
        Files.delete(file(2, 2).resolve("in the way"));
        Files.delete(file(2, 2));
        files.save(snapshot(2, 2));
        assertEquals(2, newest().sequenceNr(), "once nothing is in its way");
    }

    @Test
    void shouldDeleteWhatIsWantedGoneDamagedOrNot() throws IOException {
        for (long sequenceNr = 1; sequenceNr <= 5; sequenceNr++) {
            files.save(snapshot(sequenceNr, sequenceNr));
        }
        Files.write(file(2, 2), new byte[3]);

        files.delete(ID, name -> name.sequenceNr() <= 3);
        files.delete("unknown", name -> true);

        try (Stream<Path> left = Files.list(file(1, 1).getParent())) {
            assertEquals(2, left.count());
        }
        assertEquals(5, newest().sequenceNr());
    }

    @Test
    void shouldGiveEveryPersistenceIdADirectoryOfItsOwn() throws IOException {
        assertEquals("mirrorlog%7Cabc-D_9", SnapshotFiles.encode("mirrorlog|abc-D_9"));
        assertEquals("%2E%2E", SnapshotFiles.encode(".."));
        assertEquals("%", SnapshotFiles.encode(""));
        assertNotEquals(SnapshotFiles.encode("%7C"), SnapshotFiles.encode("|"));
        String longOne = SnapshotFiles.encode("|".repeat(500) + "a");
        String longOther = SnapshotFiles.encode("|".repeat(500) + "b");
        assertTrue(longOne.length() <= 200 && !longOne.equals(longOther), longOne);
        String id = "é|".repeat(200);
        files.save(new SnapshotCodec.Stored(id, 1, 1, 0, "", new byte[1], null));
        assertEquals(id, files.load(id, name -> true, stored -> stored).persistenceId());
    }

    @Test
    void shouldSayWhichDirectoryIsMissingAndSaveOnceItIsThere() throws IOException {
        SnapshotFiles lost = new SnapshotFiles(
                new SnapshotFiles.Directories(directory.resolve("not-mounted/snapshots")),
                new SnapshotReference(CoreFixture.ID, 1), lines);

        String message = assertThrows(JournalException.class, () -> lost.save(snapshot(1, 1))).getMessage();

        assertTrue(message.contains("directory " + directory + "/not-mounted does not exist"), message);
        Files.createDirectory(directory.resolve("not-mounted"));
        lost.save(snapshot(1, 1));
        assertEquals(1, lost.load(ID, name -> true, stored -> stored).sequenceNr());
    }
}
