package org.mirrorlog.owner;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.mirrorlog.device.DeviceFailed;
import org.mirrorlog.device.DeviceInfo;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.log.DeviceHealth;

/** The log device of one table, from the moment it is to be opened until its descriptor is closed. Thread-safe. */
final class DeviceSlot {
    /**
     * What is to be opened.
     *
     * @param isRunning whether the table is in use: then a mere lack of something is no refusal, it is tried again
     */
    record Wanted(String uuid, String path, long regionCount, boolean isRunning) { }

    /** What is done to an open device; may block. */
    interface Use {
        void of(LogDevice device) throws DeviceFailed;
    }

    private static final long NEVER = -1;

    private final Wanted wanted;
    private final DeviceLane lane;
    private final CompletableFuture<DeviceInfo> opened = new CompletableFuture<>();
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
    private volatile DeviceStatus status = DeviceStatus.OPENING;
    private volatile LogDevice device;
    private volatile boolean isOpenDue;
    private volatile boolean wasOpenDue;
    private long closeAskedMs = NEVER;
    /** Since when the operation runs that was told as late. */
    private long toldLateMs = NEVER;

    DeviceSlot(Wanted wanted, DeviceLane lane) {
        this.wanted = wanted;
        this.lane = lane;
    }

    Wanted wanted() {
        return wanted;
    }

    DeviceLane lane() {
        return lane;
    }

    /** What is known of the device once it is open; fails if it was refused. */
    CompletableFuture<DeviceInfo> opened() {
        return opened;
    }

    /** True: closed; false: not yet, and no longer waited for. */
    CompletableFuture<Boolean> closed() {
        return closed;
    }

    DeviceStatus status() {
        LogDevice now = device;
        boolean hasFailed = status == DeviceStatus.OPEN && now != null
                && now.health() != org.mirrorlog.device.DeviceHealth.ALIVE;
        return hasFailed ? DeviceStatus.FAILED : status;
    }

    /** A destroyed table's device stays closed. */
    synchronized void reach(DeviceStatus next) {
        if (status != DeviceStatus.CLOSED) {
            status = next;
        }
    }

    Optional<LogDevice> device() {
        return Optional.ofNullable(device);
    }

    // --- on the lane's thread -------------------------------------------------------------------------------------

    DeviceInfo open(LogDevices.Source source) throws IOException {
        device = source.open(wanted.path(), wanted.regionCount());
        reach(DeviceStatus.OPEN);
        return device.info();
    }

    DeviceOutcome use(Use use) {
        LogDevice now = device;
        if (now == null) {
            return status == DeviceStatus.REFUSED ? new DeviceOutcome.Failed(DeviceHealth.WRITE_FAILED)
                    : new DeviceOutcome.Unknown("it is " + status.word());
        }
        try {
            use.of(now);
            return DeviceOutcome.Done.INSTANCE;
        } catch (DeviceFailed e) {
            return new DeviceOutcome.Failed(DeviceHealth.ofLetter(e.health().letter()));
        }
    }

    /** What was open; nothing is any more. */
    Optional<LogDevice> takeDevice() {
        Optional<LogDevice> taken = Optional.ofNullable(device);
        device = null;
        return taken;
    }

    // --- watched --------------------------------------------------------------------------------------------------

    /** True: for the first time. */
    boolean openAgainLater() {
        boolean isFirst = !wasOpenDue;
        wasOpenDue = true;
        isOpenDue = true;
        return isFirst;
    }

    boolean takeOpenDue() {
        boolean isDue = isOpenDue;
        isOpenDue = false;
        return isDue;
    }

    /** False: it was asked for before. */
    synchronized boolean beginClose(long nowMs) {
        boolean isFirst = closeAskedMs == NEVER;
        closeAskedMs = isFirst ? nowMs : closeAskedMs;
        status = DeviceStatus.CLOSED;
        return isFirst;
    }

    synchronized boolean isCloseOverdue(long nowMs, long boundMs) {
        return closeAskedMs != NEVER && !closed.isDone() && nowMs - closeAskedMs >= boundMs;
    }

    /** For how long the device has not answered; 0 unless that is late. */
    long lateMs(long nowMs) {
        return lane.running().map(running -> nowMs - running.sinceMs()).filter(ms -> ms >= DeviceLane.LATE_MS)
                .orElse(0L);
    }

    /** A line for the operator when the device becomes late, and one when it answers after all. */
    synchronized Optional<String> lateLine(long nowMs) {
        Optional<DeviceLane.Running> running = lane.running();
        if (toldLateMs != NEVER && running.filter(now -> now.sinceMs() == toldLateMs).isEmpty()) {
            long tookMs = nowMs - toldLateMs;
            toldLateMs = NEVER;
            return Optional.of("log device " + wanted.path() + " answers again, after " + tookMs / 1_000 + " s");
        }
        if (toldLateMs == NEVER && lateMs(nowMs) > 0) {
            toldLateMs = running.orElseThrow().sinceMs();
            return Optional.of("log device " + wanted.path() + " has not answered for "
                    + (nowMs - toldLateMs) / 1_000 + " s (" + running.get().what()
                    + "): what needs it waits; other logs are served");
        }
        return Optional.empty();
    }

    synchronized boolean isToldLate() {
        return toldLateMs != NEVER;
    }

    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
