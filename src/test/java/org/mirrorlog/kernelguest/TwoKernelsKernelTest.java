package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.TablesProgram;
import org.mirrorlog.fleet.LoopbackNet;
import org.mirrorlog.journal.postgres.PostgresServer;

/**
 * Two machines with real kernels write one mirror, each through its own daemon; the daemons share a PostgreSQL. One
 * machine dies with its daemon in the middle of writes (S15, S16, D16, D22).
 */
class TwoKernelsKernelTest extends KernelGuestTest {
    /** 1024 regions of 64 KiB, in four quarters. */
    private static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(128 * 1024, 128);
    private static final int REGIONS = GEOMETRY.regions();
    private static final String UUID = "TWO-1";
    private static final String DEAD = "second";
    private static final long QUARTER = GEOMETRY.bytes() / 4;
    private static final int BLOCK = 4096;
    private static final String ON_AND_ON = " --time_based --runtime=600 --do_verify=0";
    /** By the survivor, in the first half of the first quarter: must be there afterwards. */
    private static final String KEPT = "--rw=randwrite --iodepth=4 --offset=0 --size=" + QUARTER / 2
            + " --io_size=256k";
    /** By the machine that dies, in the second quarter. */
    private static final String ALONE = "--rw=randwrite --iodepth=8 --offset=" + QUARTER + " --size=" + QUARTER
            + ON_AND_ON;
    /** In the same regions as the other machine, but not in the same blocks: that is for a file system to arrange. */
    private static final String EVERY_OTHER_BLOCK = "--rw=write:4k --iodepth=4 --offset=%d --size=" + (QUARTER - BLOCK)
            + ON_AND_ON;
    /** So much later do its writes reach the second leg: some are torn whenever it dies. */
    private static final int LATER_MS = 1_000;
    private static final long MANY_WRITES = 60;
    private static final Duration LIMIT = Duration.ofSeconds(240);

    @ParameterizedTest
    @ValueSource(strings = {"clustered-disk", "clustered-core"})
    @Timeout(900)
    void d22ShouldResyncWhatADeadKernelWasWritingWhileTheOtherOneWrites(String type) throws Exception {
        openLab("two-kernels-" + type).disk("leg0", GEOMETRY.bytes()).disk("leg1", GEOMETRY.bytes())
                .sharedDisk("log", MIB);
        try (KernelLab other = KernelLab.open("two-kernels-" + type + "-2").disksOf(lab());
                PostgresServer server = PostgresServer.start();
                LoopbackNet net = LoopbackNet.take();
                TablesProgram tables = new TablesProgram(directoryOf(lab()));
                TablesProgram othersTables = new TablesProgram(directoryOf(other))) {
            tables.serve((node, verb) -> act(lab(), verb));
            othersTables.serve((node, verb) -> act(other, verb));
            String url = PostgresServer.url(server.port(), server.database());
            new GuestCluster(net, url).node(reactivating(lab(), tables), 1, "first").boot().startDaemon();
            new GuestCluster(net, url).node(reactivating(other, othersTables), 2, DEAD).boot().startDaemon();

            Mirror mirror = Mirror.create(lab(), "m", table(lab(), type, lab().device("leg1")));
            other.inGuest("dmsetup create late --table '0 " + GEOMETRY.sectors() + " delay "
                    + other.device("leg1") + " 0 0 "
                    + other.device("leg1") + " 0 " + LATER_MS + "'");
            Mirror others = Mirror.create(other, "m", table(other, type, "/dev/mapper/late"));
            others.startFio(ALONE);
            others.startFio(String.format(EVERY_OTHER_BLOCK, 2 * QUARTER + BLOCK));
            CompletableFuture<GuestResult> load = mirror.startFio(String.format(EVERY_OTHER_BLOCK, 2 * QUARTER));
            mirror.fio(LIMIT, KEPT);
            awaitWrites(other);
            Await.until("torn writes", LIMIT, this::tornByOther, regions -> !regions.isEmpty());
            other.cutPower();
            awaitWrites(lab());

            assertNotEquals(new BitSet(), tornByOther(), "regions with a torn write");
            BitSet untouched = new BitSet();
            untouched.set(REGIONS / 8, REGIONS / 4);
            untouched.set(REGIONS / 4 * 3, REGIONS);
            legs0And1().plantCanaries(untouched);
            confirmDeathAndAwaitResync();
            assertFalse(load.isDone(), "the survivor writes on");
            assertEquals(List.of("first suspend", "first resume"),
                    tables.done().stream().filter(call -> !call.endsWith("kick")).toList());

            awaitWrites(lab());
            lab().inGuest("pkill fio");
            lab().await(load, LIMIT);
            mirror.awaitInSync();
            mirror.fio(LIMIT, KEPT + " --verify_only");
            mirror.remove();
            assertEquals(untouched, differing(0, REGIONS), "only what nobody wrote was left alone");
            legs0And1().takeCanariesAway(untouched);
            assertEquals(new BitSet(), differing(0, REGIONS), "regions that differ at the end");
            if (type.endsWith("disk")) {
                assertEquals(new BitSet(), DiskLogFile.read(lab().file("log"), REGIONS).dirty(REGIONS),
                        "dirty at the end");
            }
            assertNoComplaints();
        }
    }

    private static Path directoryOf(KernelLab lab) throws IOException {
        return Files.createDirectories(lab.directory().resolve("tables"));
    }

    private static void act(KernelLab lab, String verb) {
        switch (verb) {
            case "suspend", "resume" -> lab.inGuest("dmsetup " + verb + " m");
            case "kick" -> lab.inGuest("dd if=/dev/mapper/m of=/dev/null bs=4k count=1 iflag=direct");
            default -> throw new IllegalArgumentException(verb);
        }
    }

    private static KernelLab reactivating(KernelLab lab, TablesProgram tables) {
        return lab.daemonSetting("-D" + tables.setting()).daemonSetting("-Dmirrorlog.after-death=reactivate");
    }

    private static MirrorTable table(KernelLab lab, String type, String secondLeg) {
        return new MirrorTable(UUID, type, false, lab.device("log"), "nosync", GEOMETRY,
                List.of(lab.device("leg0"), secondLeg));
    }

    /**
     * The operator says that it is dead, as soon as the cluster has lost it; then all that it had marked is resynced.
     */
    private void confirmDeathAndAwaitResync() {
        JsonNode lost = Await.until("the loss of the dead node", LIMIT,
                () -> lab().daemon().json("/mirrorlog/nodes/" + DEAD).at("/runs/0"),
                run -> run.has("isConnected") && !run.path("isConnected").asBoolean());
        long marks = lost.path("marks").asLong();
        assertTrue(marks > 0 && marks <= REGIONS / 2, () -> "marked by the dead: " + marks);
        assertEquals(REGIONS, inSync(), "S15: frozen, no more");

        CompletableFuture<String> confirmed = CompletableFuture.supplyAsync(() -> Shell.run(
                Path.of("deploy/mirrorlogctl").toString(), "fence-confirm", DEAD, "--yes", "--power-is-off",
                "--url=" + lab().daemon().url()));
        long[] lowest = {REGIONS};
        Await.until("the resync of " + marks + " regions", LIMIT, () -> {
            long now = inSync();
            lowest[0] = Math.min(lowest[0], now);
            return now;
        }, now -> confirmed.getNow(null) != null && now == REGIONS && lowest[0] < REGIONS);
        assertEquals(REGIONS - marks, lowest[0], "S16: exactly what the dead had marked");
    }

    private long inSync() {
        return lab().daemon().json("/mirrorlog/logs/" + UUID).path("inSync").asLong();
    }

    private static void awaitWrites(KernelLab machine) {
        long before = written(machine);
        Await.until("writes", LIMIT, () -> written(machine), now -> now - before > MANY_WRITES * BLOCK / 512);
    }

    private static long written(KernelLab machine) {
        return Long.parseLong(machine.inGuest("awk '{print $7}' /sys/class/block/$(basename $(readlink -f "
                + machine.device("leg0") + "))/stat"));
    }

    private Legs legs0And1() {
        return new Legs(lab().file("leg0"), lab().file("leg1"), GEOMETRY);
    }

    /** In the quarter that only the machine that dies writes. */
    private BitSet tornByOther() {
        try {
            return differing(REGIONS / 4, REGIONS / 2);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot compare the legs", e);
        }
    }

    private BitSet differing(int from, int to) throws IOException {
        BitSet range = new BitSet();
        range.set(from, to);
        range.and(legs0And1().differingRegions());
        return range;
    }
}
