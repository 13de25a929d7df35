package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The way that every user takes: the daemon on the kernel's own machine, its own netlink socket opposite the real
 * dm-log-userspace, no relay. Both log types at once, since the daemon's start is what takes long here.
 */
class NetlinkKernelTest extends KernelGuestTest {
    /** 17 regions, the last one half used. */
    private static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(16 * 1024 + 512, 1024);
    private static final String WRITES = "--rw=randwrite --iodepth=4 --size=" + GEOMETRY.bytes() + " --io_size=160k";
    /** Other blocks are written while the daemon is away; until then slowly. */
    private static final String LONG_WRITES = "--rw=randwrite --iodepth=4 --size=" + GEOMETRY.bytes()
            + " --io_size=400k --rate_iops=10";
    private static final Duration LIMIT = Duration.ofMinutes(10);

    @Test
    @Timeout(2400)
    void shouldServeBothLogTypesThroughItsOwnSocketInTheGuest() throws IOException {
        openLab("netlink");
        for (String kind : List.of("core", "disk")) {
            lab().disk("leg0" + kind, GEOMETRY.bytes()).disk("leg1" + kind, GEOMETRY.bytes());
            legs(kind).makeDifferent(kind.length());
        }
        GuestDaemon daemon = new GuestDaemon(lab().disk("log", MIB).programInside().boot()).start();

        List<Mirror> mirrors = List.of(create("core"), create("disk"));
        for (Mirror mirror : mirrors) {
            mirror.awaitInSync();
            mirror.fio(LIMIT, WRITES);
            mirror.suspend();
            mirror.resume();
            mirror.fio(LIMIT, WRITES + " --verify_only");
        }
        killUnderLoad(daemon, mirrors);

        for (Mirror mirror : mirrors) {
            // What operations.md says of a reconnect that was interrupted: on so slow a machine it may look like one.
            mirror.suspend();
            mirror.resume();
            mirror.awaitInSync();
            mirror.fio(LIMIT, LONG_WRITES + " --verify_only");
            assertTrue(mirror.status().matches("0 16896 mirror 2 \\S+ \\S+ 17/17 1 AA (1 clustered-core"
                    + "|3 clustered-disk \\S+ A)"), mirror::status);
            mirror.remove();
        }
        for (String kind : List.of("core", "disk")) {
            assertEquals(new BitSet(), legs(kind).differingRegions(), "regions of " + kind + " that differ");
        }
        DiskLogFile log = DiskLogFile.read(lab().file("log"), GEOMETRY.regions());
        assertTrue(log.isSoundFor(GEOMETRY.regions()), () -> "header of the log device: " + log);
        assertEquals(new BitSet(), log.dirty(GEOMETRY.regions()), "regions that the removed mirror's log holds dirty");
        assertNoComplaintsButReconnects();
    }

    /** kill -9 while fio writes to both; the writes wait, and go on with the next daemon. */
    private void killUnderLoad(GuestDaemon daemon, List<Mirror> mirrors) throws IOException {
        List<CompletableFuture<GuestResult>> loads = mirrors.stream().map(m -> m.startFio(LONG_WRITES)).toList();
        long before = sectorsWritten("leg1disk");
        Await.until("writes before the kill", LIMIT, () -> sectorsWritten("leg1disk"), now -> now > before);
        Files.writeString(lab().directory().resolve("daemon.log"), daemon.log());
        daemon.kill();
        loads.forEach(load -> assertFalse(load.isDone(), "writes go on when the daemon is killed"));
        daemon.start();
        loads.forEach(load -> lab().await(load, LIMIT).orFail());
    }

    private Mirror create(String kind) {
        return Mirror.create(lab(), "netlink-" + kind, new MirrorTable("NETLINK-" + kind, "clustered-" + kind, false,
                lab().device("log"), "sync", GEOMETRY,
                List.of(lab().device("leg0" + kind), lab().device("leg1" + kind))));
    }

    private Legs legs(String kind) {
        return new Legs(lab().file("leg0" + kind), lab().file("leg1" + kind), GEOMETRY);
    }
}
