package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A mirror's whole life on a real kernel, for each kind of table. One guest and one daemon serve all of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MirrorLifeKernelTest extends KernelGuestTest {
    /** 65 regions of 512 KiB; the last one is half as large. */
    private static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(64 * 1024 + 512, 1024);
    private static final Duration FIO_LIMIT = Duration.ofSeconds(240);
    private static final String WRITES = "--rw=randwrite --iodepth=8 --size=" + GEOMETRY.bytes() + " --io_size=1m";

    private int mirrors;

    @Override
    boolean keepsLab() {
        return true;
    }

    @AfterAll
    void closeAtLast() throws IOException {
        closeLab();
    }

    static Stream<Arguments> tables() {
        return Stream.of("clustered-core", "clustered-disk").flatMap(type -> Stream.of(false, true)
                .flatMap(integrated -> Stream.of("sync", "nosync").map(sync -> Arguments.of(type, integrated, sync))));
    }

    @ParameterizedTest(name = "{0}, integrated_flush {1}, {2}")
    @MethodSource("tables")
    @Timeout(600)
    void shouldServeAMirrorFromCreateToRemove(String type, boolean integratedFlush, String sync) throws IOException {
        bootOnce();
        Legs legs = new Legs(lab().file("leg0"), lab().file("leg1"), GEOMETRY);
        boolean resyncs = sync.equals("sync");
        prepare(legs, resyncs);
        String uuid = "LIFE-" + (++mirrors) + "-" + type;
        MirrorTable table = new MirrorTable(uuid, type, integratedFlush, lab().device("log"), sync, GEOMETRY, legs());
        long writtenBefore = sectorsWritten("leg1");

        Mirror mirror = Mirror.create(lab(), "life", table);
        mirror.awaitInSync();

        assertEquals(resyncs ? GEOMETRY.sectors() : 0, sectorsWritten("leg1") - writtenBefore, "sectors resynced");
        assertEquals(new BitSet(), legs.differingRegions(), "regions that differ after the resync");
        assertEquals(mirror.statusInSync(), mirror.status());
        assertEquals(mirror.tableInForce(), lab().inGuest("dmsetup table life"));
        mirror.fio(FIO_LIMIT, WRITES);

        suspendAndResumeWithoutAnyCopy(mirror);
        swapTheTableUnderLoad(mirror);

        mirror.fio(FIO_LIMIT, WRITES + " --verify_only");
        assertEquals(mirror.statusInSync(), mirror.status());
        mirror.remove();
        assertEquals(new BitSet(), legs.differingRegions(), "regions that differ at the end");
        if (table.hasDisk()) {
            assertLogIsClean();
        }
        assertNoComplaints();
    }

    private void bootOnce() throws IOException {
        if (lab() == null) {
            openLab("life").disk("leg0", GEOMETRY.bytes()).disk("leg1", GEOMETRY.bytes()).sharedDisk("log", MIB)
                    .boot().startDaemon();
        }
    }

    private void prepare(Legs legs, boolean different) throws IOException {
        if (different) {
            legs.makeDifferent(mirrors);
        } else {
            legs.makeEqual(mirrors);
        }
        Files.write(lab().file("log"), new byte[(int) MIB]);
    }

    /** A suspend of an idle mirror loses nothing: the same instance goes on where it was. */
    private void suspendAndResumeWithoutAnyCopy(Mirror mirror) {
        awaitNothingDirty(mirror);
        long writtenBefore = sectorsWritten("leg1");
        mirror.suspend();
        mirror.resume();
        mirror.awaitInSync();
        assertEquals(mirror.statusInSync(), mirror.status());
        mirror.fio(FIO_LIMIT, WRITES + " --verify_only");
        assertEquals(0, sectorsWritten("leg1") - writtenBefore, "sectors copied by a suspend and resume");
    }

    private void swapTheTableUnderLoad(Mirror mirror) {
        String before = luid(mirror);
        CompletableFuture<GuestResult> load = mirror.startFio(WRITES + " --rate_iops=60");
        mirror.load();
        mirror.suspend();
        mirror.resume();
        mirror.awaitInSync();
        lab().await(load, FIO_LIMIT).orFail();
        String after = luid(mirror);
        assertTrue(!after.equals(before), () -> "the reload made a second instance: " + before + ", then " + after);
    }

    private String luid(Mirror mirror) {
        String json = lab().daemon().logJson(mirror.table().uuid());
        return json.replaceFirst("(?s).*\"luid\"\\s*:\\s*\"?([0-9a-f]+).*", "$1");
    }

    private void assertLogIsClean() throws IOException {
        DiskLogFile log = DiskLogFile.read(lab().file("log"), GEOMETRY.regions());
        assertTrue(log.isSoundFor(GEOMETRY.regions()), () -> "header of the log device: " + log);
        assertEquals(new BitSet(), log.dirty(GEOMETRY.regions()), "regions that the removed mirror's log holds dirty");
    }
}
