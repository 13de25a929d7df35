package org.mirrorlog.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
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

    private final Simulation sim;
    private final Daemon daemon;
    private final String uuid;
    private final LogDisk disk;

    OwnerDevice(Simulation sim, Daemon daemon, String uuid) {
        this.sim = sim;
        this.daemon = daemon;
        this.uuid = uuid;
        this.disk = sim.mirror(uuid).disk();
    }

    private Optional<Handle> handle(InstanceId id) {
        return id.incarnation().equals(daemon.incarnation()) ? daemon.device(new InstanceKey(uuid, id.luid()))
                : Optional.empty();
    }

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
        if (header.isActive() && header.logNumber() > state.number()) {
            return new Reading(round.number(), Optional.empty(), "the device has seen " + header.logNumber());
        }
        return new Reading(round.number(),
                Optional.of(new DeviceReport.Readable(header.regions(), disk.clean(Math.min(count, header.regions())))), "");
    }

    /** False: there is nothing to write. */
    boolean write(LogState before, LogState after, boolean isTakeover, Consumer<Optional<DeviceHealth>> then) {
        boolean isDisk = after.geometry().filter(g -> g.type() == LogSpec.LogType.DISK).isPresent();
        if (!isDisk || after.health().isFailed() || sim.has(Hole.H8_NO_DEVICE_WRITE)) {
            return false;
        }
        if (!before.hasActive() && !after.hasActive()) {
            boolean isLate = !isTakeover && !before.dirty().equals(after.dirty()) && handle(user(after)).isPresent();
            return isLate && update(before, after, user(after), then);
        }
        InstanceId user = user(after.hasActive() ? after : before);
        if (!after.hasActive()) {
            run(user, writes(after, false), false, true, then);
            return true;
        }
        if ((isTakeover || !before.hasActive() || !user.equals(user(before))) && !sim.has(Hole.D20_NO_TAKEOVER_REWRITE)) {
            run(user, writes(after, true), true, true, then);
            return true;
        }
        return update(before, after, user, then);
    }

    private boolean update(LogState before, LogState after, InstanceId user, Consumer<Optional<DeviceHealth>> then) {
        RegionSet dirtied = after.dirty().minus(before.dirty());
        RegionSet changed = dirtied.with(before.dirty().minus(after.dirty()));
        if (changed.isEmpty()) {
            return false;
        }
        TreeMap<Integer, BlockWrite> blocks = new TreeMap<>();
        for (long region : changed.toArray()) {
            int block = LogDisk.blockOf(region);
            blocks.put(block, new BlockWrite(block, LogDisk.bits(block, after.dirty(), after.regionCount())));
        }
        run(user, new ArrayList<>(blocks.values()), false, !dirtied.isEmpty(), then);
        return true;
    }

    private List<BlockWrite> writes(LogState state, boolean isActive) {
        List<BlockWrite> writes = new ArrayList<>();
        for (int block = 1; block <= LogDisk.blockOf(state.regionCount() - 1); block++) {
            writes.add(new BlockWrite(block, LogDisk.bits(block, state.dirty(), state.regionCount())));
        }
        writes.add(new BlockWrite(0, new LogDisk.Header(state.regionCount(), isActive, state.number())));
        return writes;
    }

    private void run(InstanceId user, List<BlockWrite> writes, boolean isFormat, boolean mustFlush,
                     Consumer<Optional<DeviceHealth>> then) {
        Optional<Handle> handle = handle(user);
        if (handle.isEmpty()) {
            daemon.soon(10, () -> then.accept(Optional.of(DeviceHealth.WRITE_FAILED)));
            return;
        }
        Handle device = handle.get();
        device.queue(() -> {
            device.isFormatted |= isFormat;
            Consumer<Optional<DeviceHealth>> end = failure -> {
                device.done();
                then.accept(failure);
            };
            if (device.health.isFailed() || !device.isFormatted) {
                sim.trace().add("disk", "is of no use for", user, device.health, "formatted", device.isFormatted);
                daemon.soon(10, () -> end.accept(Optional.of(DeviceHealth.WRITE_FAILED)));
            } else {
                step(device, writes, mustFlush, end);
            }
        });
    }

    private void step(Handle handle, List<BlockWrite> left, boolean mustFlush, Consumer<Optional<DeviceHealth>> then) {
        long delayUs = sim.strikes(Fault.DEVICE_SLOW) ? sim.dice().between(5_000, 3_000_000) : sim.dice().between(20, 1_000);
        daemon.soon(delayUs, () -> {
            if (left.isEmpty()) {
                flush(handle, mustFlush, then);
                return;
            }
            // The header goes last: until the bits are there, it must not vouch for them.
            BlockWrite next = left.remove(left.size() == 1 ? 0 : sim.dice().below(left.size() - 1));
            if (sim.strikes(Fault.DEVICE_WRITE_ERROR)) {
                fail(handle, DeviceHealth.WRITE_FAILED, then);
                return;
            }
            sim.trace().add("disk", "block", next.block(), next.content());
            disk.write(next.block(), next.content());
            step(handle, left, mustFlush, then);
        });
    }

    private void flush(Handle handle, boolean mustFlush, Consumer<Optional<DeviceHealth>> then) {
        if (mustFlush && sim.strikes(Fault.DEVICE_FLUSH_ERROR)) {
            fail(handle, DeviceHealth.FLUSH_FAILED, then);
            return;
        }
        if (mustFlush && !sim.has(Hole.H8_NO_DEVICE_FLUSH)) {
            disk.flush();
        }
        then.accept(Optional.empty());
    }

    private void fail(Handle handle, DeviceHealth health, Consumer<Optional<DeviceHealth>> then) {
        sim.trace().add("disk", "fails", health);
        if (!sim.has(Hole.H7_DEVICE_FAILURE_FORGOTTEN)) {
            handle.health = health;
        }
        then.accept(Optional.of(health));
    }

    /** The instance of this machine whose device is written: one in a session, else one that has left. */
    InstanceId user(LogState state) {
        InstanceId left = new InstanceId(daemon.incarnation(), 0);
        for (var entry : byLuid(state).entrySet()) {
            InstanceId id = new InstanceId(daemon.incarnation(), entry.getKey());
            if (entry.getValue().isActive()) {
                return id;
            }
            left = id;
        }
        return left;
    }

    private TreeMap<Long, Member> byLuid(LogState state) {
        TreeMap<Long, Member> here = new TreeMap<>();
        state.members().forEach((id, member) -> {
            if (id.incarnation().equals(daemon.incarnation())) {
                here.put(id.luid(), member);
            }
        });
        return here;
    }
}
