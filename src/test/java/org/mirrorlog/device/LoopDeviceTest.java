package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.posix.FileCalls;
import org.mirrorlog.posix.FileStatus;

/** The real kernel: loop devices. Needs root and losetup; skipped elsewhere. */
@Tag("slow")
class LoopDeviceTest {
    @TempDir
    Path directory;

    private final Deque<List<String>> cleanups = new ArrayDeque<>();

    @BeforeEach
    void needRootAndLoopDevices() throws Exception {
        assumeTrue("0".equals(Commands.run(List.of("id", "-u")).strip()), "needs root");
        assumeTrue(Files.exists(Path.of("/dev/loop-control")), "needs loop devices");
    }

    @AfterEach
    void removeDevices() throws Exception {
        for (List<String> cleanup : cleanups) {
            Commands.run(cleanup);
        }
    }

    @Test
    void shouldServeDevicesWithSmallAndLargeBlocks() throws Exception {
        for (int blockBytes : new int[] {512, 4096}) {
            byte[] before = new byte[1 << 20];
            new Random(blockBytes).nextBytes(before);
            Path image = Files.write(directory.resolve("log" + blockBytes), before);
            String loop = loop(image, blockBytes);
            Regions regions = Regions.cleanExcept(100_000, List.of(3, 9, 63, 64, 99_999));
            int bitmapEnd = 1024 + 12_500;
            int end = (bitmapEnd + blockBytes - 1) / blockBytes * blockBytes;

            try (LogDevice device = LogDevice.open(loop, 100_000)) {
                FileStatus node = FileCalls.status(Path.of(loop));
                assertEquals(new DeviceInfo(loop, node.major(), node.minor(), blockBytes), device.info());
                assertInstanceOf(Contents.BadMagic.class, device.read());
                device.format(regions, Regions.ACTIVE);
                regions.clean.clear(50_000);
                assertEquals(1, device.update(regions, List.of(RegionRange.of(50_000)), true));
                assertEquals(0, device.verify(regions).repairedBlocks());
            }

            byte[] after = Files.readAllBytes(image);
            assertArrayEquals(Arrays.copyOfRange(before, 136, 1024), Arrays.copyOfRange(after, 136, 1024));
            assertArrayEquals(Arrays.copyOfRange(before, end, before.length),
                    Arrays.copyOfRange(after, end, after.length));
            try (LogDevice device = LogDevice.open(loop, 100_000)) {
                Contents.Readable log = assertInstanceOf(Contents.Readable.class, device.read());
                assertEquals(Optional.of(Regions.ACTIVE), log.header());
                for (int region = 0; region < 100_000; region++) {
                    assertEquals(regions.clean.get(region), log.bits().isClean(region), "region " + region);
                }
            }
        }
    }

    @Test
    void shouldOpenByNumberInAllThreeWays() throws Exception {
        byte[] golden = GoldenLogsTest.resource("disk.6-dirty-3-9-63-64.bin");
        String loop = loop(Files.write(directory.resolve("log"), golden), 512);
        FileStatus node = FileCalls.status(Path.of(loop));
        String number = node.major() + ":" + node.minor();
        Path sys = Path.of("/sys/dev/block");
        Path none = directory.resolve("none");
        Path withNodes = Files.createDirectories(directory.resolve("dev/deep"));
        Path link = Files.createSymbolicLink(withNodes.resolve("our-log"), Path.of(loop));

        try (LogDevice device = LogDevice.open(number, 66)) {
            assertEquals(loop, device.info().path());
            assertEquals(number, device.info().number());
            assertInstanceOf(Contents.Readable.class, device.read());
        }
        assertOpens(link.toString(), new DeviceOpener(none, withNodes.getParent(), List.of()), node);
        assertOpens(number, new DeviceOpener(sys, none, List.of(none, Path.of("/dev"))), node);
        try (var left = Files.list(Path.of("/dev"))) {
            assertTrue(left.noneMatch(path -> path.getFileName().toString().startsWith(".mirrorlogd")));
        }
    }

    @Test
    void shouldRepairWhatALateWriterLeft_S20_D20() throws Exception {
        Path image = Files.write(directory.resolve("log"), new byte[65536]);
        String loop = loop(image, 512);
        Regions regions = Regions.allClean(8192);
        try (LogDevice predecessor = LogDevice.open(loop, 8192); LogDevice device = LogDevice.open(loop, 8192)) {
            predecessor.format(regions, Regions.ACTIVE);
            Regions ours = Regions.cleanExcept(8192, List.of(7, 5000));
            device.format(ours, Regions.ACTIVE);
            regions.clean.clear(4097);
            predecessor.update(regions, List.of(RegionRange.of(4097)), true);

            assertEquals(1, device.verify(ours).repairedBlocks());

            Contents.Readable log = assertInstanceOf(Contents.Readable.class, predecessor.read());
            assertTrue(log.bits().isClean(4097));
            assertTrue(!log.bits().isClean(5000) && !log.bits().isClean(7));
        }
    }

    @Test
    void shouldFlushTheDevicesCacheAndNotJustOurs_H8() throws Exception {
        String loop = loop(Files.write(directory.resolve("log"), new byte[65536]), 512);
        Regions regions = Regions.allClean(66);
        try (LogDevice device = LogDevice.open(loop, 66)) {
            device.format(regions, Regions.ACTIVE);
            regions.clean.clear(1);

            long before = flushes(loop);
            device.update(regions, List.of(RegionRange.of(1)), false);
            long between = flushes(loop);
            device.update(regions, List.of(RegionRange.of(1)), true);

            assertEquals(before, between);
            assertEquals(before + 1, flushes(loop));
        }
    }

    /** A sparse image on a full file system: every write of the loop device fails. */
    @Test
    void shouldFailForGoodWhenARealDeviceRefusesAWrite_S22() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("tiny"));
        Commands.run(List.of("mount", "-t", "tmpfs", "-o", "size=64k", "none", mount.toString()));
        cleanups.push(List.of("umount", mount.toString()));
        Path image = mount.resolve("log");
        Commands.run(List.of("truncate", "-s", "1M", image.toString()));
        Files.write(mount.resolve("filler"), new byte[64 * 1024]);
        Regions regions = new Regions();
        try (LogDevice device = LogDevice.open(loop(image, 512), 8192)) {
            DeviceFailed failed = assertThrows(DeviceFailed.class, () -> device.format(regions, Regions.ACTIVE));

            assertTrue(List.of(5, 28).contains(failed.errno()), failed.getMessage());
            assertTrue(failed.getMessage().contains("pwrite: "), failed.getMessage());
            assertEquals('D', device.health().letter());
            DeviceCounters counters = device.counters();
            assertThrows(DeviceFailed.class, () -> device.format(regions, Regions.ACTIVE));
            assertEquals(counters, device.counters());
        }
    }

    @Test
    void shouldRefuseDevicesThatAreTooSmallOrReadOnly() throws Exception {
        Path image = Files.write(directory.resolve("log"), new byte[8192]);
        String loop = loop(image, 4096);

        assertEquals(22, assertThrows(DeviceRefused.class, () -> LogDevice.open(loop, 8 * (8192 - 1024) + 1)).errno());
        LogDevice.open(loop, 8 * (8192 - 1024)).close();
        String fixed = loop(image, 512, "--read-only");
        DeviceRefused readOnly = assertThrows(DeviceRefused.class, () -> LogDevice.open(fixed, 66));
        assertEquals(30, readOnly.errno());
        assertEquals("log device " + fixed + ": is read-only; every node must be able to write its log",
                readOnly.getMessage());
    }

    private static void assertOpens(String device, DeviceOpener opener, FileStatus node) throws IOException {
        DeviceOpener.Opened opened = opener.open(device, false);
        try (var file = opened.file()) {
            assertEquals(node, file.status());
            assertTrue(file.isDirect());
            assertEquals(8192, opened.sizeBytes());
        }
    }

    /** Flush requests that the device has completed (sixteenth field of its statistics). */
    private static long flushes(String loop) throws IOException {
        Path stat = Path.of("/sys/class/block", Path.of(loop).getFileName().toString(), "stat");
        String[] fields = Files.readString(stat).strip().split("\\s+");
        assumeTrue(fields.length >= 17, "kernel counts no flushes");
        return Long.parseLong(fields[15]);
    }

    private String loop(Path image, int blockBytes) throws Exception {
        // The backing file is read by the tests as well: past the page cache, both see the same bytes.
        return loop(image, blockBytes, "--direct-io=" + (isTmpfs(image) ? "off" : "on"));
    }

    private String loop(Path image, int blockBytes, String option) throws Exception {
        String loop = Commands.run(List.of("losetup", "--find", "--show", option, "--sector-size",
                Integer.toString(blockBytes), image.toString())).strip();
        cleanups.push(List.of("losetup", "--detach", loop));
        return loop;
    }

    private static boolean isTmpfs(Path image) throws IOException {
        return Files.getFileStore(image).type().equals("tmpfs");
    }
}
