package org.mirrorlog.management;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mirrorlog.OddNames;

class LogMetricsTest {
    private static final LogView DISK = new LogView("LVM-disk", "clustered-disk", 1024, 2048, 2000, 50, 17L, "node1",
            new DeviceView("254:3", "D", "open", 7),
            List.of(new InstanceView("node1", "01", "active", 2).waiting(1, 2.5),
                    new InstanceView("node1", "02", "joining", 3).in("the disk is full").waiting(2, 7.5)));

    private static LogView core(String uuid) {
        return new LogView(uuid, "clustered-core", 1024, 10, 10, 1, null, "node1", null, List.of());
    }

    private static List<String> lines(List<LogView> logs, int most) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, new MetricSnapshots(LogMetrics.of(logs, most)));
        // The format knows no other end of a line.
        return Arrays.stream(out.toString(StandardCharsets.UTF_8).split("\n"))
                .filter(line -> !line.startsWith("#")).toList();
    }

    @Test
    void shouldMeasureALog() throws IOException {
        String labels = "{log=\"LVM-disk\",type=\"clustered-disk\"} ";

        assertEquals(List.of("mirrorlog_log_bytes" + labels + "1.073741824E9",
                "mirrorlog_log_device_failed" + labels + "1.0",
                "mirrorlog_log_device_late_seconds" + labels + "7.0",
                "mirrorlog_log_dirty_regions" + labels + "50.0",
                "mirrorlog_log_in_sync_regions" + labels + "2000.0",
                "mirrorlog_log_marked_regions" + labels + "5.0",
                "mirrorlog_log_oldest_request_seconds" + labels + "7.5",
                "mirrorlog_log_recovering_regions" + labels + "1.0",
                "mirrorlog_log_regions" + labels + "2048.0",
                "mirrorlog_log_silent" + labels + "0.0",
                "mirrorlog_log_tables" + labels + "2.0",
                "mirrorlog_log_waiting_requests" + labels + "3.0",
                "mirrorlog_log_waiting_tables" + labels + "1.0"), lines(List.of(DISK), 10));
    }

    @Test
    void shouldSayNothingOfWhatIsNotKnownOfASilentLog() throws IOException {
        LogView silent = new LogView("LVM-s", "clustered-core", 1024, 10, null, null, null, null, null, List.of(),
                new LogView.Silence("2026-11-22T16:00:00Z", "no answer in time"));

        List<String> lines = lines(List.of(silent), 10);

        assertTrue(lines.contains("mirrorlog_log_silent{log=\"LVM-s\",type=\"clustered-core\"} 1.0"), lines::toString);
        assertFalse(lines.toString().contains("in_sync") || lines.toString().contains("dirty")
                || lines.toString().contains("device"), lines::toString);
    }

    @Test
    void shouldSumUpTheLogsBeyondTheBound() throws IOException {
        List<LogView> logs = IntStream.range(0, 5).mapToObj(i -> core("LVM-" + i)).toList();

        List<String> regions = lines(logs, 2).stream().filter(line -> line.startsWith("mirrorlog_log_regions"))
                .toList();

        assertEquals(List.of("mirrorlog_log_regions{log=\"\",type=\"clustered-core\"} 30.0",
                "mirrorlog_log_regions{log=\"LVM-0\",type=\"clustered-core\"} 10.0",
                "mirrorlog_log_regions{log=\"LVM-1\",type=\"clustered-core\"} 10.0"), regions);
    }

    @Test
    void shouldKeepEveryNameOnALineOfItsOwn() throws IOException {
        List<String> names = OddNames.all();

        List<String> regions = lines(names.stream().map(LogMetricsTest::core).toList(), names.size()).stream()
                .filter(line -> line.startsWith("mirrorlog_log_regions")).toList();

        assertEquals(names.size(), regions.size());
        assertTrue(regions.stream().allMatch(line -> line.endsWith("type=\"clustered-core\"} 10.0")),
                regions::toString);
        assertEquals(names.size(), regions.stream().distinct().count());
    }
}
