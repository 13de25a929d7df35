package org.mirrorlog.emulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One mapped device of an emulated kernel: an active and an inactive table, suspension, and the I/O of applications.
 * Its calls return at once; what they started goes on as the machine is driven.
 *
 * <p>Two writes to the same bytes must not be under way at the same time, on one machine or on several: the legs may
 * take them in different order, here as with real disks.
 */
public final class EmulatedDevice {
    private static final int EBUSY = -16;
    private static final Consumer<Bio> NOBODY = bio -> { };

    private final EmulatedMachine machine;
    private final String name;
    private final Legs legs;
    private final List<Bio> deferred = new ArrayList<>();
    private EmulatedMirror active;
    private EmulatedMirror inactive;
    private Ioctl current;
    private Runnable whenQuiet;
    private final List<Runnable> whenUnread = new ArrayList<>();
    private int statuses;
    private boolean isSuspended = true;
    private boolean isBlocking = true;
    private boolean isNoflush;
    private int inFlight;

    EmulatedDevice(EmulatedMachine machine, String name, Legs legs) {
        this.machine = machine;
        this.name = Objects.requireNonNull(name, "name");
        this.legs = Objects.requireNonNull(legs, "legs");
    }

    /** The name, for messages. */
    public String name() {
        return name;
    }

    EmulatedMachine machine() {
        return machine;
    }

    /** The disks under it. */
    public Legs legs() {
        return legs;
    }

    /** The mirror in use, also while suspended. */
    public Optional<EmulatedMirror> active() {
        return Optional.ofNullable(active);
    }

    /** The mirror loaded to be used next. */
    public Optional<EmulatedMirror> inactive() {
        return Optional.ofNullable(inactive);
    }

    /** Whether no I/O passes. */
    public boolean isSuspended() {
        return isSuspended;
    }

    /** Whether a load, suspend, resume, clear or remove is under way. */
    public boolean isBusy() {
        return current != null;
    }

    // ---- I/O of applications

    /** A write; the array is not copied. */
    public Bio write(long offsetBytes, byte[] data) {
        return write(offsetBytes, data, NOBODY);
    }

    /** A write; the array is not copied. The consumer is called when it has ended, and may submit more. */
    public Bio write(long offsetBytes, byte[] data, Consumer<Bio> whenEnded) {
        return submit(new Bio(true, offsetBytes, data.length, data, whenEnded));
    }

    /** A read. */
    public Bio read(long offsetBytes, int lengthBytes) {
        return read(offsetBytes, lengthBytes, NOBODY);
    }

    /** A read. The consumer is called when it has ended, and may submit more. */
    public Bio read(long offsetBytes, int lengthBytes, Consumer<Bio> whenEnded) {
        return submit(new Bio(false, offsetBytes, lengthBytes, null, whenEnded));
    }

    private Bio submit(Bio bio) {
        if (active == null) {
            throw new IllegalStateException(name + " has no table");
        }
        long end = bio.offsetBytes() + bio.lengthBytes();
        if (bio.offsetBytes() < 0 || bio.lengthBytes() < 1 || end > active.table().lengthSectors() * 512
                || active.region(bio) != (end - 1) / active.regionSizeBytes()) {
            throw new IllegalArgumentException("not within one region of " + name + ": " + bio);
        }
        map(bio);
        machine.settle();
        return bio;
    }

    private void map(Bio bio) {
        if (isBlocking) {
            deferred.add(bio);
        } else if (bio.offsetBytes() + bio.lengthBytes() > active.table().lengthSectors() * 512) {
            // It waited while a shorter table took over.
            machine.soon(() -> bio.end(false));
        } else {
            inFlight++;
            active.map(bio);
        }
    }

    /** From the mirror: done. */
    void ended(Bio bio, boolean isSuccess) {
        machine.soon(() -> bio.end(isSuccess));
        left();
    }

    /** From a mirror being suspended: a write that it had held. */
    void giveBack(Bio bio) {
        if (isNoflush) {
            deferred.add(bio);
        } else {
            machine.soon(() -> bio.end(false));
        }
        left();
    }

    private void left() {
        inFlight--;
        if (inFlight == 0 && whenQuiet != null) {
            Runnable action = whenQuiet;
            whenQuiet = null;
            machine.soon(action);
        }
    }

    // ---- calls of management

    /** Loads a table beside the active one; a table loaded before is destroyed. */
    public Ioctl load(MirrorTable table) {
        return call("load", (task, ioctl) -> EmulatedMirror.load(task, machine, this, table, (error, mirror) -> {
            if (error != 0) {
                end(ioctl, error);
                return;
            }
            EmulatedMirror old = inactive;
            inactive = mirror;
            destroy(task, old, () -> end(ioctl, 0));
        }));
    }

    /** Destroys the table that was loaded but is not in use. */
    public Ioctl clear() {
        return call("clear", (task, ioctl) -> {
            EmulatedMirror old = inactive;
            inactive = null;
            destroy(task, old, () -> end(ioctl, 0));
        });
    }

    /** Lets I/O end and keeps new I/O waiting. Writes that the mirror holds fail. */
    public Ioctl suspend() {
        return suspend(false);
    }

    /**
     * Lets I/O end and keeps new I/O waiting.
     *
     * @param keepsHeldWrites writes that the mirror holds wait for the resume, too, rather than fail
     *     ({@code --noflush})
     */
    public Ioctl suspend(boolean keepsHeldWrites) {
        return call("suspend", (task, ioctl) -> suspendActive(task, keepsHeldWrites, () -> end(ioctl, 0)));
    }

    /** Puts a loaded table in place of the active one, if there is one, and lets I/O pass. */
    public Ioctl resume() {
        return call("resume", (task, ioctl) -> {
            if (inactive == null) {
                resumeActive(task, () -> end(ioctl, 0));
                return;
            }
            suspendActive(task, false, () -> {
                EmulatedMirror old = active;
                active = inactive;
                inactive = null;
                resumeActive(task, () -> destroy(task, old, () -> end(ioctl, 0)));
            });
        });
    }

    /** Suspends, if need be, and destroys all tables. With I/O under way or waiting it is refused with EBUSY. */
    public Ioctl remove() {
        return call("remove", (task, ioctl) -> {
            if (inFlight > 0 || !deferred.isEmpty()) {
                end(ioctl, EBUSY);
                return;
            }
            EmulatedMirror loaded = inactive;
            inactive = null;
            destroy(task, loaded, () -> suspendActive(task, false, () -> {
                EmulatedMirror old = active;
                active = null;
                destroy(task, old, () -> end(ioctl, 0));
            }));
        });
    }

    /** Status of the active table. Beside all other calls. */
    public Ioctl status() {
        return status(ioctl -> { });
    }

    /** Status of the active table. The consumer is called when it has returned. */
    public Ioctl status(Consumer<Ioctl> whenDone) {
        if (active == null) {
            throw new IllegalStateException(name + " has no table");
        }
        Ioctl ioctl = new Ioctl(name + ": status", whenDone);
        KernelTask task = new KernelTask("status of " + name);
        EmulatedMirror mirror = active;
        statuses++;
        task.then(() -> mirror.status(task, status -> {
            statuses--;
            ioctl.end(status);
            if (statuses == 0) {
                List<Runnable> actions = List.copyOf(whenUnread);
                whenUnread.clear();
                actions.forEach(machine::soon);
            }
        }));
        machine.settle();
        return ioctl;
    }

    private interface Call {
        void run(KernelTask task, Ioctl ioctl);
    }

    private Ioctl call(String verb, Call call) {
        if (current != null) {
            throw new IllegalStateException(current + ", so no " + verb);
        }
        Ioctl ioctl = new Ioctl(name + ": " + verb, done -> { });
        current = ioctl;
        KernelTask task = new KernelTask(verb + " of " + name);
        task.then(() -> call.run(task, ioctl));
        machine.settle();
        return ioctl;
    }

    private void end(Ioctl ioctl, int error) {
        current = null;
        ioctl.end(error);
    }

    private void suspendActive(KernelTask task, boolean keepsHeldWrites, Runnable then) {
        if (active == null || isSuspended) {
            then.run();
            return;
        }
        isNoflush = keepsHeldWrites;
        EmulatedMirror mirror = active;
        mirror.presuspend(task, () -> {
            isBlocking = true;
            waitUntilQuiet(task, () -> waitUntilUnread(task, () -> mirror.postsuspend(task, () -> {
                isSuspended = true;
                then.run();
            })));
        });
    }

    /** Whoever asks a table for its status keeps it from being suspended and destroyed. */
    private void waitUntilUnread(KernelTask task, Runnable then) {
        if (statuses == 0) {
            then.run();
        } else {
            whenUnread.add(() -> task.then(then));
        }
    }

    private void waitUntilQuiet(KernelTask task, Runnable then) {
        if (inFlight == 0) {
            then.run();
        } else {
            whenQuiet = () -> task.then(then);
        }
    }

    private void resumeActive(KernelTask task, Runnable then) {
        if (active == null || !isSuspended) {
            then.run();
            return;
        }
        active.resume(task, () -> {
            isSuspended = false;
            isBlocking = false;
            List<Bio> waiting = List.copyOf(deferred);
            deferred.clear();
            waiting.forEach(this::map);
            then.run();
        });
    }

    private void destroy(KernelTask task, EmulatedMirror mirror, Runnable then) {
        if (mirror == null) {
            then.run();
        } else {
            waitUntilUnread(task, () -> mirror.destroy(task, then));
        }
    }
}
