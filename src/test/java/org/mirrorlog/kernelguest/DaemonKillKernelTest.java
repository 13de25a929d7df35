package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** {@code kill -9} of the daemon while a real kernel writes: S3, S17, D14 as a machine's user meets them. */
class DaemonKillKernelTest extends KernelGuestTest {
    private static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(32 * 1024, 512);
    private static final int KILLS = 2;
    private static final Duration FIO_LIMIT = Duration.ofSeconds(400);

    /** A kind of mirror with a letter that ends the names of its disks. */
    private record Kind(String letter, String type, boolean integratedFlush) {
        String disk(String name) {
            return name + letter;
        }
    }

    private static final List<Kind> KINDS = List.of(new Kind("a", "clustered-core", false),
            new Kind("b", "clustered-core", true), new Kind("c", "clustered-disk", false),
            new Kind("d", "clustered-disk", true));

    @Test
    @Timeout(900)
    void shouldLoseNothingWhenTheDaemonIsKilledUnderLoadTwice() throws IOException {
        openLab("daemon-kill");
        for (Kind kind : KINDS) {
            lab().disk(kind.disk("leg0"), GEOMETRY.bytes()).disk(kind.disk("leg1"), GEOMETRY.bytes());
            lab().sharedDisk(kind.disk("log"), MIB);
        }
        lab().boot().startDaemon();
        Map<Mirror, CompletableFuture<GuestResult>> loads = new LinkedHashMap<>();
        for (Kind kind : KINDS) {
            Mirror mirror = Mirror.create(lab(), kind.disk("kill"), table(kind));
            loads.put(mirror, mirror.startFio("--rw=randwrite --iodepth=4 --size=" + GEOMETRY.bytes()
                    + " --io_size=8m --rate_iops=20"));
        }

        for (int kill = 1; kill <= KILLS; kill++) {
            awaitWritesToEachMirror();
            lab().killDaemon();
            loads.forEach((mirror, load) -> assertFalse(load.isDone(), mirror.name() + " still writes when killed"));
            lab().startDaemon();
        }

        assertAll(loads.entrySet().stream().map(entry -> verified(entry.getKey(), entry.getValue())));
        for (Mirror mirror : loads.keySet()) {
            mirror.awaitInSync();
            mirror.remove();
        }
        assertAll(KINDS.stream().flatMap(this::nothingLeft));
        assertNoComplaintsButReconnects();
    }

    private MirrorTable table(Kind kind) {
        return new MirrorTable("KILL-" + kind.letter(), kind.type(), kind.integratedFlush(),
                lab().device(kind.disk("log")), "nosync", GEOMETRY,
                List.of(lab().device(kind.disk("leg0")), lab().device(kind.disk("leg1"))));
    }

    /** I/O goes on: each mirror's second leg has been written to since the last kill. */
    private void awaitWritesToEachMirror() {
        Map<String, Long> before = writtenSectors();
        Await.until("writes to each mirror", FIO_LIMIT, this::writtenSectors,
                now -> before.keySet().stream().allMatch(leg -> now.get(leg) > before.get(leg)));
    }

    private Map<String, Long> writtenSectors() {
        return KINDS.stream().map(kind -> kind.disk("leg1"))
                .collect(Collectors.toMap(leg -> leg, this::sectorsWritten));
    }

    private Executable verified(Mirror mirror, CompletableFuture<GuestResult> load) {
        return () -> lab().await(load, FIO_LIMIT).orFail();
    }

    private Stream<Executable> nothingLeft(Kind kind) {
        Legs legs = new Legs(lab().file(kind.disk("leg0")), lab().file(kind.disk("leg1")), GEOMETRY);
        List<Executable> checks = new ArrayList<>();
        checks.add(() -> assertEquals(new BitSet(), legs.differingRegions(), "legs of " + kind));
        if (kind.type().equals("clustered-disk")) {
            checks.add(() -> assertEquals(new BitSet(), DiskLogFile.read(lab().file(kind.disk("log")),
                    GEOMETRY.regions()).dirty(GEOMETRY.regions()), "dirty regions in the log of " + kind));
        }
        return checks.stream();
    }
}
