package org.mirrorlog.operations;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mirrorlog.device.DeviceCounters;
import org.mirrorlog.journal.JournalCounters;
import org.mirrorlog.kernel.RequestTimes;
import org.mirrorlog.management.DurationsView;
import org.mirrorlog.owner.LogDevices;

/** Journal and log devices in numbers, by the names that {@code GET /mirrorlog/counters} shows. */
public final class ServiceCounters {
    private ServiceCounters() {
    }

    public static Map<String, Long> of(JournalCounters.Snapshot counters) {
        Map<String, Long> shown = new TreeMap<>();
        shown.put("commits", counters.commits());
        shown.put("appends", counters.appends());
        shown.put("events", counters.events());
        shown.put("bytes", counters.bytes());
        shown.put("refused", counters.refused());
        shown.put("failed", counters.failed());
        shown.put("moved-bytes", counters.movedBytes());
        shown.put("segments-begun", counters.segmentsBegun());
        shown.put("segments-removed", counters.segmentsRemoved());
        shown.put("commit-p50-us", counters.commitP50Us());
        shown.put("commit-p99-us", counters.commitP99Us());
        shown.put("commit-max-us", counters.commitMaxUs());
        return shown;
    }

    public static List<DurationsView> times(JournalCounters.Snapshot counters) {
        return List.of(new DurationsView("", counters.times().byPower(), counters.times().sumNs()));
    }

    public static List<DurationsView> times(RequestTimes requests) {
        return requests.read().entrySet().stream().map(one -> new DurationsView(one.getKey(),
                one.getValue().byPower(), one.getValue().sumNs())).toList();
    }

    public static Map<String, Long> of(LogDevices devices) {
        DeviceCounters counters = devices.counters();
        LogDevices.Census census = devices.census();
        return Map.of("writes", counters.writes(), "flushes", counters.flushes(), "written-bytes",
                counters.writtenBytes(), "repaired-blocks", counters.repairedBlocks(), "in-use", census.inUse(),
                "late", census.late(), "late-operations", census.lateOperations(), "lingering", census.lingering());
    }
}
