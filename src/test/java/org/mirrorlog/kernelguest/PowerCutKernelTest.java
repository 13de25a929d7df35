package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The power goes off in the middle of writes to a mirror on our log; machine and daemon die at one moment. */
class PowerCutKernelTest extends CrashKernelTest {

    @ParameterizedTest(name = "integrated_flush {0}")
    @ValueSource(booleans = {false, true})
    @Timeout(900)
    void shouldResyncExactlyTheDirtyRegionsAfterAPowerCut(boolean integratedFlush) throws IOException {
        openCrashLab("power-cut-" + integratedFlush);
        lab().boot().startDaemon();
        MirrorTable table = table("clustered-disk", integratedFlush);
        Mirror mirror = Mirror.create(lab(), "m", withFreezableLeg(table).withSync("nosync"));
        mirror.fio(FIO_LIMIT, KEPT);
        awaitCleanLog();

        startWrites(mirror);

        checkAfterTheCut(table);
    }

    /** S17: marks of before the daemon's restart are still marks when the power goes. */
    @Test
    @Timeout(900)
    void shouldResyncExactlyTheDirtyRegionsWhenTheDaemonHadBeenKilledBefore() throws IOException {
        openCrashLab("power-cut-after-kill");
        lab().boot().startDaemon();
        MirrorTable table = table("clustered-disk", false);
        Mirror mirror = Mirror.create(lab(), "m", withFreezableLeg(table).withSync("nosync"));
        mirror.fio(FIO_LIMIT, KEPT);
        awaitCleanLog();
        List<CompletableFuture<GuestResult>> loads = startWrites(mirror);
        lab().killDaemon();
        lab().startDaemon();
        awaitWrites(loads);

        checkAfterTheCut(table);
    }

    /** A core log has no device; the daemon's journal remembers what was dirty, "nosync" notwithstanding (D18). */
    @Test
    @Timeout(900)
    void shouldRememberTheDirtyRegionsOfACoreLogOverAPowerCut() throws IOException {
        openCrashLab("power-cut-core");
        lab().boot().startDaemon();
        MirrorTable table = table("clustered-core", false).withSync("nosync");
        Mirror mirror = Mirror.create(lab(), "m", withFreezableLeg(table));
        mirror.fio(FIO_LIMIT, KEPT);
        awaitNothingDirty(mirror);
        startWrites(mirror);
        tearWrites();
        lab().cutPower();
        assertNotEquals(new BitSet(), mirrorLegs().differingRegions(), "regions with a torn write");
        lab().boot().startDaemon();

        BitSet written = new BitSet();
        written.set(REGIONS / 2, REGIONS);
        ResyncProbe probe = ResyncProbe.plant(mirrorLegs(), written, REGIONS);
        long before = sectorsWritten("leg1");
        mirror = Mirror.create(lab(), "m", table);
        mirror.awaitInSync();
        long copied = sectorsWritten("leg1") - before;
        mirror.remove();

        assertEquals(probe.spoilt(), probe.differing(), "regions that differ: the clean half was left alone");
        assertTrue(copied > 0 && copied < GEOMETRY.sectors() / 2, () -> "sectors copied by the resync: " + copied);
        assertNoComplaints();
    }

    private void checkAfterTheCut(MirrorTable table) throws IOException {
        String firstBoot = lab().bootId();
        tearWrites();
        BitSet dirty = cutPowerAndReadTheLog();
        lab().boot().startDaemon();
        assertNotEquals(firstBoot, lab().bootId(), "the machine has booted anew");
        // "nosync" only speaks for regions the log knows nothing of; it must not hide what the crash has left dirty.
        assertTheseAreResynced(dirty, WRITES_UNDER_WAY, table.withSync("nosync"));
        assertNothingIsLost(table);
    }
}
