package org.mirrorlog.management;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The logs of this machine as metrics, with labels {@code log} and {@code type}. What is not known of a silent log is
 * not there.
 */
final class LogMetrics {
    /** What stands for the logs beyond the bound: no log has an empty name. */
    private static final String OTHERS = "";
    private static final double SECTOR_BYTES = 512;
    private static final List<Measure> MEASURES = List.of(
            new Measure("log_regions", "Regions of the log", LogView::regionCount),
            new Measure("log_bytes", "Bytes that the log's regions cover, the last one taken for whole",
                    log -> log.regionCount() * log.regionSize() * SECTOR_BYTES),
            new Measure("log_in_sync_regions", "Regions in sync", log -> value(log.inSync())),
            new Measure("log_dirty_regions", "Regions that are not clean", log -> value(log.dirty())),
            new Measure("log_recovering_regions", "Regions being copied", log ->
                    log.silent() != null ? Double.NaN : log.recovering() == null ? 0 : 1),
            new Measure("log_marked_regions", "Regions that tables hold marked, those of other nodes as far as known",
                    log -> log.instances().stream().mapToLong(InstanceView::marks).sum()),
            new Measure("log_tables", "Kernel tables that use the log", log -> log.instances().size()),
            new Measure("log_waiting_tables", "Tables of this machine that are not served at present",
                    log -> log.instances().stream().filter(table -> table.trouble() != null).count()),
            new Measure("log_waiting_requests", "Requests of this machine's kernel that have no reply yet",
                    log -> log.instances().stream().filter(table -> table.waiting() != null)
                            .mapToInt(InstanceView::waiting).sum()),
            new Measure("log_oldest_request_seconds", "How long the oldest of them waits; of logs summed up, the sum",
                    log -> log.instances().stream().filter(table -> table.waitsForSeconds() != null)
                            .mapToDouble(InstanceView::waitsForSeconds).max().orElse(0)),
            new Measure("log_silent", "Logs whose owner does not answer", log -> log.silent() == null ? 0 : 1),
            new Measure("log_device_failed", "Logs whose device has failed", log ->
                    log.logDevice() == null ? Double.NaN : "A".equals(log.logDevice().health()) ? 0 : 1),
            new Measure("log_device_late_seconds", "For how long the log's device has not answered; 0 below 5", log ->
                    log.logDevice() == null ? Double.NaN : log.logDevice().lateSeconds()));

    private LogMetrics() {
    }

    /**
     * @param value of one log; not a number: unknown, or there is no such thing
     */
    private record Measure(String name, String help, ToDoubleFunction<LogView> value) {
        MetricSnapshot of(Map<Labels, List<LogView>> logs) {
            List<GaugeDataPointSnapshot> points = new ArrayList<>();
            logs.forEach((labels, some) -> {
                double[] known = some.stream().mapToDouble(value).filter(one -> !Double.isNaN(one)).toArray();
                if (known.length > 0) {
                    points.add(new GaugeDataPointSnapshot(Arrays.stream(known).sum(), labels, null));
                }
            });
            return new GaugeSnapshot(Metrics.named(name, help), points);
        }
    }

    private static double value(Long number) {
        return number == null ? Double.NaN : number;
    }

    /** @param most that are shown one by one, first by name; the others are summed up by type under an empty name */
    static List<MetricSnapshot> of(List<LogView> logs, int most) {
        Map<Labels, List<LogView>> byLabels = new TreeMap<>();
        List<LogView> sorted = logs.stream().sorted(Comparator.comparing(LogView::uuid)).toList();
        for (int i = 0; i < sorted.size(); i++) {
            LogView log = sorted.get(i);
            byLabels.computeIfAbsent(Labels.of("log", i < most ? log.uuid() : OTHERS, "type", log.type()),
                    labels -> new ArrayList<>()).add(log);
        }
        return MEASURES.stream().map(measure -> measure.of(byLabels)).toList();
    }
}
