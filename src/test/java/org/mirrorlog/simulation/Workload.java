package org.mirrorlog.simulation;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.mirrorlog.emulator.Bio;
import org.mirrorlog.emulator.EmulatedDevice;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.emulator.Ioctl;

/** What applications and management do with one mirror, on every machine. */
final class Workload {
    private static final int MOST_OPEN = 12;

    /** What to do after an ioctl has returned; until then management waits. */
    private enum Mode { BUSY, HEALING, IDLE }

    private final Simulation sim;
    private final Mirror mirror;
    private final Map<Machine, Map<Integer, Long>> open = new LinkedHashMap<>();
    /** Where somebody reads for that. */
    private final Set<Machine> waking = new LinkedHashSet<>();
    private final Map<Integer, Long> openedUs = new LinkedHashMap<>();
    private int regions;
    private int regionSizeSectors;
    private Mode mode = Mode.BUSY;
    private boolean isWriting = true;

    Workload(Simulation sim, Mirror mirror) {
        this.sim = sim;
        this.mirror = mirror;
        regions = mirror.shape().regions();
        regionSizeSectors = mirror.shape().regionSizeSectors();
        sim.machines().forEach(machine -> open.put(machine, new LinkedHashMap<>()));
    }

    void start() {
        for (Machine machine : sim.machines()) {
            use(machine);
            manage(machine);
        }
    }

    /** From now on management only repairs. */
    void heal() {
        mode = Mode.HEALING;
        sim.machines().forEach(this::manage);
    }

    /** From now on management does nothing, and applications only read. */
    void rest() {
        mode = Mode.IDLE;
        isWriting = false;
    }

    /** Since when the oldest read or write has been under way; now, if there is none. */
    long oldestUs() {
        // In the order of their beginning, for a sector has one user at a time.
        return openedUs.isEmpty() ? sim.time().nowUs() : openedUs.values().iterator().next();
    }

    int openIo() {
        return open.values().stream().mapToInt(Map::size).sum();
    }

    // --- applications

    private void use(Machine machine) {
        sim.time().after(sim.dice().exponential(sim.plan().writeEveryMs() * 1_000), () -> {
            if (machine.isUp() && mirror.device(machine).active().isPresent() && open.get(machine).size() < MOST_OPEN) {
                submit(machine, mirror.device(machine));
            }
            use(machine);
        });
    }

    private void submit(Machine machine, EmulatedDevice device) {
        int sectors = (int) device.active().orElseThrow().table().lengthSectors();
        int sector = sim.dice().chance(0.8) ? sim.dice().below(mirror.shape().hotSectors()) * 7 % sectors
                : sim.dice().below(sectors);
        if (mirror.storage().take(sector, machine)) {
            submit(machine, device, sector, isWriting && sim.dice().chance(0.7));
        }
    }

    /** Whether the sector could be written: nobody uses it. */
    boolean write(Machine machine, int sector) {
        boolean isFree = mirror.storage().take(sector, machine);
        if (isFree) {
            submit(machine, mirror.device(machine), sector, true);
        }
        return isFree;
    }

    int openIo(Machine machine) {
        return open.get(machine).size();
    }

    private void submit(Machine machine, EmulatedDevice device, int sector, boolean isWrite) {
        long version = isWrite ? mirror.storage().newVersion() : 0;
        open.get(machine).put(sector, version);
        openedUs.put(sector, sim.time().nowUs());
        sim.trace().add(machine.name(), isWrite ? "app writes sector" : "app reads sector", sector, "version", version);
        machine.touch(() -> {
            long offset = (long) sector * Storage.SECTOR_BYTES;
            if (isWrite) {
                device.write(offset, Storage.data(version), bio -> ended(machine, sector, version, bio));
            } else {
                device.read(offset, Storage.SECTOR_BYTES, bio -> ended(machine, sector, version, bio));
            }
        });
    }

    /** Somebody reads a sector, so that the kernel's worker asks for work; in an exploration only one at a time. */
    void wake(Machine machine) {
        EmulatedDevice device = mirror.device(machine);
        if (device.active().isPresent() && !device.isSuspended() && !device.isBusy()) {
            boolean isOnce = sim.time().isExplored();
            if (!isOnce || waking.add(machine)) {
                machine.touch(() -> device.read(0, Storage.SECTOR_BYTES, bio -> waking.remove(machine)));
            }
        }
    }

    private void ended(Machine machine, int sector, long version, Bio bio) {
        if (open.get(machine).remove(sector) == null) {
            return;
        }
        openedUs.remove(sector);
        mirror.storage().giveBack(sector);
        sim.trace().add(machine.name(), "app's", bio.isWrite() ? "write of sector" : "read of sector", sector,
                bio.state());
        if (bio.isWrite()) {
            mirror.storage().written(sector, version, bio.state() == Bio.State.DONE);
        } else if (bio.state() == Bio.State.DONE) {
            mirror.checkers().read(sector, Storage.version(bio.data()));
        }
    }

    void crashed(Machine machine) {
        waking.remove(machine);
        open.get(machine).forEach((sector, version) -> {
            openedUs.remove(sector);
            mirror.storage().giveBack(sector);
            if (version > 0) {
                mirror.storage().written(sector, version, false);
            }
        });
        open.get(machine).clear();
    }

    // --- management

    private void manage(Machine machine) {
        long everyMs = mode == Mode.BUSY ? sim.plan().manageEveryMs() : 1_000;
        boolean isNew = machine.isUp() && mirror.device(machine).active().isEmpty();
        sim.time().after(sim.dice().exponential(isNew ? 100_000 : everyMs * 1_000), () -> {
            if (machine.isUp() && mode != Mode.IDLE && !mirror.device(machine).isBusy()) {
                machine.touch(() -> act(machine, mirror.device(machine)));
            }
            manage(machine);
        });
    }

    private void act(Machine machine, EmulatedDevice device) {
        EmulatedMirror active = device.active().orElse(null);
        boolean isTooEarly = sim.plan().odds().containsKey(Fault.LATECOMER) && !machine.equals(sim.machines().get(0))
                && sim.journal().era() == 0 && !sim.isCalm();
        if (active == null && isTooEarly) {
            sim.hit(Fault.LATECOMER);
        } else if (active == null || device.isSuspended() && device.inactive().isPresent()) {
            if (device.inactive().isEmpty()) {
                load(machine, device);
            } else {
                say(machine, device.resume());
            }
        } else if (device.isSuspended()) {
            say(machine, device.resume());
        } else if (device.inactive().isPresent()) {
            swapOrClear(machine, device);
        } else if (active.hasLogFailure() || active.heldWrites() > 0) {
            load(machine, device);
        } else if (mode == Mode.BUSY) {
            disturb(machine, device);
        }
    }

    /** The cluster suspends the mirror on all machines at once; each resumes it by itself. */
    void suspendAll() {
        for (Machine machine : sim.machines()) {
            boolean isFree = machine.isUp() && !mirror.device(machine).isBusy() && !mirror.device(machine)
                    .isSuspended();
            if (isFree && mode == Mode.BUSY) {
                machine.touch(() -> say(machine, mirror.device(machine).suspend(sim.dice().chance(0.5))));
                sim.time().after(sim.dice().exponential(1_500_000), () -> machine.touch(() -> resumeAgain(machine)));
            }
        }
    }

    /** Suspends and resumes what is in use, like Reactivator, whose helper survives the daemon. */
    void reactivate(Machine machine) {
        EmulatedDevice device = mirror.device(machine);
        boolean isFree = !device.isBusy() && !device.isSuspended();
        if (machine.isUp() && isFree && device.active().isPresent() && device.inactive().isEmpty()) {
            sim.hit(Fault.REACTIVATED);
            machine.touch(() -> say(machine, device.suspend()));
            resumeReactivated(machine, machine.incarnation());
        }
    }

    private void resumeReactivated(Machine machine, String incarnation) {
        sim.time().after(100_000, () -> {
            if (!machine.isUp() || !machine.incarnation().equals(incarnation)) {
                return;
            }
            if (mirror.device(machine).isBusy()) {
                resumeReactivated(machine, incarnation);
            } else if (mirror.device(machine).isSuspended()) {
                machine.touch(() -> say(machine, mirror.device(machine).resume()));
            }
        });
    }

    private void resumeAgain(Machine machine) {
        if (!mirror.device(machine).isBusy() && mirror.device(machine).isSuspended() && mode == Mode.BUSY) {
            act(machine, mirror.device(machine));
        }
    }

    private void swapOrClear(Machine machine, EmulatedDevice device) {
        if (mode == Mode.BUSY && sim.dice().chance(0.3) && sim.strikes(Fault.TABLE_CLEARED)) {
            say(machine, device.clear());
        } else {
            say(machine, device.resume());
        }
    }

    private void disturb(Machine machine, EmulatedDevice device) {
        int choice = sim.dice().below(10);
        if (choice < 4 && sim.strikes(Fault.SUSPEND)) {
            say(machine, device.suspend(sim.dice().chance(0.5)));
        } else if (choice < 7 && sim.strikes(Fault.TABLE_SWAP)) {
            changeGeometry();
            load(machine, device);
        } else if (choice < 8 && sim.strikes(Fault.TABLE_REMOVED)) {
            say(machine, device.remove());
        } else if (choice >= 8) {
            say(machine, device.status());
        }
    }

    private void changeGeometry() {
        if (sim.strikes(Fault.GEOMETRY_CHANGED)) {
            if (sim.dice().chance(0.3) && regions * 4 < mirror.storage().sectors()) {
                regionSizeSectors = regionSizeSectors == 2 ? 4 : 2;
            } else {
                regions = Math.min(regions + (int) sim.dice().between(0, 4),
                        mirror.storage().sectors() / regionSizeSectors);
            }
        }
    }

    void load(Machine machine, EmulatedDevice device) {
        say(machine, device.load(mirror.table(regions, regionSizeSectors)));
    }

    void say(Machine machine, Ioctl ioctl) {
        sim.trace().add(machine.name(), "management:", ioctl.toString());
    }
}
