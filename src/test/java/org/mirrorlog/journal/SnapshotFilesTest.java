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
        files = new SnapshotFiles(directory.resolve("snapshots"), lines);
    }

    private static SnapshotCodec.Stored snapshot(long sequenceNr, long timestamp) {
        return new SnapshotCodec.Stored(ID, sequenceNr, timestamp, 17, "m", ("state " + sequenceNr).getBytes());
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
        try (java.util.stream.Stream<Path> left = Files.list(file(1, 1).getParent())) {
            assertEquals(0, left.filter(name -> name.toString().endsWith(".tmp")).count());
        }
    }

    @Test
    void shouldDeleteWhatIsWantedGoneDamagedOrNot() throws IOException {
        for (long sequenceNr = 1; sequenceNr <= 5; sequenceNr++) {
            files.save(snapshot(sequenceNr, sequenceNr));
        }
        Files.write(file(2, 2), new byte[3]);

        files.delete(ID, name -> name.sequenceNr() <= 3);
        files.delete("unknown", name -> true);

        try (java.util.stream.Stream<Path> left = Files.list(file(1, 1).getParent())) {
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
        files.save(new SnapshotCodec.Stored(id, 1, 1, 0, "", new byte[1]));
        assertEquals(id, files.load(id, name -> true, stored -> stored).persistenceId());
    }

    @Test
    void shouldSayWhichDirectoryIsMissing() {
        SnapshotFiles lost = new SnapshotFiles(directory.resolve("not-mounted/snapshots"), lines);

        String message = assertThrows(JournalException.class, () -> lost.save(snapshot(1, 1))).getMessage();

        assertTrue(message.contains("directory " + directory + "/not-mounted does not exist"), message);
    }
}
