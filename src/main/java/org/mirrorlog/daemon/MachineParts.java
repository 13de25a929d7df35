package org.mirrorlog.daemon;

import java.io.IOException;
import java.time.Duration;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.instance.RecordDirectory;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.logging.Incidents;
import org.mirrorlog.operations.ServiceCounters;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.Settings;

/**
 * What a service has of this machine; second stage of its start.
 *
 * @param records of its tables
 * @param start of this daemon, counted
 * @param incidents lines about tables and devices
 * @param devices open on it
 * @param heard keeps what is heard of logs
 */
record MachineParts(RecordDirectory records, long start, Incidents incidents, LogDevices devices, HeardKeeper heard) {
    private static final Duration DEVICE_TICK = Duration.ofSeconds(1);
    private static final Duration FORCE_HEARD = Duration.ofSeconds(1);

    /** Counts this start, and opens the records; nothing of a table is read yet. */
    static MachineParts start(Ground ground) throws StartException {
        Settings settings = ground.settings();
        LogService.Served served = ground.served();
        RecordDirectory records;
        long start;
        served.places().records();
        try {
            records = RecordDirectory.open(served.kept().records().places(), settings.kernel().bootId(),
                    served.kept().writer());
            start = served.earlier().nextStart(records);
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir: the records of this machine's tables cannot be used: " + e,
                    e);
        }
        served.places().free();
        Incidents incidents = new Incidents(LogService.LOG, KernelBridge::nowMs);
        LogDevices devices = new LogDevices(
                (device, regionCount) -> LogDevice.open(device, regionCount, settings.acceptRegularFiles()),
                settings.mostDevices(),
                new LogDevices.Means(DeviceThreads.start(), KernelBridge::nowMs, incidents::warnAlways));
        ground.system().scheduler().scheduleWithFixedDelay(DEVICE_TICK, DEVICE_TICK,
                GoesOn.task("who looks at log devices", devices::tick), ground.system().executionContext());
        HeardKeeper heard = new HeardKeeper(records::force, incidents, KernelBridge::nowMs);
        ground.repeatBlocking("who keeps what was heard", FORCE_HEARD, heard);
        ground.management().count("devices", () -> ServiceCounters.of(devices));
        return new MachineParts(records, start, incidents, devices, heard);
    }
}
