package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogDeviceTest {
    private static final int MILLIONS = 16 * 1024 * 1024;

    @Test
    void shouldWriteOneBlockForOneRegionOfSixteenMillion() throws IOException {
        MemoryFile file = new MemoryFile(1024 + MILLIONS / 8, 512);
        LogDevice device = file.open(MILLIONS);
        Regions regions = Regions.allClean(MILLIONS);
        device.format(regions, Regions.ACTIVE);
        file.diary.clear();

        regions.clean.clear(9_000_000);
        int written = device.update(regions, List.of(RegionRange.of(9_000_000)), true);

        assertEquals(1, written);
        assertEquals(List.of("write " + (1024 + 9_000_000 / 8 / 512 * 512) + "+512", "sync"), file.diary);
        assertEquals((byte) 0xfe, file.stable[1024 + 9_000_000 / 8]);
        Contents.Readable log = readable(file.open(MILLIONS));
        assertFalse(log.bits().isClean(9_000_000));
        assertTrue(log.bits().isClean(MILLIONS - 1));
        assertEquals(MILLIONS / 8, log.bits().bytes().remaining());
    }

    @Test
    void shouldWriteNeighbouringBlocksAtOnceAndOnlyBlocksThatDiffer() throws IOException {
        MemoryFile file = new MemoryFile(16384, 512);
        LogDevice device = file.open(65536);
        Regions regions = Regions.allClean(65536);
        device.format(regions, Regions.ACTIVE);
        file.diary.clear();

        regions.clean.clear(4095);
        regions.clean.clear(4096);
        regions.clean.clear(40000);
        int written = device.update(regions,
                List.of(RegionRange.of(40000), RegionRange.of(4095), new RegionRange(4096, 20000)), true);

        assertEquals(3, written);
        assertEquals(List.of("write 1024+1024", "write " + (1024 + 40000 / 4096 * 512) + "+512", "sync"), file.diary);
    }

    @Test
    void shouldFlushOnlyWhenAskedAndOnlyIfSomethingWasWritten() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);
        LogDevice device = file.open(100);
        Regions regions = Regions.cleanExcept(100, List.of(5));
        device.format(regions, Regions.ACTIVE);
        file.diary.clear();
        List<RegionRange> five = List.of(RegionRange.of(5));

        device.update(regions, five, true);
        assertEquals(List.of(), file.diary);
        regions.clean.set(5);
        device.update(regions, five, false);
        assertEquals(List.of("write 1024+512"), file.diary);
        device.update(regions, List.of(), true);
        assertEquals(List.of("write 1024+512", "sync"), file.diary);
    }

    /** H6, H7: a block that could not be computed is not forgotten. */
    @Test
    void shouldWriteBlocksLaterThatAnExceptionKeptFromBeingWritten_H7() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);
        LogDevice device = file.open(8192);
        Regions regions = Regions.allClean(8192);
        device.format(regions, Regions.ACTIVE);
        file.diary.clear();

        regions.clean.clear(1);
        CleanBits broken = (first, into) -> {
            if (first > 0) {
                throw new IllegalStateException("bug");
            }
            regions.fill(first, into);
        };
        assertThrows(IllegalStateException.class, () -> device.update(broken, List.of(new RegionRange(0, 8192)), true));
        assertEquals(List.of(), file.diary);
        device.update(regions, List.of(RegionRange.of(5000)), true);

        assertEquals(List.of("write 1024+512", "sync"), file.diary);
        assertEquals((byte) 0xfd, file.stable[1024]);
    }

    @Test
    void shouldWriteTheBitmapBeforeTheHeaderAtTakeover() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);

        file.open(8192).format(Regions.allClean(8192), Regions.ACTIVE);

        assertEquals(List.of("write 1024+1024", "sync", "write 0+1024", "sync"), file.diary);
        assertArrayEquals(file.bytes, file.stable);
    }

    /** A crash at any write leaves either the old log or no log, never a new header over foreign bits. */
    @Test
    void shouldNeverVouchForForeignBitsAfterATornTakeover() throws IOException {
        byte[] junk = new byte[4096];
        Arrays.fill(junk, (byte) 0xff);
        for (int failAt = 0; failAt < 2048; failAt += 512) {
            MemoryFile file = new MemoryFile(junk, 512);
            file.failWritesAt = failAt;
            file.isTearing = true;
            LogDevice device = file.open(8192);

            assertThrows(DeviceFailed.class, () -> device.format(new Regions(), Regions.ACTIVE));

            Contents left = new MemoryFile(file.bytes, 512).open(8192).read();
            boolean isOldHeader = left instanceof Contents.BadMagic;
            boolean isAllDirty = left instanceof Contents.Readable log && Regions.allClean(8192).clean.stream()
                    .noneMatch(log.bits()::isClean);
            assertTrue(isOldHeader || isAllDirty, "torn at " + failAt + ": " + left);
        }
    }

    @Test
    void shouldKeepUnusedHeaderBytesAndBlocksBehindTheBitmap() throws IOException {
        byte[] before = new byte[8192];
        new Random(1).nextBytes(before);
        for (boolean isRead : new boolean[] {true, false}) {
            for (int blockBytes : new int[] {512, 4096}) {
                MemoryFile file = new MemoryFile(before, blockBytes);
                LogDevice device = file.open(100);
                if (isRead) {
                    assertInstanceOf(Contents.BadMagic.class, device.read());
                }

                device.format(Regions.allClean(100), Regions.ACTIVE);

                int unused = PrivateHeader.OFFSET + PrivateHeader.BYTES;
                assertArrayEquals(Arrays.copyOfRange(before, unused, 1024),
                        Arrays.copyOfRange(file.bytes, unused, 1024));
                int end = blockBytes == 512 ? 1536 : 4096;
                assertArrayEquals(Arrays.copyOfRange(before, end, 8192), Arrays.copyOfRange(file.bytes, end, 8192));
                assertArrayEquals(new byte[end - 1024 - 13], Arrays.copyOfRange(file.bytes, 1024 + 13, end));
                assertEquals(0x0f, file.bytes[1024 + 12]);
            }
        }
    }

    @Test
    void shouldClearBitsBehindTheLastRegionWhateverTheStateSays_S23() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);

        file.open(3).format((first, into) -> {
            while (into.hasRemaining()) {
                into.put((byte) 0xff);
            }
        }, Regions.ACTIVE);

        assertEquals(0x07, file.bytes[1024]);
    }

    @Test
    void shouldIgnoreBitsOfRegionsThatTheLogOrWeDoNotHave_S23() throws IOException {
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) 0xff);
        header(bytes, 2, 10);

        Contents.Readable grown = readable(new MemoryFile(bytes, 512).open(100));
        Contents.Readable shrunk = readable(new MemoryFile(bytes, 512).open(3));

        assertEquals(10, grown.bits().knownRegions());
        assertTrue(grown.bits().isClean(9));
        assertFalse(grown.bits().isClean(10));
        assertFalse(grown.bits().isClean(99));
        byte[] grownBits = new byte[13];
        grownBits[0] = (byte) 0xff;
        grownBits[1] = 0x03;
        assertEquals(ByteBuffer.wrap(grownBits), grown.bits().bytes());
        assertEquals(3, shrunk.bits().knownRegions());
        assertEquals(ByteBuffer.wrap(new byte[] {0x07}), shrunk.bits().bytes());
        assertFalse(shrunk.bits().isClean(3));
        assertFalse(shrunk.bits().isClean(-1));
    }

    @Test
    void shouldTakeTheUnsignedRegionCountOfLogsMadeByLvm() throws IOException {
        for (int fill : new int[] {0x00, 0xff}) {
            byte[] bytes = new byte[4096];
            Arrays.fill(bytes, (byte) fill);
            header(bytes, 2, -1);
            LogDevice device = new MemoryFile(bytes, 512).open(66);

            Contents.Readable log = readable(device);

            assertEquals(-1, log.nrRegions());
            assertEquals(66, log.bits().knownRegions());
            assertEquals(fill != 0, log.bits().isClean(65));
            assertEquals(Optional.empty(), log.header());
        }
    }

    @Test
    void shouldReadVersionOneAndRefuseVersionThree_H25() throws IOException {
        byte[] bytes = GoldenLogsTest.resource("disk.6-dirty-3-9-63-64.bin");

        header(bytes, 1, 66);
        Contents.Readable one = readable(new MemoryFile(bytes, 512).open(66));
        header(bytes, 3, 66);
        Contents three = new MemoryFile(bytes, 512).open(66).read();

        assertFalse(one.bits().isClean(3));
        assertTrue(one.bits().isClean(4));
        assertTrue(one.isNosyncApplicable());
        assertEquals(new Contents.BadVersion(3), three);
        assertFalse(three.isNosyncApplicable());
    }

    @Test
    void shouldTellAnEmptyDeviceFromAnUnreadableOne_S19_H25() throws IOException {
        MemoryFile empty = new MemoryFile(4096, 512);
        Contents foreign = empty.open(66).read();
        empty.failReadsAt = 1030;
        Contents broken = empty.open(66).read();

        assertEquals(new Contents.BadMagic(0), foreign);
        assertTrue(foreign.isNosyncApplicable());
        assertEquals(new Contents.Unreadable(5, "pread: EIO (5): /dev/memory at 0"), broken);
        assertFalse(broken.isNosyncApplicable());
    }

    @Test
    void shouldRefuseADeviceThatIsTooSmall() throws IOException {
        assertEquals(1536, LogImage.neededBytes(1, 512));
        assertEquals(1536, LogImage.neededBytes(4096, 512));
        assertEquals(2048, LogImage.neededBytes(4097, 512));
        assertEquals(4096, LogImage.neededBytes(1, 4096));
        assertEquals(263_168, LogImage.neededBytes(2_097_152, 512));
        MemoryFile small = new MemoryFile(1536, 512);

        DeviceRefused refused = assertThrows(DeviceRefused.class, () -> small.open(4097));

        assertEquals(22, refused.errno());
        assertEquals("log device /dev/memory: has 1536 bytes; a log of 4097 regions needs 2048", refused.getMessage());
        assertEquals(1, small.closes);
        small.open(4096).format(Regions.allClean(4096), Regions.ACTIVE);
    }

    @Test
    void shouldCountWritesFlushesAndBytes() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);
        LogDevice device = file.open(100);
        Regions regions = new Regions();
        device.format(regions, Regions.ACTIVE);
        assertEquals(new DeviceCounters(2, 2, 1536, 0), device.counters());

        regions.clean.set(7);
        device.update(regions, List.of(RegionRange.of(7)), false);

        assertEquals(new DeviceCounters(3, 2, 2048, 0), device.counters());
        assertEquals('A', device.health().letter());
    }

    @Test
    void shouldRefuseUpdatesBeforeTakeoverRangesOutsideAndAnythingAfterClose() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);
        LogDevice device = file.open(100);
        Regions regions = new Regions();

        assertThrows(IllegalStateException.class, () -> device.update(regions, List.of(), true));
        assertThrows(IllegalStateException.class, () -> device.verify(regions));
        assertThrows(IllegalStateException.class, () -> device.putHeader(Regions.ACTIVE));
        device.format(regions, Regions.ACTIVE);
        assertThrows(IllegalArgumentException.class, () -> device.update(regions, List.of(RegionRange.of(100)), true));
        assertThrows(IllegalArgumentException.class, () -> new RegionRange(3, 3));
        assertThrows(IllegalStateException.class,
                () -> device.update((first, into) -> { }, List.of(RegionRange.of(0)), true));
        device.read();
        assertThrows(IllegalStateException.class, () -> device.update(regions, List.of(), true));
        device.close();
        device.close();
        assertEquals(1, file.closes);
        assertThrows(IllegalStateException.class, device::read);
        assertThrows(IllegalArgumentException.class, () -> file.open(0));
        assertThrows(IllegalArgumentException.class, () -> file.open(1L << 32));
    }

    private static Contents.Readable readable(LogDevice device) {
        return assertInstanceOf(Contents.Readable.class, device.read());
    }

    private static void header(byte[] bytes, int version, long nrRegions) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0x4D695272).putInt(version).putLong(nrRegions);
    }
}
