package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Torn tails are cut, damage is refused, and an acknowledged event never vanishes without a word. */
class JournalDamageTest {

    private static final List<String> IDS = List.of("log0", "log1", "log2");
    private static final String NEWEST_OF_TWO = SegmentHeader.fileName(2);

    private final long seed = Long.getLong("seed", 20261122);
    private final Random random = new Random(seed);

    /** A journal with two sealed segments or more, deletions, and two records in the last group. */
    private CoreFixture filled(SimulatedStorage storage) throws IOException {
        CoreFixture journal = new CoreFixture(storage, CoreFixture.options(2048, 2048, 512, 0)).open();
        for (int i = 1; i <= 12; i++) {
            for (String id : IDS) {
                journal.mustAppend(id, i, id + " event " + i + "x".repeat(i * 3));
            }
        }
        journal.mustDelete("log1", 4);
        journal.core.commit(List.of(
                WriteRequest.Append.of("log0", 13, CoreFixture.events("last group, first"), new CoreFixture.Outcome()),
                WriteRequest.Append.of("log1", 13, CoreFixture.events("last group, second"),
                        new CoreFixture.Outcome())));
        return journal;
    }

    private static String newest(SimulatedStorage storage) {
        return storage.list().stream().filter(name -> SegmentHeader.numberOf(name) > 0).max(String::compareTo)
                .orElseThrow();
    }

    private static CoreFixture reopened(SimulatedStorage storage) throws IOException {
        return new CoreFixture(storage, CoreFixture.small()).open();
    }

    @Test
    void shouldCutATornTailAtEveryByteOfTheLastRecord() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        CoreFixture journal = new CoreFixture(storage, CoreFixture.small()).open();
        journal.mustAppend("log0", 1, "safe");
        byte[] before = storage.bytes(newest(storage));
        journal.mustAppend("log0", 2, "torn", "in", "the middle");
        byte[] after = storage.bytes(newest(storage));
        int start = Arrays.mismatch(before, after);
        int end = after.length - 1;
        while (after[end] == 0) {
            end--;
        }

        for (int length = start; length <= end; length++) {
            for (int garbage = 0; garbage < 3; garbage++) {
                byte[] torn = garbage == 0 ? Arrays.copyOf(after, length) : after.clone();
                for (int i = length; i < torn.length; i++) {
                    torn[i] = garbage == 1 || i > end ? 0 : (byte) random.nextInt(256);
                }
                checkCut(storage, torn, length > start);
            }
        }
    }

    private void checkCut(SimulatedStorage storage, byte[] torn, boolean hasRest) throws IOException {
        SimulatedStorage copy = storage.copy();
        copy.setBytes(newest(storage), torn);
        CoreFixture found = reopened(copy);
        assertEquals(List.of("1:safe"), found.replay("log0"), "seed " + seed);
        assertEquals(1, found.core.index().head("log0"));
        assertTrue(found.lines.count("WARN") <= 1 && found.lines.all.size() <= 1, () -> "one line: " + found.lines.all);
        assertTrue(!hasRest || found.lines.count("torn tail cut off at offset") == 1,
                () -> "a line: " + found.lines.all);
        found.mustAppend("log0", 2, "anew");
        assertEquals(List.of("1:safe", "2:anew"), reopened(copy).replay("log0"));
    }

    @Test
    void shouldCutAGroupOfWhichOnlyALaterRecordReachedTheDisk() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        filled(storage);
        byte[] bytes = storage.bytes(newest(storage));
        int first = indexOf(bytes, "last group, first");
        bytes[first] ^= 1;
        storage.setBytes(newest(storage), bytes);

        CoreFixture found = reopened(storage);

        assertEquals(12, found.core.index().head("log0"));
        assertEquals(12, found.core.index().head("log1"));
        assertEquals(1, found.lines.count("torn tail"));
    }

    @Test
    void shouldNeverTakeUpTheRestOfATornGroupAgain() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        CoreFixture journal = new CoreFixture(storage, CoreFixture.small()).open();
        journal.mustAppend("log0", 1, "safe");
        journal.core.commit(List.of(
                WriteRequest.Append.of("log0", 2, CoreFixture.events("torn" + "x".repeat(96)),
                        new CoreFixture.Outcome()),
                WriteRequest.Append.of("log1", 1, CoreFixture.events("whole, but of a torn group"),
                        new CoreFixture.Outcome())));
        byte[] torn = storage.bytes(newest(storage));
        torn[indexOf(torn, "torn")] ^= 1;
        storage.setBytes(newest(storage), torn);

        CoreFixture second = reopened(storage);
        // With the note of the opening, 32 bytes, this ends exactly where the whole record stood.
        second.mustAppend("log0", 2, "anew" + "x".repeat(64));

        CoreFixture third = reopened(storage);
        assertEquals(0, third.core.index().head("log1"));
        assertEquals(List.of("1:safe", "2:anew" + "x".repeat(64)), third.replay("log0"));
        assertEquals(0, third.lines.count("torn tail"), third.lines.all::toString);
    }

    @Test
    void shouldRefuseTheSameFlawOnceTheGroupIsKnownToBeSafe() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        filled(storage);
        reopened(storage);
        byte[] bytes = storage.bytes(newest(storage));
        int at = indexOf(bytes, "last group, first");
        bytes[at] ^= 1;
        storage.setBytes(newest(storage), bytes);

        String message = assertThrows(JournalDamagedException.class, () -> reopened(storage)).getMessage();

        assertTrue(message.contains("/simulated/" + newest(storage) + " is damaged at offset "), message);
        assertTrue(message.contains("checksum is wrong") && message.contains("mirrorlog.adopt"), message);
        assertTrue(Arrays.equals(bytes, storage.bytes(newest(storage))), "nothing was changed");
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf(text);
    }

    @Test
    void shouldNeverLoseAnAcknowledgedEventSilentlyWhateverByteRots() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        JournalModel whole = JournalModel.observe(filled(storage), IDS);
        assertTrue(SegmentHeader.numberOf(newest(storage)) >= 2, "several segments");
        int[] outcomes = new int[3];
        for (String name : storage.list()) {
            byte[] good = storage.bytes(name);
            for (int at = 0; at < good.length; at++) {
                byte[] rotten = good.clone();
                rotten[at] ^= (byte) (1 << random.nextInt(8));
                outcomes[open(storage, name, rotten, whole, at)]++;
            }
            for (int sector = 0; sector < good.length; sector += SimulatedStorage.SECTOR_BYTES) {
                byte[] rotten = good.clone();
                Arrays.fill(rotten, sector, Math.min(good.length, sector + SimulatedStorage.SECTOR_BYTES), (byte) 0);
                // A disk that loses its very last sectors after a force looks like one that never got them: only the
                // highest number that a session has seen (rule D2) can tell. Any other lost sector is noticed here.
                boolean isEnd = name.equals(newest(storage)) && isZero(good, sector + SimulatedStorage.SECTOR_BYTES);
                if (!isEnd && !Arrays.equals(rotten, good)) {
                    outcomes[open(storage, name, rotten, whole, sector)]++;
                }
            }
        }
        assertTrue(outcomes[0] > 0 && outcomes[1] > 0 && outcomes[2] > 1000, () -> Arrays.toString(outcomes));
    }

    private static boolean isZero(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns 0 if all is there, 1 if the unproven last group was cut with a line, 2 if refused; fails otherwise. */
    private int open(SimulatedStorage storage, String name, byte[] rotten, JournalModel whole,
            int at) throws IOException {
        SimulatedStorage copy = storage.copy();
        copy.setBytes(name, rotten);
        String where = name + " at " + at + ", seed " + seed;
        CoreFixture found;
        try {
            found = reopened(copy);
        } catch (JournalException e) {
            assertTrue(e.getMessage().contains(name) || e.getMessage().contains("journal "), e.getMessage());
            assertTrue(Arrays.equals(rotten, copy.bytes(name)), "changed by a refused opening: " + where);
            return 2;
        }
        JournalModel now = JournalModel.observe(found, IDS);
        if (now.equals(whole)) {
            return 0;
        }
        assertEquals(1, found.lines.count("torn tail"), "lost without a word: " + where);
        assertEquals(newest(storage), name, "only the end of the last segment may be cut: " + where);
        assertTrue(now.head("log0") >= 12 && now.head("log1") >= 12 && now.head("log2") == 12,
                "too much was cut: " + where);
        return 1;
    }

    @Test
    void shouldRefuseEveryFlawAfterAnOrderlyClose() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        CoreFixture journal = filled(storage);
        JournalModel whole = JournalModel.observe(journal, IDS);
        journal.core.close();
        String name = newest(storage);
        byte[] good = storage.bytes(name);
        for (int at = 0; at < good.length; at++) {
            byte[] rotten = good.clone();
            rotten[at] ^= (byte) (1 << random.nextInt(8));
            SimulatedStorage copy = storage.copy();
            copy.setBytes(name, rotten);
            try {
                assertEquals(whole, JournalModel.observe(reopened(copy), IDS), "byte " + at + ", seed " + seed);
            } catch (JournalException e) {
                assertTrue(e.getMessage().contains(name), e.getMessage());
            }
        }
    }

    @Test
    void shouldNoticeAMissingSegment() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        CoreFixture journal = filled(storage);
        journal.core.close();
        for (String name : new ArrayList<>(storage.list())) {
            SimulatedStorage copy = storage.copy();
            copy.delete(name);

            JournalException refusal = assertThrows(JournalException.class, () -> reopened(copy), name);

            assertTrue(refusal.getMessage().contains("missing"), refusal.getMessage());
        }
    }

    @Test
    void shouldNoticeSegmentsThatAreSwappedOrFromElsewhere() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        filled(storage);
        SimulatedStorage swapped = storage.copy();
        swapped.setBytes(SegmentHeader.fileName(1), storage.bytes(NEWEST_OF_TWO));
        assertTrue(assertThrows(JournalDamagedException.class, () -> reopened(swapped)).getMessage()
                .contains("holds segment 2, not the one its name says"));

        SimulatedStorage foreign = storage.copy();
        SimulatedStorage other = new SimulatedStorage(random);
        new JournalOpener(other, CoreFixture.small(), new CoreFixture.Lines(), () -> 0).open(() -> new JournalId(1, 2));
        foreign.setBytes(SegmentHeader.fileName(1), other.bytes(SegmentHeader.fileName(1)));
        assertTrue(assertThrows(JournalDamagedException.class, () -> reopened(foreign)).getMessage()
                .contains("belongs to journal"));
    }

    /** Whoever is started instead finds all as it was: nothing is written by the one that does not know the format. */
    private static void mustBeLeftToWhoWroteIt(SimulatedStorage storage, byte[] newer, String because)
            throws IOException {
        List<String> written = reopened(storage.copy()).replay("log0");
        byte[] known = storage.bytes(newest(storage));
        storage.setBytes(newest(storage), newer);
        SimulatedStorage before = storage.copy();

        String message = assertThrows(JournalException.class, () -> reopened(storage)).getMessage();

        assertTrue(message.contains(because) && message.endsWith(": start the program that wrote it"), message);
        assertEquals(before.list(), storage.list());
        for (String name : storage.list()) {
            assertArrayEquals(before.bytes(name), storage.bytes(name), name);
        }
        // To that program they read as these do to this one.
        storage.setBytes(newest(storage), known);
        assertEquals(written, reopened(storage).replay("log0"));
    }

    @Test
    void shouldLeaveAnUnknownFormatVersionToTheProgramThatWroteIt() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        filled(storage);
        byte[] newer = storage.bytes(newest(storage)).clone();
        newer[8] = 2;
        ByteBuffer header = ByteBuffer.wrap(newer).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(12, 0);
        CRC32C crc = new CRC32C();
        crc.update(newer, 0, SegmentHeader.BYTES);
        header.putInt(12, (int) crc.getValue());

        mustBeLeftToWhoWroteIt(storage, newer, " has format version 2; this program knows version 1 only");
    }

    @Test
    void shouldLeaveARecordOfUnknownKindToTheProgramThatWroteIt() throws IOException {
        SimulatedStorage storage = new SimulatedStorage(random);
        filled(storage);
        byte[] newer = Arrays.copyOf(storage.bytes(newest(storage)), storage.bytes(newest(storage)).length + 1024);
        ByteBuffer file = ByteBuffer.wrap(newer).order(ByteOrder.LITTLE_ENDIAN);
        int last = newer.length / 8 * 8 - RecordCodec.HEADER_BYTES;
        while (file.getInt(last) != RecordCodec.MAGIC || file.getLong(last + 8) != last) {
            last -= 8;
        }
        int end = last + RecordCodec.HEADER_BYTES + (file.getInt(last + 4) + 7) / 8 * 8;
        file.position(end).position(end + RecordCodec.HEADER_BYTES);
        long segment = SegmentHeader.numberOf(newest(storage));
        new RecordCodec(CoreFixture.ID, segment).finish(file, end, RecordKind.OPENED, end, end);
        file.putInt(end + 24, 99);
        CRC32C crc = new CRC32C();
        crc.update(CoreFixture.ID.toBytes());
        crc.update(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, segment));
        crc.update(newer, end, 28);
        file.putInt(end + 28, (int) crc.getValue());

        mustBeLeftToWhoWroteIt(storage, newer, " a record of kind 99, which this program does not know");
    }
}
