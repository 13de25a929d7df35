package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.mirrorlog.device.CleanBits;
import org.mirrorlog.device.Contents;
import org.mirrorlog.device.DeviceCounters;
import org.mirrorlog.device.DeviceInfo;
import org.mirrorlog.device.DeviceRefused;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.device.RegionRange;
import org.mirrorlog.log.InstanceId;

/**
 * The log devices of this machine's tables. Opened by CTR, closed by DTR; only the owner writes them (D20). Each device
 * does one thing at a time, in the order asked, and holds up no other one: see {@link DeviceLane}. How many there may
 * be is bounded, and so are the threads: one for each that has something to do.
 *
 * <p>Thread-safe. Nothing here blocks; results arrive on the devices' threads.
 */
public final class LogDevices implements OwnerDevices {
    /** The close of a device is waited for as long as this. */
    static final long CLOSE_BOUND_MS = 5_000;

    private static final DeviceCounters NONE = new DeviceCounters(0, 0, 0, 0);

    private record Key(String uuid, InstanceId instance) { }

    /** Where log devices come from. */
    @FunctionalInterface
    public interface Source {
        /** Opens a device for a log of so many regions; may block. */
        LogDevice open(String device, long regionCount) throws DeviceRefused;
    }

    /**
     * What devices are worked with.
     *
     * @param threads one for each device that has something to do, none waits for another
     * @param clockMs milliseconds, never going back
     * @param lines for the operator: of which log, and what
     */
    public record Means(Executor threads, LongSupplier clockMs, BiConsumer<String, String> lines) { }

    /** What an operator sees of a device; {@code lateMs} is 0 unless it has not answered for long. */
    public record Look(DeviceStatus status, long lateMs) { }

    /**
     * How many devices there are.
     *
     * @param inUse opened, or to be opened, and not closed
     * @param late now without an answer for long
     * @param lateOperations that were late, since the start
     * @param lingering of destroyed tables and still not closed
     */
    public record Census(long inUse, long late, long lateOperations, long lingering) { }

    private final Map<Key, DeviceSlot> slots = new ConcurrentHashMap<>();
    /** To be closed, for as long as that takes. */
    private final Map<DeviceSlot, Key> closing = new ConcurrentHashMap<>();
    private final Map<String, List<Runnable>> watchers = new ConcurrentHashMap<>();
    /** What devices had counted when they were closed. */
    private final AtomicReference<DeviceCounters> closed = new AtomicReference<>(NONE);
    private final AtomicLong lateOperations = new AtomicLong();
    private final Source source;
    private final int most;
    private final Means means;

    /** @param most devices that may be in use when a further table is constructed */
    public LogDevices(Source source, int most, Means means) {
        this.source = Objects.requireNonNull(source, "source");
        this.most = most;
        this.means = Objects.requireNonNull(means, "means");
    }

    /** Devices that nobody watches; {@code acceptsRegularFiles}: an image file will do for a device. */
    public LogDevices(Executor threads, boolean acceptsRegularFiles) {
        this((device, regionCount) -> LogDevice.open(device, regionCount, acceptsRegularFiles), Integer.MAX_VALUE,
                new Means(threads, () -> 0, (uuid, line) -> { }));
    }

    // --- open, close ----------------------------------------------------------------------------------------------

    /**
     * Opens the device of a table that is constructed; fails with DeviceRefused. An older one of the same instance is
     * closed first. One that is closed before it was opened completes never.
     */
    public CompletionStage<DeviceInfo> open(String uuid, InstanceId instance, String device, long regionCount) {
        return Math.max(slots.size(), closing.size()) >= most
                ? CompletableFuture.failedStage(DeviceRefused.tooMany(device, most))
                : open(new Key(uuid, instance), new DeviceSlot.Wanted(uuid, device, regionCount, false));
    }

    /**
     * As {@link #open}, for a table that runs: what the machine lacks just now is waited for, and a refusal is
     * remembered, for it is the device's failure.
     */
    public CompletionStage<DeviceInfo> reopen(String uuid, InstanceId instance, String device, long regionCount) {
        return open(new Key(uuid, instance), new DeviceSlot.Wanted(uuid, device, regionCount, true));
    }

    private CompletionStage<DeviceInfo> open(Key key, DeviceSlot.Wanted wanted) {
        DeviceSlot slot = new DeviceSlot(wanted, new DeviceLane(means.threads(), means.clockMs()));
        DeviceSlot older = slots.put(key, slot);
        CompletionStage<Boolean> before =
                older == null ? CompletableFuture.completedStage(true) : release(key, older);
        before.thenRun(() -> tryToOpen(key, slot));
        return slot.opened();
    }

    private void tryToOpen(Key key, DeviceSlot slot) {
        slot.lane().add("open", () -> slot.open(source)).whenComplete((info, failure) -> {
            if (slot.status() == DeviceStatus.CLOSED) {
                // Nobody waits for it any more; who waits for another one of this instance would take it for that.
                return;
            }
            if (failure == null) {
                slot.opened().complete(info);
            } else {
                refused(key, slot, DeviceSlot.cause(failure));
            }
            news(key.uuid());
        });
    }

    private void refused(Key key, DeviceSlot slot, Throwable why) {
        boolean saysNothing = !(why instanceof DeviceRefused refused) || refused.isTransient();
        if (slot.wanted().isRunning() && saysNothing) {
            if (slot.openAgainLater()) {
                means.lines().accept(key.uuid(), "its log device is not open yet, and tried again: " + why);
            }
            return;
        }
        if (slot.wanted().isRunning()) {
            slot.reach(DeviceStatus.REFUSED);
        } else {
            slots.remove(key, slot);
        }
        slot.opened().completeExceptionally(why);
    }

    /**
     * Closes the device of a destroyed instance, after everything asked of it before. Completes when it is closed
     * (true), or after {@link #CLOSE_BOUND_MS} without that (false): then it is closed as soon as it answers.
     */
    public CompletionStage<Boolean> close(String uuid, InstanceId instance) {
        Key key = new Key(uuid, instance);
        DeviceSlot slot = slots.get(key);
        return slot == null ? CompletableFuture.completedStage(true) : release(key, slot);
    }

    private CompletionStage<Boolean> release(Key key, DeviceSlot slot) {
        if (slot.beginClose(means.clockMs().getAsLong())) {
            closing.put(slot, key);
            closeSoon(key, slot);
        }
        return slot.closed();
    }

    private void closeSoon(Key key, DeviceSlot slot) {
        slot.lane().addLast("close", () -> {
            Optional<LogDevice> device = slot.takeDevice();
            if (device.isPresent()) {
                closed.accumulateAndGet(device.get().counters(), LogDevices::sum);
                device.get().close();
            }
            return true;
        }).whenComplete((isClosed, failure) -> {
            if (failure instanceof RejectedExecutionException
                    || failure instanceof OutOfMemoryError) {
                // No thread could be had: the next tick tries again.
                return;
            }
            // The descriptor is gone, whatever close() said of it.
            closing.remove(slot);
            slots.remove(key, slot);
            if (!slot.closed().complete(true) || failure != null) {
                means.lines().accept(key.uuid(), "log device " + slot.wanted().path() + " is closed"
                        + (failure == null ? " after all" : ", with an error: " + failure.getMessage()));
            }
            news(key.uuid());
        });
    }

    // --- watched --------------------------------------------------------------------------------------------------

    /** Looks for devices that do not answer, and for what is to be tried again: call it about once a second. */
    public void tick() {
        long now = means.clockMs().getAsLong();
        slots.forEach((key, slot) -> {
            if (slot.takeOpenDue() && slot.status() != DeviceStatus.CLOSED) {
                tryToOpen(key, slot);
            }
        });
        closing.forEach((slot, key) -> {
            if (!slot.lane().isOccupied()) {
                closeSoon(key, slot);
            } else if (slot.isCloseOverdue(now, CLOSE_BOUND_MS)) {
                means.lines().accept(key.uuid(), "log device " + slot.wanted().path() + " of a destroyed table is not"
                        + " closed after " + CLOSE_BOUND_MS / 1_000 + " s: something written to it may still reach it."
                        + " Give its blocks to nobody else before a line says that it is closed");
                slot.closed().complete(false);
                slot.lane().abandon("its table was destroyed, and it does not answer");
            }
        });
        for (DeviceSlot slot : all()) {
            slot.lateLine(now).ifPresent(line -> {
                lateOperations.addAndGet(slot.isToldLate() ? 1 : 0);
                means.lines().accept(slot.wanted().uuid(), line);
            });
        }
    }

    private Set<DeviceSlot> all() {
        Set<DeviceSlot> all = new LinkedHashSet<>(slots.values());
        all.addAll(closing.keySet());
        return all;
    }

    @Override
    public void watch(String uuid, Runnable watcher) {
        watchers.computeIfAbsent(uuid, id -> new CopyOnWriteArrayList<>()).add(watcher);
    }

    @Override
    public void unwatch(String uuid, Runnable watcher) {
        watchers.computeIfPresent(uuid, (id, all) -> {
            all.remove(watcher);
            return all.isEmpty() ? null : all;
        });
    }

    private void news(String uuid) {
        watchers.getOrDefault(uuid, List.of()).forEach(Runnable::run);
    }

    /** What all devices have done since the start, those closed since included. */
    public DeviceCounters counters() {
        return all().stream().map(DeviceSlot::device).flatMap(Optional::stream).map(LogDevice::counters)
                .reduce(closed.get(), LogDevices::sum);
    }

    private static DeviceCounters sum(DeviceCounters one, DeviceCounters other) {
        return new DeviceCounters(one.writes() + other.writes(), one.flushes() + other.flushes(),
                one.writtenBytes() + other.writtenBytes(), one.repairedBlocks() + other.repairedBlocks());
    }

    /** How many devices there are now. */
    public Census census() {
        long now = means.clockMs().getAsLong();
        return new Census(slots.size(), all().stream().filter(slot -> slot.lateMs(now) > 0).count(),
                lateOperations.get(), closing.size());
    }

    /** What is known of the device of an instance. */
    public Look look(String uuid, InstanceId instance) {
        DeviceSlot slot = slots.get(new Key(uuid, instance));
        return slot == null ? new Look(DeviceStatus.NOT_OPENED, 0)
                : new Look(slot.status(), slot.lateMs(means.clockMs().getAsLong()));
    }

    @Override
    public DeviceStatus status(String uuid, InstanceId instance) {
        DeviceSlot slot = slots.get(new Key(uuid, instance));
        return slot == null ? DeviceStatus.NOT_OPENED : slot.status();
    }

    // --- read, write ----------------------------------------------------------------------------------------------

    @Override
    public CompletionStage<Optional<Contents>> read(String uuid, InstanceId instance) {
        DeviceSlot slot = slots.get(new Key(uuid, instance));
        return slot == null ? CompletableFuture.completedStage(Optional.empty())
                : slot.lane().add("read", () -> slot.device().map(LogDevice::read));
    }

    @Override
    public CompletionStage<DeviceOutcome> format(String uuid, InstanceId instance, Bits bits, PrivateHeader header) {
        return withDevice(uuid, instance, "takeover", device -> device.format(clean(bits), header));
    }

    @Override
    public CompletionStage<DeviceOutcome> update(String uuid, InstanceId instance, Bits bits, Change change) {
        List<RegionRange> ranges = new ArrayList<>();
        change.regions().forEachRange((from, toExclusive) -> ranges.add(new RegionRange(from, toExclusive)));
        return withDevice(uuid, instance, "write", device -> device.update(clean(bits), ranges, change.mustFlush()));
    }

    @Override
    public CompletionStage<DeviceOutcome> settle(String uuid, InstanceId instance, Bits bits, PrivateHeader header) {
        return withDevice(uuid, instance, "settling", device -> {
            device.verify(clean(bits));
            device.putHeader(header);
        });
    }

    @Override
    public boolean isQuiet(String uuid, InstanceId instance) {
        DeviceSlot slot = slots.get(new Key(uuid, instance));
        return slot != null && !slot.lane().isOccupied() && !slot.lane().takeWasLate();
    }

    @Override
    public CompletionStage<DeviceOutcome> repair(String uuid, InstanceId instance, Bits bits) {
        return withDevice(uuid, instance, "read-back", device -> device.verify(clean(bits)));
    }

    /** Anything but the device's own refusal, say an exception of ours, says nothing of the device. */
    private CompletionStage<DeviceOutcome> withDevice(String uuid, InstanceId instance, String what,
            DeviceSlot.Use use) {
        DeviceSlot slot = slots.get(new Key(uuid, instance));
        return slot == null ? CompletableFuture.completedStage(new DeviceOutcome.Unknown("it is not open here"))
                : slot.lane().add(what, () -> slot.use(use)).exceptionally(
                        thrown -> new DeviceOutcome.Unknown(what + ": " + DeviceSlot.cause(thrown)));
    }

    private static CleanBits clean(Bits bits) {
        return (firstRegion, into) -> bits.dirty().fillBits(firstRegion, into, true, bits.regionCount());
    }
}
