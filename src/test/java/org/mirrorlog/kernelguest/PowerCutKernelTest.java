package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The power goes off in the middle of writes to a mirror on our log; machine and daemon die at one moment. */
class PowerCutKernelTest extends CrashKernelTest {
    /** Both cuts hit writes, and leg 1 is late by 300 ms: some are torn. */
    private static final long TEARING_SEED = 3;

    @Test
    @Timeout(900)
    void shouldResyncExactlyTheDirtyRegionsAfterAPowerCut() throws IOException {
        openCrashLab("power-cut");
        lab().boot().startDaemon();
        MirrorTable table = table("clustered-disk", true);
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

    /**
     * Two cuts of {@code deploy/soak-kernel}, of both log types at once. A core log has no device; the daemon's journal
     * remembers what was dirty, "nosync" notwithstanding (D18), also if the host forgets what was not forced.
     */
    @Test
    @Timeout(900)
    void shouldFindNoDifferenceAfterCutsOfTheGuestAndOfTheHost() throws Exception {
        openLab("power-cuts");
        PowerCuts cuts = PowerCuts.begin(lab(), TEARING_SEED);

        for (boolean isOfHost : List.of(false, true)) {
            assertEquals(isOfHost, cuts.cut().plan().isOfHost());
        }

        cuts.resync();
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
