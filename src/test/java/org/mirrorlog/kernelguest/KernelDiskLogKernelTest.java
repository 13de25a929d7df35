package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One log device, served in turn by the kernel's own disk log and by ours (protocol.md 5.5). */
class KernelDiskLogKernelTest extends CrashKernelTest {
    private static final String OURS = "clustered-disk";
    private static final String KERNELS = "disk";

    @Test
    @Timeout(900)
    void shouldHandACleanLogToAndFroWithoutAnyResync() throws IOException {
        openCrashLab("disk-log-clean");
        lab().boot().startDaemon();
        MirrorTable kernels = table(KERNELS, false);
        writeAndRemove(kernels.withSync("nosync"), KEPT);

        assertNothingIsCopied(kernels.withType(OURS));
        writeAndRemove(kernels.withType(OURS), KEPT);
        assertNothingIsCopied(kernels);
        writeAndRemove(kernels, KEPT);
        assertNothingIsCopied(kernels.withType(OURS));

        assertNothingIsLost(kernels.withType(OURS));
    }

    @Test
    @Timeout(900)
    void shouldResyncExactlyWhatACrashedKernelLogHoldsDirty() throws IOException {
        openCrashLab("disk-log-kernel-crashed");
        lab().boot();
        MirrorTable kernels = table(KERNELS, false);
        writeAndRemove(kernels.withSync("nosync"), KEPT);
        startWrites(Mirror.create(lab(), "m", withFreezableLeg(kernels)));
        tearWrites();
        BitSet dirty = cutPowerAndReadTheLog();

        lab().boot().startDaemon();

        assertExactlyTheseAreResynced(dirty, kernels.withType(OURS));
        assertNothingIsLost(kernels.withType(OURS));
    }

    @Test
    @Timeout(900)
    void shouldLeaveALogOfWhichTheKernelResyncsExactlyTheDirtyRegionsAfterACrash() throws IOException {
        openCrashLab("disk-log-ours-crashed");
        lab().boot().startDaemon();
        MirrorTable ours = table(OURS, false);
        writeAndRemove(ours.withSync("nosync"), KEPT);
        startWrites(Mirror.create(lab(), "m", withFreezableLeg(ours)));
        tearWrites();
        BitSet dirty = cutPowerAndReadTheLog();

        lab().boot();

        assertExactlyTheseAreResynced(dirty, ours.withType(KERNELS));
        assertNothingIsLost(ours.withType(KERNELS));
    }

    private void writeAndRemove(MirrorTable table, String writes) {
        Mirror mirror = Mirror.create(lab(), "m", table);
        mirror.awaitInSync();
        mirror.fio(FIO_LIMIT, writes);
        mirror.remove();
    }

    private void assertNothingIsCopied(MirrorTable table) throws IOException {
        assertExactlyTheseAreResynced(new BitSet(), table);
        assertEquals(new BitSet(), dirtyOnDevice(), "regions dirty");
    }
}
