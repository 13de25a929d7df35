package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.mirrorlog.device.Contents;
import org.mirrorlog.device.DiskBits;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.owner.DeviceOutcome;
import org.mirrorlog.owner.DeviceStatus;
import org.mirrorlog.owner.OwnerDevices;

/** The log devices that one owner finds on its machine: disks that are slow, lose, fail, and land writes late. */
final class OwnerDevice implements OwnerDevices {
    private static final int EIO = 5;

    /** A device as one daemon has it open for one instance; a failure sticks to it. */
    static final class Handle {
        private DeviceHealth health = DeviceHealth.ALIVE;
        /** As in device.LogDevice: nothing is updated before the log was taken over; a read ends that. */
        private boolean isFormatted;
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private boolean isBusy;

        boolean hasFailed() {
            return health.isFailed();
        }

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
    private final Owner owner;

    OwnerDevice(Simulation sim, Daemon daemon, Owner owner) {
        this.sim = sim;
        this.daemon = daemon;
        this.uuid = owner.uuid();
        this.disk = sim.mirror(uuid).disk();
        this.owner = owner;
    }

    // --- open here

    private Optional<Handle> handle(InstanceId id) {
        return id.incarnation().equals(daemon.incarnation()) ? daemon.device(new InstanceKey(uuid, id.luid()))
                : Optional.empty();
    }

    @Override
    public DeviceStatus status(String log, InstanceId instance) {
        boolean isOfHere = instance.incarnation().equals(daemon.incarnation());
        return sim.has(Hole.D20_OWNER_ANYWHERE) ? DeviceStatus.OPEN
                : isOfHere ? daemon.deviceStatus(new InstanceKey(log, instance.luid())) : DeviceStatus.NOT_OPENED;
    }

    @Override
    public boolean isQuiet(String log, InstanceId instance) {
        return handle(instance).filter(device -> !device.isBusy).isPresent();
    }

    @Override
    public void watch(String log, Runnable watcher) {
        daemon.watchDevices(log, watcher);
    }

    @Override
    public void unwatch(String log, Runnable watcher) {
        daemon.unwatchDevices(log, watcher);
    }

    // --- read

    @Override
    public CompletionStage<Optional<Contents>> read(String log, InstanceId instance) {
        CompletableFuture<Optional<Contents>> result = new CompletableFuture<>();
        Optional<Handle> handle = handle(instance);
        if (handle.isEmpty()) {
            return CompletableFuture.completedFuture(sim.has(Hole.D20_OWNER_ANYWHERE)
                    ? Optional.of(new Contents.Unreadable(EIO, "unreadable")) : Optional.empty());
        }
        Handle device = handle.get();
        device.queue(() -> daemon.soon(sim.dice().between(100, 5_000), () -> {
            Contents contents = contents(device);
            device.done();
            result.complete(Optional.of(contents));
        }));
        return result;
    }

    private Contents contents(Handle device) {
        if (device.health.isFailed() || sim.strikes(Fault.DEVICE_WRITE_ERROR)) {
            return new Contents.Unreadable(EIO, "unreadable");
        }
        device.isFormatted = false;
        if (!(disk.read(0) instanceof LogDisk.Header header)) {
            return new Contents.BadMagic(0);
        }
        long regions = header.geometry().regionCount();
        byte[] bits = new byte[(int) (regions + 7 >>> 3)];
        disk.clean(regions).fillBits(0, ByteBuffer.wrap(bits), false, regions);
        boolean isAny = sim.has(Hole.D21_ANY_JOURNAL);
        return new Contents.Readable(regions, new DiskBits(bits, regions), Optional.of(new PrivateHeader(
                new UUID(0, isAny ? sim.journal().id() : header.journal()), "simulated", header.isActive(),
                isAny ? 0 : header.logNumber())));
    }

    // --- write

    @Override
    public CompletionStage<DeviceOutcome> format(String log, InstanceId instance, Bits bits, PrivateHeader header) {
        boolean isEpoch = owner.lastEvents().stream()
                .anyMatch(e -> e instanceof LogEvent.EpochBegan || e instanceof LogEvent.Adopted);
        if (sim.has(Hole.D20_NO_TAKEOVER_REWRITE) && !isEpoch) {
            handle(instance).ifPresent(device -> device.isFormatted = true);
            return run(instance, new Work(changed(), Optional.empty(), false, false, true), Optional.empty());
        }
        return run(instance, new Work(all(bits), header(header), true, false, true), Optional.empty());
    }

    @Override
    public CompletionStage<DeviceOutcome> update(String log, InstanceId instance, Bits bits, Change change) {
        return run(instance, new Work(blocks(bits, change.regions()), Optional.empty(), false, false,
                change.mustFlush()), Optional.empty());
    }

    @Override
    public CompletionStage<DeviceOutcome> settle(String log, InstanceId instance, Bits bits, PrivateHeader header) {
        landLate();
        if (isRightful()) {
            disk.settle();
        }
        boolean isReadBack = !sim.has(Hole.D20_NO_READ_BACK);
        return run(instance, new Work(isReadBack ? all(bits) : changed(), header(header), false, isReadBack, true),
                Optional.of(owner.state()));
    }

    @Override
    public CompletionStage<DeviceOutcome> repair(String log, InstanceId instance, Bits bits) {
        if (sim.has(Hole.D20_NO_READ_BACK)) {
            return CompletableFuture.completedFuture(DeviceOutcome.Done.INSTANCE);
        }
        sim.mirror(uuid).checkers().readBackBegins(isRightful(), owner.name());
        return run(instance, new Work(all(bits), Optional.empty(), false, true, true), Optional.empty());
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

    /** The blocks that the last commit changes. */
    private List<BlockWrite> changed() {
        LogState before = owner.before();
        LogState after = owner.state();
        return blocks(new Bits(after.dirty(), after.regionCount()),
                after.dirty().minus(before.dirty()).with(before.dirty().minus(after.dirty())));
    }

    private static List<BlockWrite> blocks(Bits bits, RegionSet changed) {
        TreeMap<Integer, BlockWrite> blocks = new TreeMap<>();
        for (long region : changed.toArray()) {
            int block = LogDisk.blockOf(region);
            blocks.put(block, new BlockWrite(block, LogDisk.bits(block, bits.dirty(), bits.regionCount())));
        }
        return List.copyOf(blocks.values());
    }

    private static List<BlockWrite> all(Bits bits) {
        List<BlockWrite> writes = new ArrayList<>();
        for (int block = 1; block <= LogDisk.blockOf(bits.regionCount() - 1); block++) {
            writes.add(new BlockWrite(block, LogDisk.bits(block, bits.dirty(), bits.regionCount())));
        }
        return writes;
    }

    private Optional<BlockWrite> header(PrivateHeader header) {
        return Optional.of(new BlockWrite(0, new LogDisk.Header(owner.state().geometry().orElseThrow(),
                (int) header.journalId().getLeastSignificantBits(), header.isActive(), header.logNumber())));
    }

    /** @param settled what the device says of it if this is done; empty if that is not for good */
    private CompletionStage<DeviceOutcome> run(InstanceId user, Work work, Optional<LogState> settled) {
        if (sim.has(Hole.H8_NO_DEVICE_WRITE)) {
            return CompletableFuture.completedFuture(DeviceOutcome.Done.INSTANCE);
        }
        CompletableFuture<DeviceOutcome> result = new CompletableFuture<>();
        Optional<Handle> handle = handle(user);
        if (handle.isEmpty()) {
            sim.trace().add("disk", "is not open for", user);
            neglected();
            boolean isRefused = daemon.isRefused(new InstanceKey(uuid, user.luid()));
            daemon.soon(10, () -> result.complete(sim.has(Hole.D20_OWNER_ANYWHERE) ? DeviceOutcome.Done.INSTANCE
                    : isRefused ? new DeviceOutcome.Failed(DeviceHealth.WRITE_FAILED)
                    : new DeviceOutcome.Unknown("it is not open here")));
            return result;
        }
        Handle device = handle.get();
        long lateWrites = disk.lateWrites();
        device.queue(() -> begin(device, work, outcome -> {
            device.done();
            boolean isSettled = outcome == DeviceOutcome.Done.INSTANCE && isRightful()
                    && disk.lateWrites() == lateWrites;
            settled.filter(state -> isSettled)
                    .ifPresent(state -> sim.mirror(uuid).checkers().deviceSettled(state));
            result.complete(outcome);
        }));
        return sim.has(Hole.H6_FLUSH_BEFORE_DEVICE)
                ? CompletableFuture.completedFuture(DeviceOutcome.Done.INSTANCE) : result;
    }

    private void begin(Handle device, Work work, Consumer<DeviceOutcome> then) {
        device.isFormatted |= work.isFormat;
        if (device.health.isFailed() || !device.isFormatted) {
            sim.trace().add("disk", "is of no use", device.health, "formatted", device.isFormatted);
            neglected();
            daemon.soon(10, () -> then.accept(device.health.isFailed() ? new DeviceOutcome.Failed(device.health)
                    : new DeviceOutcome.Unknown("it was not taken over")));
        } else {
            step(device, work, new ArrayList<>(work.bits), then);
        }
    }

    private void step(Handle handle, Work work, List<BlockWrite> left, Consumer<DeviceOutcome> then) {
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
    private void put(Handle handle, BlockWrite write, Consumer<DeviceOutcome> then, Runnable next) {
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
                    isLate ? "of a deposed owner" : "", owner.name());
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
        return sim.journal().truth(uuid).owner().equals(owner.name());
    }

    private void finish(Handle handle, Work work, Consumer<DeviceOutcome> then) {
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
            then.accept(DeviceOutcome.Done.INSTANCE);
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

    private void fail(Handle handle, DeviceHealth health, Consumer<DeviceOutcome> then) {
        sim.trace().add("disk", "fails", health);
        if (sim.has(Hole.H7_DEVICE_FAILURE_FORGOTTEN)) {
            then.accept(DeviceOutcome.Done.INSTANCE);
            return;
        }
        handle.health = health;
        neglected();
        then.accept(new DeviceOutcome.Failed(health));
    }

    /** What the log's owner could not write is on the device no more than before. */
    private void neglected() {
        if (isRightful()) {
            disk.keptUp(false);
        }
    }
}
