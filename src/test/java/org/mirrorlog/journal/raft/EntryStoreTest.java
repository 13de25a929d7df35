package org.mirrorlog.journal.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.DiskStorage;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.JournalOptions;
import org.mirrorlog.journal.SegmentHeader;
import org.mirrorlog.journal.SimulatedStorage;

/** What a member's store holds when it is opened again. */
class EntryStoreTest {
    private static final JournalOptions FILES =
            new JournalOptions(4096, 2048, 1024, 0, 1, 1 << 20, Duration.ofSeconds(1));
    private static final JournalId ID = new JournalId(3, 4);
    private static final Members GROUP = new Members(0, List.of("a", "b", "c"), List.of("a", "b", "c"));
    private static final Seat SEAT = new Seat("a", true, GROUP);
    private static final JournalLog SILENT = new JournalLog() {
        @Override
        public void info(String line) {
        }

        @Override
        public void warn(String line) {
        }

        @Override
        public void error(String line) {
        }
    };

    private final SimulatedStorage disk = new SimulatedStorage(new Random(1));

    private EntryStore.Opened open() throws IOException {
        return EntryStore.open(disk, FILES, SILENT, () -> ID);
    }

    private static Entry entry(long index, int term) {
        byte[] payload = new byte[100];
        payload[0] = (byte) index;
        payload[1] = (byte) term;
        return new Entry(index, term, payload);
    }

    private static Chunk chunk(long index, int number, int count) {
        return new Chunk(index, 1, number, count, GROUP, new byte[] {(byte) index, (byte) number});
    }

    private static List<String> names(Recovered recovered) {
        return recovered.entries().stream().map(entry -> entry.index() + "/" + entry.payload()[1]).toList();
    }

    /** By whomever: what is voted and acknowledged is not believed to be kept. */
    @Test
    void shouldForceNothingIntoAFileThatWasRemoved(@TempDir Path dir) throws IOException {
        try (EntryStore store = EntryStore.open(DiskStorage.openLocked(dir), FILES, SILENT, () -> ID).store()) {
            store.seat(SEAT);
            store.append(List.of(entry(1, 1)));
            store.force();
            Files.delete(dir.resolve(SegmentHeader.fileName(1)));
            store.append(List.of(entry(2, 1)));

            String said = assertThrows(IOException.class, store::force).getMessage();

            assertTrue(said.contains("has been removed or moved while it was in use"), said);
        }
    }

    /** How many entries, each forced, begin the second segment. */
    private static int fill(EntryStore store, Path dir, int most) throws IOException {
        store.seat(SEAT);
        int index = 0;
        while (index < most && !Files.exists(dir.resolve(SegmentHeader.fileName(2)))) {
            store.append(List.of(entry(++index, 1)));
            store.force();
        }
        return index;
    }

    /** Another directory of this name may be a copy: what is begun there would void what its segments hold. */
    @Test
    void shouldBeginNoSegmentWhereItsOwnAreNot(@TempDir Path dir) throws IOException {
        int enough;
        try (DiskStorage disk = DiskStorage.openLocked(Files.createDirectory(dir.resolve("one")));
                EntryStore store = EntryStore.open(disk, FILES, SILENT, () -> ID).store()) {
            enough = fill(store, dir.resolve("one"), 1_000_000);
        }
        Path other = Files.createDirectory(dir.resolve("other"));
        try (EntryStore store = EntryStore.open(DiskStorage.openLocked(other), FILES, SILENT, () -> ID).store()) {
            fill(store, other, enough - 1);
            Files.delete(other.resolve(SegmentHeader.fileName(1)));

            assertThrows(IOException.class, () -> store.append(List.of(entry(enough, 1))));
            assertThrows(IOException.class, () -> store.settled(0));
            assertFalse(Files.exists(other.resolve(SegmentHeader.fileName(2))));
        }
    }

    @Test
    void shouldHoldWhatWasForced() throws IOException {
        EntryStore store = open().store();
        store.seat(SEAT);
        store.vote(new Vote(7, "b"));
        store.append(List.of(entry(1, 1), entry(2, 1), entry(3, 2)));
        store.truncateFrom(2);
        store.append(List.of(entry(2, 3)));
        store.force();
        store.close();

        Recovered recovered = open().recovered();

        assertEquals(SEAT, recovered.seat());
        assertEquals(new Vote(7, "b"), recovered.vote());
        assertEquals(List.of("1/1", "2/3"), names(recovered));
    }

    @Test
    void shouldBeEmptyAtFirst() throws IOException {
        Recovered recovered = open().recovered();

        assertEquals(null, recovered.seat());
        assertEquals(Vote.NONE, recovered.vote());
        assertEquals(0, recovered.checkpointIndex());
    }

    @Test
    void shouldTakeTheNewestWholeCheckpointAndRemoveWhatItContains() throws IOException {
        EntryStore store = open().store();
        store.seat(SEAT);
        for (int i = 1; i <= 100; i++) {
            store.append(List.of(entry(i, 1)));
            store.force();
        }
        store.chunk(chunk(90, 1, 2));
        store.chunk(chunk(90, 0, 2));
        store.force();
        store.settled(90);
        store.chunk(chunk(100, 0, 2));
        store.force();
        store.close();

        Recovered recovered = open().recovered();

        assertEquals(90, recovered.checkpointIndex());
        assertEquals(List.of(0, 1), recovered.checkpoint().stream().map(Chunk::number).toList());
        assertEquals(10, recovered.entries().size());
        assertFalse(disk.list().contains(SegmentHeader.fileName(1)), "a segment that nothing needs: " + disk.list());
    }

    @Test
    void shouldGoOnBehindACheckpointFromTheLeader() throws IOException {
        EntryStore store = open().store();
        store.seat(SEAT);
        store.append(List.of(entry(1, 1), entry(2, 1)));
        store.chunk(chunk(50, 0, 1));
        store.force();
        store.settled(50);
        store.append(List.of(entry(51, 2)));
        store.force();
        store.close();

        Recovered recovered = open().recovered();

        assertEquals(50, recovered.checkpointIndex());
        assertEquals(List.of("51/2"), names(recovered));
    }

    @Test
    void shouldRefuseDamageInTheMiddleAndASegmentThatIsMissing() throws IOException {
        EntryStore store = open().store();
        for (int i = 1; i <= 60; i++) {
            store.append(List.of(entry(i, 1)));
            store.force();
        }
        store.close();
        byte[] whole = disk.bytes(SegmentHeader.fileName(1));
        byte[] damaged = whole.clone();
        damaged[1000] ^= 1;

        disk.setBytes(SegmentHeader.fileName(1), damaged);
        assertThrows(JournalException.class, this::open);
        disk.delete(SegmentHeader.fileName(1));
        assertThrows(JournalException.class, this::open);
        disk.setBytes(SegmentHeader.fileName(1), whole);

        assertEquals(60, open().recovered().entries().size());
    }

    @Test
    void shouldSayThatThereIsNoRoomAndGoOnWhenThereIs() throws IOException {
        EntryStore store = open().store();
        store.append(List.of(entry(1, 1)));
        store.force();

        disk.setCapacityBytes(disk.usedBytes());
        assertFalse(store.hasRoom(100_000));
        disk.setCapacityBytes(Long.MAX_VALUE);

        assertTrue(store.hasRoom(100_000));
        store.append(List.of(entry(2, 1)));
        store.force();
        store.close();
        assertEquals(List.of("1/1", "2/1"), names(open().recovered()));
    }

    /** At any operation of the disk: what was forced is there, and nothing that was never appended. */
    @Test
    void shouldHoldWhatWasForcedWheneverPowerFails() throws IOException {
        for (int seed = 1; seed <= 150; seed++) {
            Random random = new Random(seed);
            SimulatedStorage failing = new SimulatedStorage(random);
            failing.setShortWrites(true);
            long forced = 0;
            Vote vote = Vote.NONE;
            List<Entry> tried = new ArrayList<>();
            try {
                EntryStore store = EntryStore.open(failing, FILES, SILENT, () -> ID).store();
                failing.setOperationsUntilPowerFailure(1 + random.nextInt(400));
                for (int i = 1; i <= 200; i++) {
                    Entry next = entry(i, 1);
                    tried.add(next);
                    store.append(List.of(next));
                    if (random.nextInt(3) == 0) {
                        Vote following = new Vote(i, "b");
                        store.vote(following);
                        store.force();
                        forced = i;
                        vote = following;
                    }
                }
            } catch (SimulatedStorage.PowerFailure e) {
                failing.failPower();
            }

            failing.restart();
            Recovered recovered = EntryStore.open(failing, FILES, SILENT, () -> ID).recovered();

            assertTrue(recovered.entries().size() >= forced && recovered.entries().size() <= tried.size(),
                    "seed " + seed + ": " + recovered.entries().size() + " of " + forced + " forced");
            assertTrue(recovered.vote().term() >= vote.term(), "seed " + seed + ": " + recovered.vote());
        }
    }
}
