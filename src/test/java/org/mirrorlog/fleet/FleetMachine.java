package org.mirrorlog.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.BitSet;
import org.mirrorlog.emulator.EmulatedDevice;
import org.mirrorlog.emulator.EmulatedMachine;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.emulator.Ioctl;
import org.mirrorlog.emulator.KernelClient;
import org.mirrorlog.emulator.Legs;
import org.mirrorlog.emulator.MirrorTable;

/** The emulated kernel behind one daemon, with one mirrored device. Its calls wait. */
final class FleetMachine {
    static final Duration CALL = Duration.ofSeconds(60);

    private final Kernels kernels;
    private final FleetNode node;
    private final KernelClient client;
    private final EmulatedDevice device;

    /** A machine that has just booted. */
    FleetMachine(Kernels kernels, FleetNode node, Legs legs) {
        this.kernels = kernels;
        this.node = node;
        EmulatedMachine machine = new EmulatedMachine(node.bootId());
        try {
            this.client = new KernelClient(machine, node.socket());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.device = machine.device("mirror", legs);
        kernels.add(client);
    }

    /** To be used on the machines' thread. */
    EmulatedDevice device() {
        return device;
    }

    /** To be used on the machines' thread. */
    EmulatedMachine machine() {
        return client.machine();
    }

    void load(MirrorTable table) {
        ioctl(() -> device.load(table));
    }

    void resume() {
        ioctl(device::resume);
    }

    void suspend() {
        ioctl(device::suspend);
    }

    /** Reads a block, which wakes the mirror's worker. */
    void kick() {
        kernels.run(() -> device.read(0, 4096, bio -> { }));
    }

    void remove() {
        ioctl(device::remove);
    }

    boolean hasTable() {
        return kernels.call(() -> device.active().isPresent());
    }

    private void ioctl(java.util.concurrent.Callable<Ioctl> call) {
        Ioctl ioctl = kernels.call(call);
        await(ioctl.toString(), () -> kernels.call(ioctl::isDone));
        int error = kernels.call(ioctl::error);
        if (error != 0) {
            throw new AssertionError(ioctl + " on " + node.name() + ": error " + error + ": " + node.tail());
        }
    }

    /**
     * Waits until the log tells this kernel that all regions are in sync. A kernel that was told that there is nothing
     * to copy now asks when something wakes it: its daemon would, which is not told how in a fleet.
     */
    void awaitInSync() {
        await("resync", () -> {
            boolean isDone = syncCount() == kernels.call(() -> mirror().regionCount());
            if (!isDone) {
                kick();
            }
            return isDone;
        });
    }

    /** Regions in sync, as the log tells this kernel. */
    long syncCount() {
        Ioctl status = kernels.call(device::status);
        await("status", () -> kernels.call(status::isDone));
        return kernels.call(() -> status.status().orElseThrow().syncCount());
    }

    /** What the log says of each region, asked as the kernel asks. */
    BitSet inSync() {
        BitSet answers = new BitSet();
        int count = (int) (long) kernels.call(() -> mirror().regionCount());
        for (int i = 0; i < count; i++) {
            int region = i;
            Boolean[] answer = {null};
            kernels.run(() -> mirror().askInSync(region, isInSync -> answer[0] = isInSync));
            await("IN_SYNC of region " + region, () -> kernels.call(() -> answer[0] != null));
            answers.set(region, answer[0]);
        }
        return answers;
    }

    private EmulatedMirror mirror() {
        return device.active().orElseThrow(() -> new AssertionError(node.name() + " has no table"));
    }

    private void await(String what, java.util.concurrent.Callable<Boolean> condition) {
        Waiting.until(what + " on " + node.name(), CALL, condition, () -> "the kernel waits for "
                + kernels.call(() -> device.active().map(EmulatedMirror::workerWaitsFor).orElse("a table")) + "; "
                + node.logs() + "; " + node.tail());
    }

    /** Power cut: nothing that it has under way ever happens. */
    void vanish() {
        kernels.remove(client);
    }
}
