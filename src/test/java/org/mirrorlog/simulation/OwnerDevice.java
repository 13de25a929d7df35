package org.mirrorlog.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.LogSpec;

/** What a commit means for the log device: the simulator's own copy of owner.DeviceWriter, on a simulated disk. */
final class OwnerDevice {
    /** What a read of the device led to; without a report the round is held. */
    record Reading(long roundNumber, Optional<DeviceReport> report, String holdReason) { }

    /** A device as one daemon has it open for one instance; a failure sticks to it. */
    static final class Handle {
        private DeviceHealth health = DeviceHealth.ALIVE;
        /** As in device.LogDevice: nothing is updated before the log was taken over; a read ends that. */
        private boolean isFormatted;
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private boolean isBusy;

        /** One thing at a time, in the order asked, whichever owner asks. */
        private void queue(Runnable work) {
            waiting.add(work);
            next();
        }

        private void next() {
            if (!isBusy && !waiting.isEmpty()) {
                isBusy = true;
                waiting.poll().run();
            }
        }

        private void done() {
            isBusy = false;
            next();
        }
    }

    private record BlockWrite(int block, Object content) { }

    /** What is to be done to the device: bits first; the header, if any, when they are safe. */
    private record Work(List<BlockWrite> bits, Optional<BlockWrite> header, boolean isFormat, boolean isReadBack,
                        boolean mustFlush) { }

    private final Simulation sim;
    private final Daemon daemon;
    private final String uuid;
    private final LogDisk disk;
    private final String owner;
    private Runnable whenNotTried;
    /** Whose device this owner has rewritten: before that it may hold an older owner's bits (D20). */
    private InstanceId takenOver;

    OwnerDevice(Simulation sim, Daemon daemon, String uuid, String owner) {
        this.sim = sim;
        this.daemon = daemon;
        this.uuid = uuid;
        this.disk = sim.mirror(uuid).disk();
        this.owner = owner;
    }

    /** What the owner does when a device was neither written nor refused: it stops, and nothing is answered. */
    void whenNotTried(Runnable stop) {
        whenNotTried = stop;
    }

    private Optional<Handle> handle(InstanceId id) {
        return id.incarnation().equals(daemon.incarnation()) ? daemon.device(new InstanceKey(uuid, id.luid()))
                : Optional.empty();
    }

    // --- read

    void read(Round round, LogState state, Consumer<Reading> then) {
        Optional<Handle> handle = handle(round.by());
        Runnable work = () -> daemon.soon(sim.dice().between(100, 5_000), () -> {
            Reading reading = judge(round, state);
            handle.ifPresent(Handle::done);
            then.accept(reading);
        });
        handle.ifPresentOrElse(h -> h.queue(work), work);
    }

    private Reading judge(Round round, LogState state) {
        long count = Geometry.of(((Ask.Resume) round.ask()).spec()).regionCount();
        Optional<Handle> handle = handle(round.by());
        if (handle.isEmpty() || handle.get().health.isFailed() || sim.strikes(Fault.DEVICE_WRITE_ERROR)) {
            return new Reading(round.number(), Optional.of(new DeviceReport.Unknown("unreadable")), "");
        }
        handle.get().isFormatted = false;
        if (!(disk.read(0) instanceof LogDisk.Header header)) {
            return new Reading(round.number(), Optional.of(new DeviceReport.Blank()), "");
        }
        boolean isForeign = header.journal() != sim.journal().id();
        boolean isDoubtful = header.isActive() && (isForeign || header.logNumber() > state.number());
        if (isDoubtful && !sim.has(Hole.D21_ANY_JOURNAL)) {
            sim.hit(Fault.JOURNAL_DOUBTED);
            if (state.adoption().filter(Adoption::isFresh).isPresent()) {
                return new Reading(round.number(), Optional.of(new DeviceReport.Unknown("adopted")), "");
            }
            sim.operator().hearsOfDoubt(uuid);
            return new Reading(round.number(), Optional.empty(), "the device has seen " + header);
        }
        long regions = header.geometry().regionCount();
        return new Reading(round.number(),
                Optional.of(new DeviceReport.Readable(regions, disk.clean(Math.min(count, regions)))), "");
    }

    /** The log was adopted. */
    void forget() {
        takenOver = null;
    }

    // --- write

    /** False: there is nothing to write. */
    boolean write(LogState before, LogState after, Consumer<Optional<DeviceHealth>> then) {
        boolean isDisk = after.geometry().filter(g -> g.type() == LogSpec.LogType.DISK).isPresent();
        if (!isDisk || after.health().isFailed() || sim.has(Hole.H8_NO_DEVICE_WRITE)) {
            return false;
        }
        InstanceId user = activeHere(after).or(() -> activeHere(before)).orElseGet(() -> user(after));
        boolean isOurs = user.equals(takenOver);
        if (before.hasActive() && !after.hasActive() && handle(user).isEmpty()) {
            takenOver = null;
            return false;
        }
        if (!before.hasActive() && !after.hasActive()) {
            return isOurs && handle(user).isPresent() && update(before, after, user, then);
        }
        if (activeHere(before).isEmpty() && activeHere(after).isEmpty()) {
            // Others use it; nothing that this machine asked for makes a region dirty.
            takenOver = null;
            return false;
        }
        // Others go on using it: its address may be given to a table that has opened the device anew.
        takenOver = activeHere(after).isEmpty() && after.hasActive() ? null : takenOver;
        if ((isOurs || sim.has(Hole.D20_NO_TAKEOVER_REWRITE)) && before.hasActive()
                && !isNewSession(before, after, user)) {
            if (after.hasActive()) {
                return update(before, after, user, then);
            }
            landLate();
            if (isRightful()) {
                disk.settle();
            }
            boolean isReadBack = !sim.has(Hole.D20_NO_READ_BACK);
            run(user, new Work(isReadBack ? bits(after) : changed(before, after), header(after, false), false,
                    isReadBack, true),
                    settling(after, then));
            return true;
        }
        takenOver = activeHere(after).isEmpty() && after.hasActive() ? null : user;
        run(user, new Work(bits(after), header(after, after.hasActive()), true, false, true), then);
        return true;
    }

    /** What deposed owners elsewhere have under way lands when it hurts most: just before the last read-back. */
    private void landLate() {
        for (Machine machine : sim.machines()) {
            if (machine != daemon.machine() && sim.plan().odds().containsKey(Fault.LATE_BLOCK)
                    && sim.dice().chance(0.7)) {
                machine.daemon().ifPresent(Daemon::landAll);
            }
        }
    }

    /** Tells the checkers; not if something landed behind the reader's back. */
    private Consumer<Optional<DeviceHealth>> settling(LogState state, Consumer<Optional<DeviceHealth>> then) {
        long lateWrites = disk.lateWrites();
        return failure -> {
            if (failure.isEmpty() && isRightful() && disk.lateWrites() == lateWrites) {
                sim.mirror(uuid).checkers().deviceSettled(state);
            }
            then.accept(failure);
        };
    }

    /** It began an epoch although it counted as active: its device was read, so it must be taken over anew. */
    private static boolean isNewSession(LogState before, LogState after, InstanceId user) {
        return after.members().containsKey(user) && after.hasActive() && (!before.members().containsKey(user)
                || before.members().get(user).session() != after.members().get(user).session());
    }

    /** Reads the device back while it is in use. False: there is nothing to do. */
    boolean repair(LogState state, Consumer<Optional<DeviceHealth>> then) {
        boolean isOurs = takenOver != null && activeHere(state).equals(Optional.of(takenOver));
        if (!isOurs || state.health().isFailed()) {
            return false;
        }
        sim.mirror(uuid).checkers().readBackBegins(isRightful(), owner);
        run(takenOver, new Work(bits(state), Optional.empty(), false, true, true), then);
        return true;
    }

    private boolean update(LogState before, LogState after, InstanceId user, Consumer<Optional<DeviceHealth>> then) {
        RegionSet dirtied = after.dirty().minus(before.dirty());
        List<BlockWrite> changed = changed(before, after);
        if (changed.isEmpty()) {
            return false;
        }
        run(user, new Work(changed, Optional.empty(), false, false, !dirtied.isEmpty()), then);
        return true;
    }

    private static List<BlockWrite> changed(LogState before, LogState after) {
        RegionSet changed = after.dirty().minus(before.dirty()).with(before.dirty().minus(after.dirty()));
        TreeMap<Integer, BlockWrite> blocks = new TreeMap<>();
        for (long region : changed.toArray()) {
            int block = LogDisk.blockOf(region);
            blocks.put(block, new BlockWrite(block, LogDisk.bits(block, after.dirty(), after.regionCount())));
        }
        return List.copyOf(blocks.values());
    }

    private static List<BlockWrite> bits(LogState state) {
        List<BlockWrite> writes = new ArrayList<>();
        for (int block = 1; block <= LogDisk.blockOf(state.regionCount() - 1); block++) {
            writes.add(new BlockWrite(block, LogDisk.bits(block, state.dirty(), state.regionCount())));
        }
        return writes;
    }

    private Optional<BlockWrite> header(LogState state, boolean isActive) {
        return Optional.of(new BlockWrite(0,
                new LogDisk.Header(state.geometry().orElseThrow(), sim.journal().id(), isActive,
                state.number())));
    }

    private void run(InstanceId user, Work work, Consumer<Optional<DeviceHealth>> then) {
        Optional<Handle> handle = handle(user);
        if (handle.isEmpty()) {
            sim.trace().add("disk", "is not open for", user);
            neglected();
            boolean isRefused = daemon.isRefused(new InstanceKey(uuid, user.luid()));
            daemon.soon(10, isRefused ? () -> then.accept(Optional.of(DeviceHealth.WRITE_FAILED)) : whenNotTried);
            return;
        }
        Handle device = handle.get();
        device.queue(() -> {
            device.isFormatted |= work.isFormat;
            Consumer<Optional<DeviceHealth>> end = failure -> {
                device.done();
                then.accept(failure);
            };
            if (device.health.isFailed() || !device.isFormatted) {
                sim.trace().add("disk", "is of no use for", user, device.health, "formatted", device.isFormatted);
                neglected();
                daemon.soon(10, () -> {
                    if (device.health.isFailed()) {
                        end.accept(Optional.of(DeviceHealth.WRITE_FAILED));
                    } else {
                        device.done();
                        whenNotTried.run();
                    }
                });
            } else {
                step(device, work, new ArrayList<>(work.bits), end);
            }
        });
    }

    private void step(Handle handle, Work work, List<BlockWrite> left, Consumer<Optional<DeviceHealth>> then) {
        long delayUs = sim.strikes(Fault.DEVICE_SLOW) ? sim.dice().between(5_000, 3_000_000) : sim.dice()
                .between(20, 1_000);
        daemon.soon(delayUs, () -> {
            if (left.isEmpty()) {
                finish(handle, work, then);
                return;
            }
            BlockWrite next = left.remove(sim.dice().below(left.size()));
            if (work.isReadBack && next.content().equals(disk.read(next.block()))) {
                step(handle, work, left, then);
                return;
            }
            if (work.isReadBack) {
                sim.hit(Fault.BLOCK_REPAIRED);
            }
            put(handle, next, then, () -> step(handle, work, left, then));
        });
    }

    /** One block reaches the device, perhaps long after it was sent: its owner may be deposed by then (S20). */
    private void put(Handle handle, BlockWrite write, Consumer<Optional<DeviceHealth>> then, Runnable next) {
        if (sim.strikes(Fault.DEVICE_WRITE_ERROR)) {
            fail(handle, DeviceHealth.WRITE_FAILED, then);
            return;
        }
        Runnable landing = () -> {
            boolean isLate = !isRightful();
            if (isLate) {
                sim.hit(Fault.DEPOSED_WRITE);
            }
            sim.trace().add("disk", uuid, "block", write.block(), write.content(),
                    isLate ? "of a deposed owner" : "", owner);
            disk.write(write.block(), write.content(), isLate);
        };
        if (sim.strikes(Fault.LATE_BLOCK)) {
            daemon.adrift(sim.dice().between(100_000, 20_000_000), landing, next);
        } else {
            landing.run();
            next.run();
        }
    }

    private boolean isRightful() {
        return sim.journal().truth(uuid).owner().equals(owner);
    }

    private void finish(Handle handle, Work work, Consumer<Optional<DeviceHealth>> then) {
        if (work.mustFlush && sim.strikes(Fault.DEVICE_FLUSH_ERROR)) {
            fail(handle, DeviceHealth.FLUSH_FAILED, then);
            return;
        }
        if (work.mustFlush) {
            flush();
        }
        Runnable end = () -> {
            if (work.isFormat && isRightful()) {
                disk.keptUp(true);
            }
            then.accept(Optional.empty());
        };
        if (work.header.isEmpty()) {
            end.run();
            return;
        }
        put(handle, work.header.get(), then, () -> {
            flush();
            end.run();
        });
    }

    private void flush() {
        if (!sim.has(Hole.H8_NO_DEVICE_FLUSH)) {
            disk.flush();
        }
    }

    private void fail(Handle handle, DeviceHealth health, Consumer<Optional<DeviceHealth>> then) {
        sim.trace().add("disk", "fails", health);
        if (!sim.has(Hole.H7_DEVICE_FAILURE_FORGOTTEN)) {
            handle.health = health;
            neglected();
        }
        then.accept(Optional.of(health));
    }

    /** What the log's owner could not write is on the device no more than before. */
    private void neglected() {
        if (isRightful()) {
            disk.keptUp(false);
        }
    }

    // --- whose device

    /** Whether an instance of this machine is in a session, and has its device open if there is one (D20). */
    boolean isUsedHere(LogState state) {
        boolean isCore = state.geometry().filter(g -> g.type() == LogSpec.LogType.DISK).isEmpty();
        return activeHere(state).filter(id -> isCore || handle(id).isPresent()).isPresent();
    }

    /** The instance of this machine that is in a session. */
    private Optional<InstanceId> activeHere(LogState state) {
        return state.members().entrySet().stream()
                .filter(e -> e.getKey().incarnation().equals(daemon.incarnation()) && e.getValue().isActive())
                .map(Map.Entry::getKey).findFirst();
    }

    /** The instance of this machine whose device is written: one in a session, else one that has left. */
    InstanceId user(LogState state) {
        InstanceId left = new InstanceId(daemon.incarnation(), 0);
        for (InstanceId id : state.members().keySet()) {
            left = id.incarnation().equals(daemon.incarnation()) ? id : left;
        }
        return activeHere(state).orElse(left);
    }
}
