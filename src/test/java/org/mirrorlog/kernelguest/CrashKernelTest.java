package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What the scenarios with a power cut share: torn writes, and an exact account of the resync afterwards. */
abstract class CrashKernelTest extends KernelGuestTest {
    /** 1024 regions of 64 KiB. */
    static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(128 * 1024, 128);
    static final int REGIONS = GEOMETRY.regions();
    private static final String UNTIL_THE_CUT = " --time_based --runtime=600 --do_verify=0";
    /** Finished before the cut, in the lower half: must be there afterwards. */
    static final String KEPT = writes(0, GEOMETRY.bytes() / 2) + " --io_size=512k";
    private static final long QUARTER = GEOMETRY.sectors() / 4;
    /** Goes on until the cut, in the third quarter. */
    private static final String RUNNING = writes(GEOMETRY.bytes() / 2, GEOMETRY.bytes() / 4) + UNTIL_THE_CUT;
    /** Goes on until leg 1 is frozen, in the last quarter: its last writes reach leg 0 only. */
    private static final String TORN = writes(GEOMETRY.bytes() / 4 * 3, GEOMETRY.bytes() / 4) + UNTIL_THE_CUT;
    private static final int DEPTH = 8;
    /** By both loads. */
    static final int WRITES_UNDER_WAY = 2 * DEPTH;
    private static final int MANY_WRITES = 60;
    private static final int HOLD_MS = 3_600_000;
    static final Duration FIO_LIMIT = Duration.ofSeconds(240);

    Legs mirrorLegs() {
        return new Legs(lab().file("leg0"), lab().file("leg1"), GEOMETRY);
    }

    /** A lab with two equal legs of zeros and an empty log. */
    void openCrashLab(String name) throws IOException {
        openLab(name).disk("leg0", GEOMETRY.bytes()).disk("leg1", GEOMETRY.bytes()).sharedDisk("log", MIB);
    }

    MirrorTable table(String type, boolean integratedFlush) {
        return new MirrorTable("CRASH-1", type, integratedFlush, lab().device("log"), "", GEOMETRY, legs());
    }

    /** The same table with a second leg whose last quarter can be frozen. */
    MirrorTable withFreezableLeg(MirrorTable table) {
        String leg = lab().device("leg1");
        lab().inGuest("dmsetup create freezable --table '0 " + QUARTER + " linear " + leg + " " + 3 * QUARTER + "'\n"
                + "dmsetup create leg1f <<END\n"
                + "0 " + 3 * QUARTER + " linear " + leg + " 0\n"
                + 3 * QUARTER + " " + QUARTER + " linear /dev/mapper/freezable 0\nEND");
        return table.withLegs(List.of(lab().device("leg0"), "/dev/mapper/leg1f"));
    }

    /** Starts writes that go on until the cut, and returns when many of them are done. */
    List<CompletableFuture<GuestResult>> startWrites(Mirror mirror) {
        List<CompletableFuture<GuestResult>> loads = List.of(mirror.startFio(RUNNING), mirror.startFio(TORN));
        awaitWrites(loads);
        return loads;
    }

    /** Waits for many more writes of loads that run. */
    void awaitWrites(List<CompletableFuture<GuestResult>> loads) {
        long before = sectorsWritten("leg0");
        Await.until("writes before the cut", FIO_LIMIT, () -> sectorsWritten("leg0"),
                now -> now - before > MANY_WRITES * 8);
        loads.forEach(load -> assertFalse(load.isDone(), "the writes go on"));
    }

    /**
     * Makes sure that the cut tears writes: from now on leg 1 holds writes to its last quarter for an hour, and leg 0
     * soon has what leg 1 lacks there. Writes to the rest go on. Cache flushes pass: the kernel's own log waits for
     * them.
     */
    void tearWrites() {
        String quarter = lab().device("leg1") + " " + 3 * QUARTER + " ";
        lab().inGuest("dmsetup load freezable --table '0 " + QUARTER + " delay " + quarter + "0 " + quarter + HOLD_MS
                + " " + quarter + "0'\n"
                + "dmsetup suspend --noflush --nolockfs freezable; dmsetup resume freezable");
        Await.until("torn writes", FIO_LIMIT, this::differing, regions -> regions.nextSetBit(REGIONS / 4 * 3) >= 0);
    }

    private static String writes(long offsetBytes, long sizeBytes) {
        return "--rw=randwrite --iodepth=" + DEPTH + " --offset=" + offsetBytes + " --size=" + sizeBytes;
    }

    private BitSet differing() {
        try {
            return mirrorLegs().differingRegions();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot compare the legs", e);
        }
    }

    /** Cuts the power of machine and daemon, and checks S1: what the log holds clean is equal on both legs. */
    BitSet cutPowerAndReadTheLog() throws IOException {
        lab().cutPower();
        DiskLogFile log = DiskLogFile.read(lab().file("log"), REGIONS);
        assertTrue(log.isSoundFor(REGIONS), () -> "header of the log device: " + log);
        BitSet dirty = log.dirty(REGIONS);
        BitSet differing = mirrorLegs().differingRegions();
        assertNotEquals(new BitSet(), differing, "regions with a torn write");
        BitSet falselyClean = (BitSet) differing.clone();
        falselyClean.andNot(dirty);
        assertEquals(new BitSet(), falselyClean, "regions that differ although the log calls them clean");
        assertTrue(dirty.cardinality() <= REGIONS / 2, () -> "not the whole mirror is dirty: " + dirty.cardinality());
        return dirty;
    }

    /**
     * Creates the mirror anew and checks that its resync copies exactly the dirty regions, and that the legs are equal.
     */
    void assertExactlyTheseAreResynced(BitSet dirty, MirrorTable table) throws IOException {
        assertTheseAreResynced(dirty, 0, table);
    }

    /**
     * As for exactly these regions, but for marks that the journal had when the power went, and the log device had not
     * yet: their writes were not allowed yet.
     *
     * @param underWay so many marks at most, in the half that was written
     */
    void assertTheseAreResynced(BitSet onDevice, int underWay, MirrorTable table) throws IOException {
        ResyncProbe probe = ResyncProbe.plant(mirrorLegs(), onDevice, REGIONS);
        long before = sectorsWritten("leg1");

        Mirror mirror = Mirror.create(lab(), "m", table);
        mirror.awaitInSync();
        long copied = sectorsWritten("leg1") - before;
        mirror.remove();

        BitSet ahead = probe.spoilt();
        ahead.andNot(probe.differing());
        assertTrue(ahead.cardinality() <= underWay && ahead.nextSetBit(0) >= (ahead.isEmpty() ? -1 : REGIONS / 2),
                () -> "resynced though the log device called them clean: " + ahead);
        BitSet expected = probe.spoilt();
        expected.andNot(ahead);
        assertEquals(expected, probe.differing(), "regions left alone by the resync");
        BitSet resynced = (BitSet) onDevice.clone();
        resynced.or(ahead);
        assertEquals(resynced.stream().mapToLong(GEOMETRY::sectorsOf).sum(), copied, "sectors copied by the resync");
        probe.repair();
        assertEquals(new BitSet(), mirrorLegs().differingRegions(), "regions that differ after the resync");
    }

    /** The mirror is created once more: nothing is left to do, and what was written before the cut is there. */
    void assertNothingIsLost(MirrorTable table) throws IOException {
        long before = sectorsWritten("leg1");
        Mirror mirror = Mirror.create(lab(), "m", table);
        mirror.awaitInSync();
        assertEquals(0, sectorsWritten("leg1") - before, "sectors copied on the second activation");
        mirror.fio(FIO_LIMIT, KEPT + " --verify_only");
        mirror.remove();
        assertEquals(new BitSet(), mirrorLegs().differingRegions(), "regions that differ at the end");
        assertEquals(new BitSet(), dirtyOnDevice(), "regions dirty at the end");
        assertNoComplaints();
    }

    /** Waits until the log device holds nothing dirty: all lazy clears have arrived there. */
    void awaitCleanLog() {
        Await.until("a clean log device", FIO_LIMIT, this::dirtyOnDevice, BitSet::isEmpty);
    }

    BitSet dirtyOnDevice() {
        try {
            return DiskLogFile.read(lab().file("log"), REGIONS).dirty(REGIONS);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the log device's file", e);
        }
    }
}
