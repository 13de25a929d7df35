package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.log.RegionSet;

/**
 * Record files: what is appended is there after a reopen, what is damaged is refused, what is of another boot is void.
 * How daemon starts are counted: {@link ServedBootsTest}.
 */
class RecordFileTest {
    private static final String LINE = "65536 clustered-core 1024 nosync";
    private static final InstanceKey KEY = new InstanceKey("LVM-record", 0xffff888012345600L);

    @TempDir
    private Path dir;

    private RecordFile create() throws IOException {
        return RecordFile.create(RecordDisk.REAL, path(), RecordFile.names("boot-1", KEY, LINE), Memory.constructed());
    }

    private Path path() {
        return dir.resolve("a.record");
    }

    /** Changes as a busy table makes them; the same for the same seed. */
    static RecordChange change(SplittableRandom random) {
        long region = random.nextLong(4_000);
        switch (random.nextInt(5)) {
            case 0: return new RecordChange.Pending(RegionSet.of(region));
            case 1: return new RecordChange.Committed(RegionSet.of(region));
            case 2: return new RecordChange.Cleared(RegionSet.of(region, region + 1));
            case 3: return new RecordChange.Dropped(RegionSet.range(region, region + 50));
            default: return new RecordChange.Hinted(region, RegionSet.of(region));
        }
    }

    @Test
    void shouldHoldWhatWasAppendedAfterAReopenWithoutAClose() throws IOException {
        RecordFile file = create();
        Memory expected = Memory.constructed();
        long seed = Long.getLong("seed", 1);
        SplittableRandom random = new SplittableRandom(seed);

        for (int i = 0; i < 200; i++) {
            RecordChange change = change(random);
            file.append(change);
            expected = expected.after(change);
        }

        RecordFile again = RecordFile.open(RecordDisk.REAL, path());
        assertEquals(expected, again.memory(), "-Dseed=" + seed);
        assertEquals(KEY, again.key());
        assertEquals("boot-1", again.bootId());
        assertEquals(LINE, again.constructor());
        again.append(new RecordChange.Slot(9));
        assertEquals(9, RecordFile.open(RecordDisk.REAL, path()).memory().slot());
    }

    @Test
    void shouldRewriteAFullFileAndStaySmall() throws IOException {
        RecordFile file = create();
        Memory expected = Memory.constructed();
        long seed = Long.getLong("seed", 2);
        SplittableRandom random = new SplittableRandom(seed);

        for (int i = 0; i < 20_000; i++) {
            RecordChange change = change(random);
            file.append(change);
            expected = expected.after(change);
            if (i % 997 == 0) {
                assertEquals(expected, RecordFile.open(RecordDisk.REAL, path()).memory(),
                        "change " + i + ", -Dseed=" + seed);
            }
        }

        assertEquals(expected, RecordFile.open(RecordDisk.REAL, path()).memory(), "-Dseed=" + seed);
        assertTrue(Files.size(path()) <= 256 * 1024, Files.size(path()) + " bytes");
    }

    @Test
    void shouldTakeAMemoryLargerThanTheSmallestFile() throws IOException {
        RecordFile file = create();
        RegionSet scattered = RegionSet.of(java.util.stream.LongStream.range(0, 200_000).map(i -> i * 37));

        file.append(new RecordChange.Pending(scattered));
        file.append(new RecordChange.Committed(RegionSet.of(37)));

        Memory memory = RecordFile.open(RecordDisk.REAL, path()).memory();
        assertEquals(scattered.without(37), memory.pending());
        assertEquals(RegionSet.of(37), memory.held());
    }

    @Test
    void shouldHaveAllItsRoomFromTheStartAndNeedNoMore() throws IOException {
        RecordFile file = create();
        long size = Files.size(path());
        Object inode = Files.getAttribute(path(), "unix:ino");
        long seed = Long.getLong("seed", 3);
        SplittableRandom random = new SplittableRandom(seed);
        Memory expected = Memory.constructed();

        for (int i = 0; i < 5_000; i++) {
            RecordChange change = new RecordChange.Pending(RegionSet.of(random.longs(8, 0, 64)));
            file.append(change);
            expected = expected.after(change);
            RecordChange over = new RecordChange.Committed(expected.pending());
            file.append(over);
            expected = expected.after(over);
        }

        assertEquals(8 * 1024, size);
        assertEquals(size, Files.size(path()));
        assertEquals(inode, Files.getAttribute(path(), "unix:ino"), "written in place");
        assertEquals(expected, RecordFile.open(RecordDisk.REAL, path()).memory(), "-Dseed=" + seed);
    }

    @Test
    void shouldHaveRoomForTheWorstMemoryOfEveryGeometry() {
        long seed = Long.getLong("seed", 4);
        SplittableRandom random = new SplittableRandom(seed);
        for (long regions : new long[] {1, 2, 3, 64, 511, 512, 700, 2_048, 4_095, 4_096, 4_097, 8_191, 100_000,
            1 << 21}) {
            for (double density : new double[] {0.01, 0.1, 0.3, 0.5, 0.6, 0.9, 1}) {
                RegionSet noise = RegionSet.of(java.util.stream.LongStream.range(0, regions)
                        .filter(region -> random.nextDouble() < density));
                RegionSet every = RegionSet.of(java.util.stream.LongStream.range(0, regions)
                        .filter(region -> region % Math.max(1, (long) (1 / density)) == 0));
                for (RegionSet set : List.of(noise, every)) {
                    assertTrue(set.encodedSize() <= RecordRoom.setBytes(regions), set.encodedSize() + " bytes for "
                            + regions + " regions, density " + density + ", -Dseed=" + seed);
                    int whole = TableRecordCodec
                            .sizeBound(new RecordChange.Whole(new Memory(Phase.ACTIVE, 1, set, 1, set, 1,
                            set, set, set, true)));
                    assertTrue(whole <= RecordRoom.halfBytes(regions), whole + " bytes for " + regions);
                }
            }
        }
        assertEquals(8 * 1024, RecordHeader.BYTES + 2 * RecordRoom.halfBytes(4_096), "what the manual says");
        assertTrue(2 * RecordRoom.halfBytes(64L << 20) < 96L << 20, "" + RecordRoom.halfBytes(64L << 20));
    }

    @Test
    void shouldReadTheFilesOfVersion1AndGoOnInANewOne() throws IOException {
        byte[] old = new byte[64 * 1024];
        byte[] header = HexFormat.of().parseHex("4d4c4952010000004800000000000000005634128088ffffd70d35db06000a00"
                + "20000000626f6f742d314c564d2d7265636f7264363535333620636c757374657265642d636f72652031303234206e"
                + "6f73796e63");
        byte[] changes = HexFormat.of().parseHex("090000000000000000000000000000000000ffffffffffffffff03030303030902"
                + "070000000000000009000000000000000500000000000000013a030d0003040308031003012c03");
        System.arraycopy(header, 0, old, 0, header.length);
        System.arraycopy(changes, 0, old, 1024, changes.length);
        old[8] = (byte) changes.length;
        Files.write(path(), old);
        Memory expected = new Memory(Phase.ACTIVE, 7, RegionSet.range(0, 60), 9, RegionSet.of(3, 4), 5,
                RegionSet.of(1, 11), RegionSet.of(2), RegionSet.of(4), false);

        RecordFile file = RecordFile.open(RecordDisk.REAL, path());
        assertEquals(expected, file.memory());
        assertEquals(LINE, file.constructor());
        assertEquals(KEY, file.key());
        file.append(new RecordChange.Committed(RegionSet.of(11)));

        assertEquals(expected.after(new RecordChange.Committed(RegionSet.of(11))),
                RecordFile.open(RecordDisk.REAL, path()).memory());
        assertEquals(8 * 1024, Files.size(path()));
    }

    @Test
    void shouldReplaceAnOlderRecordAsAWhole() throws IOException {
        create().append(new RecordChange.Pending(RegionSet.of(5)));

        create();

        assertEquals(Memory.constructed(), RecordFile.open(RecordDisk.REAL, path()).memory());
    }

    @Test
    void shouldBeGoneWhenDestroyed() throws IOException {
        RecordFile file = create();

        file.destroy();
        file.destroy();

        assertFalse(Files.exists(path()));
    }

    // --- damage ---------------------------------------------------------------------------------------------------

    private void overwrite(long at, byte... bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
        }
    }

    private void assertRefused(String why) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> RecordFile.open(RecordDisk.REAL, path()), why);
        assertTrue(refusal.getMessage().contains("a.record"), refusal.getMessage());
    }

    @Test
    void shouldRefuseADamagedHeader() throws IOException {
        for (int at : new int[] {0, 4, 24, 36, 45, 60}) {
            create();
            overwrite(at, (byte) 0x55);
            assertRefused("byte " + at);
        }
        for (int at : new int[] {28, 30, 32}) {
            create();
            overwrite(at, (byte) 0xff, (byte) 0xff);
            assertRefused("length at " + at);
        }
    }

    @Test
    void shouldRefuseAClaimBeyondTheFile() throws IOException {
        for (long claim : new long[] {-1, Long.MIN_VALUE, 3_585, 1L << 32, Long.MAX_VALUE}) {
            create();
            overwrite(8, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(claim).array());
            assertRefused("claim " + claim);
        }
    }

    @Test
    void shouldRefuseAClaimThatEndsInsideAChange() throws IOException {
        create().append(new RecordChange.Hinted(7, RegionSet.of(5)));
        overwrite(8, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(30).array());

        assertRefused("half a change");
    }

    @Test
    void shouldRefuseAChangedBody() throws IOException {
        create().append(new RecordChange.Slot(5));
        overwrite(1024 + 37, (byte) 0x77);

        assertRefused("another slot");
    }

    @Test
    void shouldRefuseATruncatedFile() throws IOException {
        for (long size : new long[] {0, 7, 1023, 1024, 8 * 1024 - 1}) {
            create().append(new RecordChange.Slot(5));
            try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE)) {
                channel.truncate(size);
            }
            assertRefused(size + " bytes");
        }
    }

    // --- the directory --------------------------------------------------------------------------------------------

    private List<String> restore(String boot) throws IOException {
        return restore(boot, RecordDisk.REAL);
    }

    private List<String> restore(String boot, RecordDisk disk) throws IOException {
        OneMachine machine = new OneMachine(boot, 2);
        List<String> warnings = new ArrayList<>();
        RecordDirectory.open(disk, dir, boot).takeUpAll(machine.instances, 1_000, warnings::add);
        machine.instances.views()
                .forEach(view -> warnings.add(view.key() + " " + view.phase() + " " + view.pendingMarks()));
        return warnings;
    }

    private void record(String boot, String uuid) throws IOException {
        InstanceRecord record = RecordDirectory.open(dir, boot).create(new InstanceKey(uuid, 0x10), LINE,
                Memory.constructed());
        record.append(new RecordChange.Whole(new Memory(Phase.ACTIVE, 3, RegionSet.empty(), 0, RegionSet.empty(), -1,
                RegionSet.of(4, 5), RegionSet.empty(), RegionSet.empty(), false)));
    }

    @Test
    void d14ShouldTakeUpTheRecordsOfThisBoot() throws IOException {
        record("boot-1", "LVM-x");

        assertEquals(List.of("LVM-x/10 ACTIVE 2"), restore("boot-1"));
    }

    @Test
    void d16ShouldVoidTheRecordsOfAnOlderBoot() throws IOException {
        record("boot-1", "LVM-x");

        assertEquals(List.of(), restore("boot-2"));
        assertEquals(List.of(), restore("boot-1"), "it is gone");
    }

    @Test
    void d15ShouldSetADamagedRecordAsideAndSaySo() throws IOException {
        record("boot-1", "LVM-x");
        record("boot-1", "LVM-y");
        Path damaged;
        try (Stream<Path> files = Files.list(dir)) {
            damaged = files.filter(file -> file.getFileName().toString().startsWith("LVM-x")).findFirst().orElseThrow();
        }
        try (FileChannel channel = FileChannel.open(damaged, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
        }

        List<String> told = restore("boot-1");

        assertEquals(2, told.size(), told.toString());
        assertTrue(told.get(0).contains("set aside"), told.get(0));
        assertEquals("LVM-y/10 ACTIVE 2", told.get(1));
        assertFalse(Files.exists(damaged));
        assertEquals(List.of("LVM-y/10 ACTIVE 2"), restore("boot-1"));
    }

    /** What a defect of this build makes of it: else no table of this machine would be served, at no start. */
    @Test
    void d15ShouldSetARecordAsideThatMakesItThrow() throws IOException {
        List<Supplier<Throwable>> defects = List.of(() -> new IllegalStateException("of a test"),
                () -> new StackOverflowError("of a test"), () -> new AssertionError("of a test"),
                () -> new NoClassDefFoundError("of a test"));
        for (Supplier<Throwable> defect : defects) {
            record("boot-1", "LVM-x");
            record("boot-1", "LVM-y");

            List<String> told = restore("boot-1", new ThrowingDisk("LVM-x", defect));

            assertEquals(2, told.size(), told.toString());
            assertTrue(told.get(0).contains("set aside") && told.get(0).contains("of a test"), told.get(0));
            assertEquals("LVM-y/10 ACTIVE 2", told.get(1));
            assertEquals(List.of("LVM-y/10 ACTIVE 2"), restore("boot-1"));
        }
    }

    /** Each read of files that are named so throws. */
    private record ThrowingDisk(String name, Supplier<Throwable> defect) implements RecordDisk {
        @Override
        public Content open(Path path) throws IOException {
            if (!path.getFileName().toString().startsWith(name)) {
                return REAL.open(path);
            }
            Throwable thrown = defect.get();
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
    }

    @Test
    void shouldKeepApartUuidsThatLookAlikeAsFileNames() throws IOException {
        record("boot-1", "LVM/x");
        record("boot-1", "LVM_x");
        record("boot-1", "../x");

        assertEquals(3, restore("boot-1").size());
    }

    /** Both are longer than what stands in a file's name in full, and begin alike. */
    @Test
    void shouldKeepApartUuidsWithTheSameChecksum() throws IOException {
        String[] pair = sameChecksum("LVM-" + "x".repeat(80));

        record("boot-1", pair[0]);
        record("boot-1", pair[1]);

        assertEquals(Set.of(pair[0] + "/10 ACTIVE 2", pair[1] + "/10 ACTIVE 2"), Set.copyOf(restore("boot-1")));
    }

    private static String[] sameChecksum(String prefix) {
        Map<Long, String> seen = new HashMap<>();
        SplittableRandom random = new SplittableRandom(1);
        while (true) {
            String name = prefix + Long.toHexString(random.nextLong());
            CRC32C crc = new CRC32C();
            crc.update(name.getBytes(StandardCharsets.ISO_8859_1));
            String other = seen.put(crc.getValue(), name);
            if (other != null) {
                return new String[] {other, name};
            }
        }
    }

    @Test
    void shouldReadWhatAnOlderBuildHasNamedUnlessItWasReplacedSince() throws IOException {
        String uuid = "LVM_" + "x".repeat(80);
        record("boot-1", uuid);
        Path now = dir.resolve(RecordName.of(new InstanceKey(uuid, 0x10)));
        Path before = dir.resolve("LVM_" + "x".repeat(60) + "-12345678-0000000000000010.record");
        Files.move(now, before);
        assertEquals(List.of(uuid + "/10 ACTIVE 2"), restore("boot-1"));

        RecordDirectory.open(dir, "boot-1").create(new InstanceKey(uuid, 0x10), LINE, Memory.constructed());

        assertEquals(List.of(uuid + "/10 SUSPENDED 0"), restore("boot-1"));
        assertFalse(Files.exists(before), "it is gone");
    }

    /** As all builds have named them. */
    @Test
    void shouldNotRenameWhatIsSpelledInFull() {
        assertEquals("LVM-x-51db08b9-0000000000000010.record", RecordName.of(new InstanceKey("LVM-x", 0x10)));
    }

    private static boolean isMapped(Path path) throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).contains(path.toRealPath().getParent() + "/"
                + path.getFileName());
    }

    /** Who locks all memory keeps what is mapped: no page of a record is swapped out, to a mirror that waits for it. */
    @Test
    void s24ShouldBeMappedWhileItIsInUse() throws IOException {
        Path path = dir.resolve("mapped.record");
        RecordHeader names = RecordFile.names("boot-1", new InstanceKey("mapped", 0x10), LINE);

        RecordFile file = RecordFile.create(RecordDisk.REAL, path, names, Memory.constructed());
        assertTrue(isMapped(path), "a new one");
        file.readAnew();
        assertTrue(isMapped(path), "one that is read anew");
        file.close();
        assertFalse(isMapped(path), "none is kept");
        RecordFile opened = RecordFile.open(RecordDisk.REAL, path);
        assertTrue(isMapped(path), "one that a start finds");
        RecordFile moved = opened.movedTo(dir.resolve("moved.record"));
        assertTrue(isMapped(dir.resolve("moved.record")));
        moved.destroy();
        String maps = Files.readString(Path.of("/proc/self/maps"));
        assertFalse(maps.contains("moved.record") || maps.contains("mapped.record"), "its room goes back at once");
    }
}
