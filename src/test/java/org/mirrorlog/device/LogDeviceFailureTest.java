package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogDeviceFailureTest {
    private static final List<RegionRange> ALL = List.of(new RegionRange(0, 8192));

    private final MemoryFile file = new MemoryFile(8192, 512);
    private final Regions regions = Regions.allClean(8192);
    private LogDevice device;

    @BeforeEach
    void takeOver() throws IOException {
        device = file.open(8192);
        device.format(regions, Regions.ACTIVE);
        file.diary.clear();
    }

    @Test
    void shouldContinueAfterAShortWrite_H8() throws IOException {
        file.maxTransferBytes = 512;
        regions.clean.clear();

        assertEquals(2, device.update(regions, ALL, true));

        assertEquals(List.of("write 1024+1024", "write 1536+512", "sync"), file.diary);
        assertEquals(0, file.stable[1024]);
        assertEquals(0, file.stable[2047]);
        assertInstanceOf(Contents.Readable.class, file.open(8192).read());
    }

    @Test
    void shouldFailWhenAWriteMakesNoProgress_H8() {
        file.isStuck = true;
        regions.clean.clear(1);

        DeviceFailed failed = assertThrows(DeviceFailed.class, () -> device.update(regions, ALL, true));

        assertEquals(5, failed.errno());
        assertEquals(List.of("write 1024+512"), file.diary);
    }

    @Test
    void shouldStayFailedAfterAWriteErrorAndLeaveTheDeviceAlone_S22_H7() throws IOException {
        file.failWritesAt = 1024;
        regions.clean.clear(1);
        DeviceFailed first = assertThrows(DeviceFailed.class, () -> device.update(regions, ALL, true));
        file.failWritesAt = MemoryFile.NOWHERE;
        file.diary.clear();

        for (int i = 0; i < 3; i++) {
            DeviceFailed again = assertThrows(DeviceFailed.class, () -> device.update(regions, ALL, true));
            assertEquals(first.getMessage(), again.getMessage());
            assertEquals(DeviceHealth.WRITE_FAILED, again.health());
        }
        assertThrows(DeviceFailed.class, () -> device.update(regions, List.of(), false));
        assertThrows(DeviceFailed.class, () -> device.format(regions, Regions.ACTIVE));
        assertThrows(DeviceFailed.class, () -> device.verify(regions));
        assertThrows(DeviceFailed.class, () -> device.putHeader(Regions.ACTIVE));

        assertEquals(List.of(), file.diary);
        assertEquals('D', device.health().letter());
        assertEquals("log device 254:3 (/dev/memory) failed, pwrite: EIO (5): /dev/memory at 1024; "
                + "it stays failed until the mirror's table is reloaded", first.getMessage());
        int readsBefore = file.reads;
        assertEquals(5, assertInstanceOf(Contents.Unreadable.class, device.read()).errno());
        assertEquals(readsBefore, file.reads);
        device.close();
        assertEquals(1, file.closes);
    }

    /** EINTR, EAGAIN, ENOMEM: the machine lacks something just now. */
    @ParameterizedTest
    @ValueSource(ints = {4, 11, 12})
    void shouldNotTakeADeviceForFailedThatWasNotAsked_S22(int errno) throws IOException {
        file.errno = errno;
        file.failWritesAt = 1024;
        regions.clean.clear(1);
        assertThrows(UncheckedIOException.class, () -> device.update(regions, ALL, true));
        file.failWritesAt = MemoryFile.NOWHERE;
        assertEquals(DeviceHealth.ALIVE, device.health());
        assertThrows(IllegalStateException.class, () -> device.update(regions, List.of(), true), "nobody knows what"
                + " is there");
        file.failReadsAt = 0;
        assertThrows(UncheckedIOException.class, device::read);
        file.failReadsAt = MemoryFile.NOWHERE;

        device.format(regions, Regions.ACTIVE);

        assertEquals(0, device.verify(regions).repairedBlocks());
        assertFalse((file.stable[1024] & 2) != 0, "region 1 is dirty, where a power cut cannot reach it");
    }

    @Test
    void shouldReportAFlushErrorWithItsOwnLetterAndStayFailed_H8() {
        file.isFailingSync = true;
        regions.clean.clear(1);

        DeviceFailed failed = assertThrows(DeviceFailed.class, () -> device.update(regions, ALL, true));
        file.isFailingSync = false;

        assertEquals(DeviceHealth.FLUSH_FAILED, failed.health());
        assertEquals('F', device.health().letter());
        assertThrows(DeviceFailed.class, () -> device.update(regions, ALL, true));
        assertEquals(List.of("write 1024+512", "sync"), file.diary);
    }

    @Test
    void shouldFailTheTakeoverWhenEitherFlushFails_H8() throws IOException {
        file.isFailingSync = true;
        LogDevice successor = file.open(8192);

        assertThrows(DeviceFailed.class, () -> successor.format(regions, Regions.ACTIVE));

        assertEquals(List.of("write 1024+1024", "sync"), file.diary);
        assertEquals('F', successor.health().letter());
    }

    @Test
    void shouldTakeOverADeviceThatCannotBeRead_S19() throws IOException {
        file.failReadsAt = 0;
        LogDevice successor = file.open(8192);
        assertInstanceOf(Contents.Unreadable.class, successor.read());

        successor.format(new Regions(), Regions.ACTIVE);

        file.failReadsAt = MemoryFile.NOWHERE;
        Contents.Readable log = assertInstanceOf(Contents.Readable.class, file.open(8192).read());
        assertTrue(regions.clean.stream().noneMatch(log.bits()::isClean));
    }

    @Test
    void shouldNotAcknowledgeATornWrite_S22() {
        file.failWritesAt = 1536;
        file.isTearing = true;
        regions.clean.clear();

        assertThrows(DeviceFailed.class, () -> device.update(regions, ALL, true));

        assertEquals(0, file.bytes[1024]);
        assertEquals((byte) 0xff, file.bytes[1536]);
        assertEquals(new DeviceCounters(3, 2, 2048, 0), device.counters());
    }

    @Test
    void shouldRepairALateBlockOfAPredecessor_S20_D20() throws IOException {
        byte[] old = file.bytes.clone();
        regions.clean.clear(10);
        regions.clean.clear(5000);
        device.update(regions, ALL, true);
        byte[] ours = file.bytes.clone();
        file.diary.clear();
        System.arraycopy(old, 1536, file.bytes, 1536, 512);

        Verification found = device.verify(regions);

        assertEquals(new Verification(4, 1, 0), found);
        assertEquals(List.of("write 1536+512", "sync"), file.diary);
        assertArrayEquals(ours, file.stable);
        assertEquals(1, device.counters().repairedBlocks());
        assertEquals(new Verification(4, 0, 0), device.verify(regions));
        assertEquals(List.of("write 1536+512", "sync"), file.diary);
    }

    @Test
    void shouldRepairALateHeaderOfAPredecessor_S20_D20() throws IOException {
        byte[] ours = file.bytes.clone();
        file.bytes[8] = 9;
        file.bytes[40] ^= 1;
        file.bytes[900] ^= 1;

        assertEquals(new Verification(4, 2, 0), device.verify(regions));
        assertArrayEquals(ours, file.bytes);
    }

    @Test
    void shouldWriteNewerBitsWhileVerifyingWithoutCallingThemRepairs() throws IOException {
        regions.clean.clear(10);

        assertEquals(new Verification(4, 0, 0), device.verify(regions));

        assertEquals(List.of("write 1024+512", "sync"), file.diary);
        assertEquals((byte) 0xfb, file.stable[1025]);
    }

    @Test
    void shouldRewriteEveryBlockThatCannotBeReadBack_D20() throws IOException {
        file.failReadsAt = 512;

        assertEquals(new Verification(4, 0, 4), device.verify(regions));

        assertEquals(List.of("write 0+2048", "sync"), file.diary);
        assertEquals('A', device.health().letter());
    }

    @Test
    void shouldVerifyLogsLargerThanOneReadBuffer_D20() throws IOException {
        int count = 5_000_000;
        MemoryFile large = new MemoryFile((int) LogImage.neededBytes(count, 4096), 4096);
        LogDevice log = large.open(count);
        Regions clean = Regions.allClean(count);
        log.format(clean, Regions.ACTIVE);
        byte[] ours = large.bytes.clone();
        large.bytes[0] ^= 1;
        large.bytes[300_000] ^= 1;
        large.bytes[1024 + count / 8 - 1] ^= 1;

        assertEquals(3, log.verify(clean).repairedBlocks());
        assertArrayEquals(ours, large.stable);
    }
}
