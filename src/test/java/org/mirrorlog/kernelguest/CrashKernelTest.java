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

/** What the scenarios with a power cut share: writes that are torn on leg 1, and the account of the resync afterwards. */
abstract class CrashKernelTest extends KernelGuestTest {
    /** 1024 regions of 64 KiB. */
    static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(128 * 1024, 128);
    static final int REGIONS = GEOMETRY.regions();
    /** Finished before the cut, in the lower half: must be there afterwards. */
    static final String KEPT = "--rw=randwrite --iodepth=8 --offset=0 --size=" + GEOMETRY.bytes() / 2 + " --io_size=512k";
    /** Running at the cut, in the upper half; the slow leg keeps all eight writes in flight nearly always. */
    private static final String TORN = "--rw=randwrite --iodepth=8 --offset=" + GEOMETRY.bytes() / 2 + " --size="
            + GEOMETRY.bytes() / 2 + " --io_size=16m --do_verify=0";
    private static final int DELAY_MS = 200;
    private static final int MANY_WRITES = 60;
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

    /**
     * The same table with a second leg whose writes arrive later: when the power is cut, leg 0 has what leg 1 lacks.
     * Without it a test could pass with no torn write in it. Cache flushes are not delayed: the kernel's own log flushes
     * the legs, and no write is in flight while it does.
     */
    MirrorTable withSlowLeg(MirrorTable table) {
        String leg = lab().device("leg1") + " 0 ";
        lab().inGuest("dmsetup create slow --table '0 " + GEOMETRY.sectors() + " delay " + leg + "0 " + leg + DELAY_MS
                + " " + leg + "0'");
        return table.withLegs(List.of(lab().device("leg0"), "/dev/mapper/slow"));
    }

    /** Writes until many writes have been done, and returns with the load still running. */
    CompletableFuture<GuestResult> startTornWrites(Mirror mirror) {
        long before = sectorsWritten("leg0");
        CompletableFuture<GuestResult> load = mirror.startFio(TORN);
        awaitWrites(load, before);
        return load;
    }

    /** Waits for many more writes of a load that runs. */
    void awaitWrites(CompletableFuture<GuestResult> load, long sectorsBefore) {
        Await.until("writes before the cut", FIO_LIMIT, () -> sectorsWritten("leg0"),
                now -> now - sectorsBefore > MANY_WRITES * 8);
        assertFalse(load.isDone(), "the load still runs");
    }

    /** Cuts the power of machine and daemon, and checks S1: what the log holds clean is equal on both legs. */
    BitSet cutPowerAndReadTheLog() throws IOException {
        lab().cutPower();
        DiskLogFile log = DiskLogFile.read(lab().file("log"), REGIONS);
        assertTrue(log.isSoundFor(REGIONS), () -> "header of the log device: " + log);
        BitSet dirty = log.dirty(REGIONS);
        BitSet differing = mirrorLegs().differingRegions();
        assertNotEquals(new BitSet(), differing, "regions with a torn write (without any this test shows nothing)");
        BitSet falselyClean = (BitSet) differing.clone();
        falselyClean.andNot(dirty);
        assertEquals(new BitSet(), falselyClean, "regions that differ although the log calls them clean");
        assertTrue(dirty.cardinality() <= REGIONS / 2, () -> "not the whole mirror is dirty: " + dirty.cardinality());
        return dirty;
    }

    /** Creates the mirror anew and checks that its resync copies exactly the dirty regions, and that the legs are equal. */
    void assertExactlyTheseAreResynced(BitSet dirty, MirrorTable table) throws IOException {
        ResyncProbe probe = ResyncProbe.plant(mirrorLegs(), dirty, REGIONS);
        long before = sectorsWritten("leg1");

        Mirror mirror = Mirror.create(lab(), "m", table);
        mirror.awaitInSync();
        long copied = sectorsWritten("leg1") - before;
        mirror.remove();

        assertEquals(probe.spoilt(), probe.differing(), "regions left alone by the resync");
        assertEquals(dirty.stream().mapToLong(GEOMETRY::sectorsOf).sum(), copied, "sectors copied by the resync");
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
        assertEquals(new BitSet(), DiskLogFile.read(lab().file("log"), REGIONS).dirty(REGIONS), "regions dirty at the end");
        assertNoComplaints();
    }

    /** Waits until the log device holds nothing dirty: all lazy clears have arrived there. */
    void awaitCleanLog() {
        Await.until("a clean log device", FIO_LIMIT, this::dirtyOnDevice, BitSet::isEmpty);
    }

    private BitSet dirtyOnDevice() {
        try {
            return DiskLogFile.read(lab().file("log"), REGIONS).dirty(REGIONS);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the log device's file", e);
        }
    }
}
