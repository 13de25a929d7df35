package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A disk that is full, fails a force, or fails altogether. */
class StorageFaultTest {

    private static final String ID = "log";

    private SimulatedStorage storage;
    private CoreFixture journal;

    @BeforeEach
    void open() throws IOException {
        storage = new SimulatedStorage(new Random(3));
        journal = new CoreFixture(storage, CoreFixture.small()).open();
        journal.mustAppend(ID, 1, "safe");
    }

    private List<String> found() throws IOException {
        storage.restart();
        return new CoreFixture(storage, CoreFixture.small()).open().replay(ID);
    }

    @Test
    void shouldRefuseWritesCleanlyWhileTheDiskIsFullAndGoOnByItself() throws IOException {
        storage.setCapacityBytes(storage.usedBytes() + 600);
        long next = 2;
        IOException failure = null;
        while (failure == null) {
            failure = journal.append(ID, next, "event" + "x".repeat(100));
            next += failure == null ? 1 : 0;
        }
        long refusedAt = next;
        assertInstanceOf(JournalFullException.class, failure);
        assertTrue(failure.getMessage().contains("no space left for the journal in /simulated"), failure.getMessage());
        for (int i = 0; i < 20; i++) {
            assertInstanceOf(JournalFullException.class, journal.append(ID, refusedAt, "again" + "x".repeat(100)));
        }
        assertEquals(JournalCore.State.READY, journal.core.state());
        assertEquals(refusedAt - 1, journal.replay(ID).size());

        storage.setCapacityBytes(Long.MAX_VALUE);

        journal.mustAppend(ID, refusedAt, "room again");
        assertEquals(1, storage.list().size(), "no segment was given up for it");
        storage.failPower();
        assertEquals(refusedAt, found().size());
    }

    @Test
    void shouldUseTheLastBytesOfAFullDisk() throws IOException {
        long sizeBytes = storage.usedBytes();
        storage.setCapacityBytes(sizeBytes + 200);
        storage.setShortWrites(true);
        long next = 2;
        while (journal.append(ID, next, "x") == null) {
            next++;
        }

        long inRoom = (sizeBytes + 200 - 300) / 64;
        long written = next;
        assertTrue(written >= inRoom, () -> written + " events, but there was room for " + inRoom);
        storage.failPower();
        assertEquals(next - 1, found().size());
    }

    @Test
    void shouldOpenForReadingWhenTheDiskIsFull() throws IOException {
        byte[] bytes = storage.bytes(SegmentHeader.fileName(1));
        int end = bytes.length - 1;
        while (bytes[end] == 0) {
            end--;
        }
        storage.setBytes(SegmentHeader.fileName(1), java.util.Arrays.copyOf(bytes, (end / 8 + 1) * 8));
        storage.setCapacityBytes(storage.usedBytes());

        CoreFixture again = new CoreFixture(storage, CoreFixture.small()).open();

        assertEquals(List.of("1:safe"), again.replay(ID));
        assertEquals(1, again.lines.count("open for reading, but cannot be written now"));
        assertInstanceOf(JournalFullException.class, again.append(ID, 2, "x"));
        storage.setCapacityBytes(Long.MAX_VALUE);
        again.mustAppend(ID, 2, "y");
    }

    @Test
    void shouldVoidTheUnknownTailBeforeAnythingIsAcknowledgedAgain() throws IOException {
        storage.setFailureRates(1, 0, 0);
        IOException failure = journal.append(ID, 2, "unknown");
        assertTrue(failure.getMessage().contains("outcome is unknown"), failure.getMessage());
        assertEquals(JournalCore.State.TAIL_UNKNOWN, journal.core.state());
        assertEquals(List.of("1:safe"), journal.replay(ID));
        storage.setFailureRates(0, 0, 0);

        journal.mustAppend(ID, 2, "known");

        assertEquals(JournalCore.State.READY, journal.core.state());
        assertEquals(List.of("1:safe", "2:known"), journal.replay(ID));
        assertEquals(List.of("1:safe", "2:known"), found(), "although the unknown record is whole in the old segment");
    }

    @Test
    void shouldFailTheWholeGroupAndOnlyItsOwnRequests() {
        CoreFixture.Outcome one = new CoreFixture.Outcome();
        CoreFixture.Outcome two = new CoreFixture.Outcome();
        CoreFixture.Outcome stale = new CoreFixture.Outcome();
        storage.setFailureRates(0, 1, 0);

        journal.core.commit(List.of(WriteRequest.Append.of(ID, 2, CoreFixture.events("a"), one),
                WriteRequest.Append.of("other", 1, CoreFixture.events("b"), two),
                WriteRequest.Append.of(ID, 2, CoreFixture.events("c"), stale)));

        assertNotNull(one.failure);
        assertNotNull(two.failure);
        assertInstanceOf(AppendRefusedException.class, stale.failure);
        assertEquals(0, journal.core.index().head("other"));
        assertEquals(2, journal.core.counters().snapshot().failed());
    }

    @Test
    void shouldRefuseWritesWhileTheTailCannotBeVoidedAndGoOnByItself() throws IOException {
        storage.setFailureRates(1, 1, 1);
        assertNotNull(journal.append(ID, 2, "unknown"));
        for (int i = 0; i < 5; i++) {
            assertNotNull(journal.append(ID, 2, "not even tried"));
        }
        assertEquals(JournalCore.State.TAIL_UNKNOWN, journal.core.state());
        assertEquals(1, journal.lines.count("no log can commit"), "told once");
        assertTrue(journal.core.health().problem().orElseThrow().contains("6 attempts: journal in /simulated: its end"
                + " cannot be made certain"), journal.core.health()::toString);
        assertEquals(List.of("1:safe"), journal.replay(ID), "what is safe can still be read");
        assertFalse(journal.core.compactStep());
        storage.setFailureRates(0, 0, 0);

        journal.mustAppend(ID, 2, "known");

        assertTrue(journal.core.health().problem().isEmpty());
        storage.failPower();
        assertEquals(List.of("1:safe", "2:known"), found());
    }

    @Test
    void shouldGoOnWhenAFullDiskKeptItFromVoidingTheTail() throws IOException {
        storage.setFailureRates(1, 0, 0);
        assertNotNull(journal.append(ID, 2, "unknown"));
        storage.setFailureRates(0, 0, 0);
        storage.setCapacityBytes(storage.usedBytes());

        assertInstanceOf(JournalFullException.class, journal.append(ID, 2, "no room for a segment"));
        assertEquals(JournalCore.State.TAIL_UNKNOWN, journal.core.state());
        storage.setCapacityBytes(Long.MAX_VALUE);

        assertNull(journal.append(ID, 2, "known"));
        assertEquals(List.of("1:safe", "2:known"), found());
    }

    @Test
    void shouldNotLoseASegmentWhoseNameWasNotDurableWhenTheWriterDied() throws IOException {
        for (int operations = 1; operations < 60; operations++) {
            SimulatedStorage disk = new SimulatedStorage(new Random(operations));
            CoreFixture first = new CoreFixture(disk, CoreFixture.options(1024, 1024, 512, 0)).open();
            long acknowledged = 0;
            disk.setOperationsUntilPowerFailure(operations);
            try {
                while (true) {
                    first.mustAppend(ID, acknowledged + 1, "event" + "x".repeat(150));
                    acknowledged++;
                }
            } catch (SimulatedStorage.PowerFailure e) {
                disk.restart();
            }
            CoreFixture second = new CoreFixture(disk, CoreFixture.small()).open();
            long next = second.core.index().head(ID) + 1;
            assertTrue(next > acknowledged, "killed, and nothing lost");
            second.mustAppend(ID, next, "after the kill");

            disk.failPower();

            CoreFixture third = new CoreFixture(disk, CoreFixture.small()).open();
            assertEquals(next, third.core.index().head(ID), "operations " + operations);
        }
    }
}
