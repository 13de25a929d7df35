package org.mirrorlog.owner;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.mirrorlog.device.CleanBits;
import org.mirrorlog.device.Contents;
import org.mirrorlog.device.DeviceCounters;
import org.mirrorlog.device.DeviceFailed;
import org.mirrorlog.device.DeviceInfo;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.device.RegionRange;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;

/**
 * The log devices that the instances of this machine have open, by log and instance. Opened by CTR, closed by DTR; only
 * the owner writes them (D20). Each device does one thing at a time, in the order asked, on the executor given.
 *
 * <p>Thread-safe. Nothing here blocks; results arrive on the executor's threads.
 */
public final class LogDevices {
    private record Key(String uuid, InstanceId instance) { }

    /** A device and the end of its queue. */
    private static final class Slot {
        private CompletionStage<LogDevice> last = CompletableFuture.completedFuture(null);
        /** For counters: what the last step left open. */
        private volatile LogDevice open;
    }

    private static final DeviceCounters NONE = new DeviceCounters(0, 0, 0, 0);

    private final Map<Key, Slot> slots = new ConcurrentHashMap<>();
    /** What devices had counted when they were closed. */
    private final AtomicReference<DeviceCounters> closed = new AtomicReference<>(NONE);
    private final Executor executor;
    private final boolean acceptsRegularFiles;

    /**
     * @param executor threads that may block
     * @param acceptsRegularFiles whether an image file will do for a device: emulated kernels only
     */
    public LogDevices(Executor executor, boolean acceptsRegularFiles) {
        this.executor = Objects.requireNonNull(executor, "executor");
        this.acceptsRegularFiles = acceptsRegularFiles;
    }

    /** Opens the device of an instance; fails with DeviceRefused. An older one of the same instance is closed first. */
    public CompletionStage<DeviceInfo> open(String uuid, InstanceId instance, String device, long regionCount) {
        Slot slot = slots.computeIfAbsent(new Key(uuid, instance), key -> new Slot());
        return enqueue(slot, older -> {
            closeQuietly(slot, older);
            return LogDevice.open(device, regionCount, acceptsRegularFiles);
        }).thenApply(LogDevice::info);
    }

    /** Closes the device of a destroyed instance, after everything asked of it before. */
    public void close(String uuid, InstanceId instance) {
        Slot slot = slots.remove(new Key(uuid, instance));
        if (slot != null) {
            enqueue(slot, device -> {
                closeQuietly(slot, device);
                return null;
            });
        }
    }

    /** What all devices have done since the start, those closed since included. */
    public DeviceCounters counters() {
        return slots.values().stream().map(slot -> slot.open).filter(Objects::nonNull).map(LogDevice::counters)
                .reduce(closed.get(), LogDevices::sum);
    }

    private static DeviceCounters sum(DeviceCounters one, DeviceCounters other) {
        return new DeviceCounters(one.writes() + other.writes(), one.flushes() + other.flushes(),
                one.writtenBytes() + other.writtenBytes(), one.repairedBlocks() + other.repairedBlocks());
    }

    private void closeQuietly(Slot slot, LogDevice device) throws IOException {
        if (device != null) {
            slot.open = null;
            closed.accumulateAndGet(device.counters(), LogDevices::sum);
            device.close();
        }
    }

    /** What is done to a device; may block. */
    private interface Work {
        LogDevice on(LogDevice device) throws IOException;
    }

    private CompletionStage<LogDevice> enqueue(Slot slot, Work work) {
        synchronized (slot) {
            // A failed step leaves no device behind; the next open starts anew.
            slot.last = slot.last.handle((device, failure) -> device).thenApplyAsync(device -> {
                try {
                    slot.open = work.on(device);
                    return slot.open;
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            }, executor);
            return slot.last;
        }
    }

    /** Whether this instance has its device open here; that it has failed since makes no difference. */
    public boolean has(String uuid, InstanceId instance) {
        Slot slot = slots.get(new Key(uuid, instance));
        return slot != null && slot.open != null;
    }

    /**
     * Reads the device; empty if it is not open here: then nothing can be said of it, not even that it is unreadable.
     */
    CompletionStage<Optional<Contents>> read(String uuid, InstanceId instance) {
        List<Contents> result = new ArrayList<>(1);
        return withDevice(uuid, instance, device -> result.add(device.read()))
                .thenApply(failure -> result.stream().findFirst());
    }

    /** Takes the log over: header and whole bitmap, flushed (D20). */
    CompletionStage<Optional<DeviceHealth>> format(String uuid, InstanceId instance, RegionSet dirty, long regionCount,
                                                   PrivateHeader header) {
        return withDevice(uuid, instance, device -> device.format(cleanBits(dirty, regionCount), header));
    }

    /** Writes the blocks of the changed regions; flushed if any of them turned dirty. */
    CompletionStage<Optional<DeviceHealth>> update(String uuid, InstanceId instance, RegionSet dirty, long regionCount,
                                                   RegionSet changed, boolean mustFlush) {
        List<RegionRange> ranges = new ArrayList<>();
        changed.forEachRange((from, toExclusive) -> ranges.add(new RegionRange(from, toExclusive)));
        return withDevice(uuid, instance, device -> device.update(cleanBits(dirty, regionCount), ranges, mustFlush));
    }

    /** The last session ended: repairs what a predecessor may have written late, then says "not in use" (D20, D21). */
    CompletionStage<Optional<DeviceHealth>> settle(String uuid, InstanceId instance, RegionSet dirty, long regionCount,
                                                   PrivateHeader header) {
        return withDevice(uuid, instance, device -> {
            device.verify(cleanBits(dirty, regionCount));
            device.putHeader(header);
        });
    }

    /** Reads the whole log back while it is in use, and repairs what a predecessor may have written late (D20). */
    CompletionStage<Optional<DeviceHealth>> repair(String uuid, InstanceId instance, RegionSet dirty,
            long regionCount) {
        return withDevice(uuid, instance, device -> device.verify(cleanBits(dirty, regionCount)));
    }

    /** What is done to an open device; may block. */
    private interface Use {
        void of(LogDevice device) throws DeviceFailed;
    }

    /** The failure, if the device failed or is not open. */
    private CompletionStage<Optional<DeviceHealth>> withDevice(String uuid, InstanceId instance, Use use) {
        Slot slot = slots.get(new Key(uuid, instance));
        if (slot == null) {
            return CompletableFuture.completedFuture(Optional.of(DeviceHealth.WRITE_FAILED));
        }
        List<DeviceHealth> failures = new ArrayList<>(1);
        return enqueue(slot, device -> {
            if (device == null) {
                failures.add(DeviceHealth.WRITE_FAILED);
                return null;
            }
            try {
                use.of(device);
            } catch (DeviceFailed e) {
                failures.add(DeviceHealth.ofLetter(e.health().letter()));
            }
            return device;
        }).handle((device, failure) -> failure != null ? Optional.of(DeviceHealth.WRITE_FAILED)
                : failures.stream().findFirst());
    }

    private static CleanBits cleanBits(RegionSet dirty, long regionCount) {
        return (firstRegion, into) -> dirty.fillBits(firstRegion, into, true, regionCount);
    }
}
