package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.instance.HeardNumbers.Last;

/** What was heard of logs, in its file: over daemon starts and boots; and what a file says that is damaged or full. */
class HeardFileTest {
    private static final Last UNKNOWN = new Last(1, 0);

    @TempDir
    private Path dir;

    private HeardFile open() {
        return new HeardFile(RecordDisk.REAL, dir);
    }

    private static void hear(HeardFile file, String uuid, long number, long term) {
        file.reserve(uuid);
        file.of(uuid).note(number, term);
    }

    @Test
    void d2ShouldRememberOverStartsAndBoots() throws IOException {
        HeardFile first = open();
        assertEquals(Last.NEVER, first.last("a"));
        hear(first, "a", 7, 70);
        hear(first, "\u00ff|odd/..", 8, 80);
        first.of("a").note(9, 71);
        first.reserve("c");
        first.force();

        HeardFile restarted = open();
        assertEquals(new Last(9, 71), restarted.last("a"));
        assertEquals(new Last(8, 80), restarted.last("\u00ff|odd/.."));
        assertEquals(0, restarted.last("c").number());
        assertEquals(Last.NEVER, restarted.last("b"));
        hear(restarted, "a", 2, 5);
        assertEquals(new Last(2, 5), open().last("a"), "the journal was lost, the log began anew");
    }

    @Test
    void shouldKeepItsFormForEver() throws IOException {
        hear(open(), "LVM-a", 0x0102, 0x0304);

        byte[] bytes = Files.readAllBytes(dir.resolve(HeardFile.NAME));

        assertEquals("mlheard1", new String(bytes, 0, 8, StandardCharsets.US_ASCII));
        assertEquals("0201000000000000" + "0403000000000000", HexFormat.of().formatHex(bytes, 64 + 16, 64 + 32));
        assertEquals(64 * 64, bytes.length);
    }

    @Test
    void shouldHoldManyLogs() {
        HeardFile file = open();
        for (int i = 0; i < 300; i++) {
            hear(file, "log-" + i, i + 1, i + 2);
        }
        HeardFile again = open();
        for (int i = 0; i < 300; i++) {
            assertEquals(new Last(i + 1, i + 2), again.last("log-" + i));
        }
    }

    private void damageTheFirstBlock() throws IOException {
        byte[] bytes = Files.readAllBytes(dir.resolve(HeardFile.NAME));
        bytes[64 + 20] ^= 1;
        Files.write(dir.resolve(HeardFile.NAME), bytes);
    }

    /** No log that it may have known starts clean. */
    @Test
    void shouldKnowEveryLogWhereABlockIsDamaged() throws IOException {
        HeardFile file = open();
        hear(file, "a", 7, 70);
        hear(file, "b", 8, 80);
        damageTheFirstBlock();

        HeardFile again = open();

        assertEquals(UNKNOWN, again.last("a"));
        assertEquals(UNKNOWN, again.last("never heard of"));
        assertEquals(new Last(8, 80), again.last("b"));
    }

    @Test
    void shouldKnowEveryLogWhereTheFileIsNotOne() throws IOException {
        Files.write(dir.resolve(HeardFile.NAME), new byte[100]);

        assertEquals(UNKNOWN, open().last("a"));

        assertTrue(Files.exists(dir.resolve(HeardFile.NAME + ".damaged")));
        HeardFile later = open();
        assertEquals(UNKNOWN, later.last("a"), "it is not forgotten that something was");
        hear(later, "a", 7, 70);
        assertEquals(new Last(7, 70), later.last("a"));
    }

    /** The order of every CTR: its block is reserved, and only then it is looked up what was heard. */
    @Test
    void shouldDoubtALogWhoseBlockIsDamagedThoughANewOneIsReserved() throws IOException {
        HeardFile file = open();
        hear(file, "a", 7, 70);
        damageTheFirstBlock();

        HeardFile again = open();
        again.reserve("a");

        assertEquals(UNKNOWN, again.last("a"));
        assertEquals(UNKNOWN, open().last("a"), "after a restart, too");
        hear(again, "a", 1, 1);
        assertEquals(new Last(1, 1), open().last("a"), "what is heard from then on counts");
    }

    @Test
    void shouldDoubtEveryReservedLogWhereTheFileWasSetAside() throws IOException {
        Files.write(dir.resolve(HeardFile.NAME), new byte[100]);
        HeardFile again = open();
        again.reserve("a");

        assertEquals(UNKNOWN, again.last("a"));
        assertEquals(UNKNOWN, open().last("a"), "after a restart, too");
    }

    /** Blocks are used one after the other. */
    @Test
    void shouldDoubtWhereABlockIsEmptyBeforeAUsedOne() throws IOException {
        HeardFile file = open();
        hear(file, "a", 7, 70);
        hear(file, "b", 8, 80);
        byte[] bytes = Files.readAllBytes(dir.resolve(HeardFile.NAME));
        Arrays.fill(bytes, 64, 128, (byte) 0);
        Files.write(dir.resolve(HeardFile.NAME), bytes);

        HeardFile again = open();

        assertEquals(UNKNOWN, again.last("a"));
        assertEquals(new Last(8, 80), again.last("b"));
    }

    @Test
    void shouldDoubtWhereTheFileEndsTooSoon() throws IOException {
        HeardFile file = open();
        hear(file, "a", 7, 70);
        byte[] bytes = Files.readAllBytes(dir.resolve(HeardFile.NAME));
        for (int length : List.of(64, 127, bytes.length - 1)) {
            Files.write(dir.resolve(HeardFile.NAME), Arrays.copyOf(bytes, length));

            HeardFile cut = open();

            assertEquals(UNKNOWN, cut.last("b"), length + " bytes");
            cut.reserve("b");
            assertEquals(UNKNOWN, cut.last("b"), length + " bytes, reserved");
        }
    }

    /** Blocks are made so many at a time: there a cut leaves a file that looks whole. */
    @Test
    void shouldDoubtWhereTheFileEndsBetweenTwoLotsOfBlocks() throws IOException {
        HeardFile file = open();
        for (int i = 0; i < 200; i++) {
            hear(file, "log-" + i, 7, 70);
        }
        byte[] bytes = Files.readAllBytes(dir.resolve(HeardFile.NAME));
        assertEquals(4 * 64 * 64, bytes.length);
        assertEquals(Last.NEVER, open().last("never heard of"));
        for (int lots = 1; lots < 4; lots++) {
            Files.write(dir.resolve(HeardFile.NAME), Arrays.copyOf(bytes, lots * 64 * 64));

            assertEquals(UNKNOWN, open().last("log-199"), lots + " lots");
        }
        Arrays.fill(bytes, 12, 16, (byte) 0);
        Files.write(dir.resolve(HeardFile.NAME), bytes);
        assertEquals(new Last(7, 70), open().last("log-199"), "an older build's file");
        assertEquals(Last.NEVER, open().last("never heard of"));
    }

    @Test
    void shouldKnowEveryLogWhereTheFileIsCut() throws IOException {
        Files.write(dir.resolve(HeardFile.NAME), new byte[0]);

        assertEquals(UNKNOWN, open().last("a"));
    }

    @Test
    void shouldKnowEveryLogWhenItIsFull() {
        HeardFile file = open();
        for (int i = 0; i < HeardFile.MOST; i++) {
            file.reserve("log-" + i);
        }

        hear(file, "one too many", 7, 70);

        assertEquals(UNKNOWN, file.last("one too many"));
        file.of("log-3").note(5, 6);
        assertEquals(new Last(5, 6), open().last("log-3"));
        assertEquals(UNKNOWN, open().last("another"));
    }

    /** Whichever call fails: a table may have to wait for its constructor; nobody waits for a number. */
    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void shouldSurviveEveryFault(FaultyDisk.Fault fault) throws IOException {
        int at = 1;
        FaultyDisk disk;
        do {
            Files.deleteIfExists(dir.resolve(HeardFile.NAME));
            hear(open(), "a", 1, 10);
            disk = new FaultyDisk(HeardFile.NAME);
            disk.fail(fault, at, 3);
            HeardFile file = new HeardFile(disk, dir);
            Last last = file.last("a");
            assertTrue(last.equals(UNKNOWN) || last.equals(new Last(1, 10)), fault + " at " + at + ": " + last);
            file.of("a").note(2, 20);
            boolean isReserved = isReserved(file, "b");
            disk.mend();
            file.of("a").note(3, 30);
            assertTrue(isReserved || isReserved(file, "b"), fault + " at " + at);
            file.of("b").note(4, 40);
            forced(file);
            assertEquals(new Last(3, 30), open().last("a"), fault + " at " + at);
            assertEquals(new Last(4, 40), open().last("b"), fault + " at " + at);
            at++;
        } while (disk.hasFailed());
        assertTrue(at > 4, at + " calls");
    }

    /** A damaged file is set aside: whichever call fails, any log may have been heard of, also after a restart. */
    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void d2ShouldNotForgetTheDoubtWhicheverCallFailed(FaultyDisk.Fault fault) throws IOException {
        int at = 1;
        FaultyDisk disk;
        do {
            Files.write(dir.resolve(HeardFile.NAME), new byte[100]);
            disk = new FaultyDisk(HeardFile.NAME);
            disk.fail(fault, at, 1000);
            assertEquals(UNKNOWN, new HeardFile(disk, dir).last("a"), fault + " at " + at);

            assertEquals(UNKNOWN, open().last("a"), fault + " at " + at + ", after a restart");
            at++;
        } while (disk.hasFailed());
        assertTrue(at > 4, at + " calls");
    }

    private static boolean isReserved(HeardFile file, String uuid) {
        try {
            file.reserve(uuid);
            return true;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** A disk whose machine may lose its power: only what was forced is there then. */
    private static final class Platter implements RecordDisk {
        private final List<Long> written = new ArrayList<>();
        private byte[] forced = {};
        private boolean isNamed;
        private boolean isRefusing;

        @Override
        public Content create(Path path) throws IOException {
            return over(path, RecordDisk.super.create(path));
        }

        @Override
        public Content open(Path path) throws IOException {
            return over(path, RecordDisk.super.open(path));
        }

        private Content over(Path path, Content content) {
            return new Content() {
                @Override
                public int write(ByteBuffer from, long at) throws IOException {
                    int count = content.write(from, at);
                    LongStream.range(at, at + count).forEach(written::add);
                    return count;
                }

                @Override
                public int read(ByteBuffer into, long at) throws IOException {
                    return content.read(into, at);
                }

                @Override
                public long size() throws IOException {
                    return content.size();
                }

                @Override
                public void force() throws IOException {
                    if (!isRefusing) {
                        byte[] now = Files.readAllBytes(path);
                        forced = Arrays.copyOf(forced, now.length);
                        written.forEach(at -> forced[at.intValue()] = now[at.intValue()]);
                    }
                    // As Linux does: what could not be written counts as written from now on.
                    written.clear();
                    if (isRefusing) {
                        throw new IOException("Input/output error");
                    }
                }

                @Override
                public void close() throws IOException {
                    content.close();
                }
            };
        }

        @Override
        public void forceDirectory(Path directory) {
            isNamed = true;
        }

        void losePower(Path path) throws IOException {
            if (isNamed) {
                Files.write(path, forced);
            } else {
                Files.delete(path);
            }
        }
    }

    @Test
    void d2ShouldKeepWhatItSaysIsKeptAlsoAfterAForceThatFailed() throws IOException {
        Platter disk = new Platter();
        HeardFile file = new HeardFile(disk, dir);
        hear(file, "a", 7, 70);
        file.force();
        disk.isRefusing = true;
        file.of("a").note(9, 90);
        hear(file, "b", 8, 80);
        assertThrows(IOException.class, file::force);
        disk.isRefusing = false;
        file.force();

        disk.losePower(dir.resolve(HeardFile.NAME));

        assertEquals(new Last(9, 90), open().last("a"));
        assertEquals(new Last(8, 80), open().last("b"));
    }

    /** The place for the 64th log is made, and forced, by whoever takes it. */
    @Test
    void d2ShouldKeepWhatItSaysIsKeptAlsoAfterAForceForMorePlacesThatFailed() throws IOException {
        Platter disk = new Platter();
        HeardFile file = new HeardFile(disk, dir);
        for (int i = 1; i < 64; i++) {
            hear(file, "log " + i, i, i);
        }
        disk.isRefusing = true;
        assertThrows(UncheckedIOException.class, () -> file.reserve("one more"));
        disk.isRefusing = false;
        file.force();

        disk.losePower(dir.resolve(HeardFile.NAME));

        assertEquals(new Last(1, 1), open().last("log 1"));
        assertEquals(new Last(63, 63), open().last("log 63"));
    }

    /** The system may have dropped what a daemon before had written, and has told that one. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void d2ShouldKeepWhatItSaysIsKeptThatADaemonBeforeHasNotForced(boolean hasTried) throws IOException {
        Platter disk = new Platter();
        HeardFile before = new HeardFile(disk, dir);
        hear(before, "a", 7, 70);
        disk.isNamed = hasTried;
        disk.isRefusing = true;
        if (hasTried) {
            assertThrows(IOException.class, before::force);
        }
        disk.isRefusing = false;
        HeardFile file = new HeardFile(disk, dir);
        assertEquals(new Last(7, 70), file.last("a"));
        file.force();

        disk.losePower(dir.resolve(HeardFile.NAME));

        assertEquals(new Last(7, 70), open().last("a"));
    }

    /** Somebody removes or moves the directory of records, or puts another one in its place, while the daemon runs. */
    @Test
    void d2ShouldNotCallKeptWhatNobodyWillFind() throws IOException {
        Path place = Files.createDirectory(dir.resolve("instances"));
        Path elsewhere = dir.resolve("elsewhere");
        HeardFile file = new HeardFile(RecordDisk.REAL, place);
        hear(file, "a", 7, 70);
        file.force();
        file.force();
        Files.move(place, elsewhere);

        assertSaid("instances/heard has been removed or moved", file);
        file.of("a").note(8, 80);
        assertSaid("instances/heard has been removed or moved", file);
        Files.createDirectory(place);
        Files.copy(elsewhere.resolve(HeardFile.NAME), place.resolve(HeardFile.NAME));
        assertSaid("instances/heard has been replaced by another file", file);
        assertSaid("instances/heard has been replaced by another file", file);

        Files.delete(place.resolve(HeardFile.NAME));
        Files.delete(place);
        Files.move(elsewhere, place);
        file.force();
        assertEquals(new Last(8, 80), new HeardFile(RecordDisk.REAL, place).last("a"));
    }

    private static void assertSaid(String part, HeardFile file) {
        String said = assertThrows(IOException.class, file::force).getMessage();
        assertTrue(said.contains(part), said);
    }

    private static void forced(HeardFile file) {
        for (int tries = 0; tries < 3; tries++) {
            try {
                file.force();
                return;
            } catch (IOException e) {
                assertFalse(e.getMessage().isEmpty());
            }
        }
        throw new AssertionError("not forced");
    }

    @Test
    void shouldSayWhatCouldNotBeNoted() throws IOException {
        FaultyDisk disk = new FaultyDisk(HeardFile.NAME);
        HeardFile file = new HeardFile(disk, dir);
        hear(file, "a", 1, 10);
        file.force();
        disk.fail(FaultyDisk.Fault.EIO, 1, 1000);

        file.of("a").note(2, 20);

        String said = assertThrows(IOException.class, file::force).getMessage();
        assertTrue(said.contains("Input/output error") && said.contains(HeardFile.NAME), said);
        assertEquals(2, file.last("a").number());
        assertThrows(IOException.class, file::force, "it is still so");
    }

    @Test
    void shouldWriteWhatCouldNotBeNotedOnceTheDiskTakesIt() throws IOException {
        FaultyDisk disk = new FaultyDisk(HeardFile.NAME);
        HeardFile file = new HeardFile(disk, dir);
        hear(file, "a", 1, 10);
        hear(file, "b", 1, 10);
        disk.fail(FaultyDisk.Fault.EROFS, 1, 1000);
        file.of("a").note(2, 20);
        disk.mend();

        file.of("b").note(3, 30);
        file.force();

        HeardFile after = new HeardFile(new FaultyDisk(HeardFile.NAME), dir);
        assertEquals(2, after.last("a").number());
        assertEquals(3, after.last("b").number());
    }

    /** With a constructor, which does not wait for it: whoever forces says that there is none, until there is. */
    @Test
    void shouldTakeRoomAsSoonAsThereIsSome() throws IOException {
        FaultyDisk disk = new FaultyDisk(HeardFile.NAME);
        RecordDirectory records = RecordDirectory.open(disk, dir, "boot-1");
        disk.fail(FaultyDisk.Fault.ENOSPC, 1, 1000);

        records.create(new InstanceKey("a", 1), "65536 clustered-core 1024 nosync", Memory.constructed());
        records.heard().of("b").note(2, 20);

        String said = assertThrows(IOException.class, records::force).getMessage();
        assertTrue(said.contains("no room for what is heard of this log") && said.contains("No space left"), said);
        assertEquals(Last.NEVER, records.heard().last("a"));
        assertEquals(new Last(2, 20), records.heard().last("b"));
        disk.mend();
        records.force();
        assertEquals(new Last(2, 20), open().last("b"));
        assertEquals(2, blocksUsed(), "one of them is of a, which has heard nothing yet");
    }

    private int blocksUsed() throws IOException {
        byte[] bytes = Files.readAllBytes(dir.resolve(HeardFile.NAME));
        int used = 0;
        for (int at = 64; at < bytes.length; at += 64) {
            used += Arrays.equals(bytes, at, at + 64, new byte[64], 0, 64) ? 0 : 1;
        }
        return used;
    }
}
