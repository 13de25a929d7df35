package org.mirrorlog.management;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Under which names {@code GET /metrics} shows what {@code GET /mirrorlog/counters} counts. */
final class CounterTable {
    /**
     * Kind, counter, metric, label, meaning. A counter that ends with an asterisk stands for all that begin so, and
     * what follows is the label's value. Metrics are in base units, counters whose names end with {@code -us} in
     * microseconds.
     */
    private static final String TABLE = """
            counter tables.requests.* requests type Requests of this machine's kernel
            counter tables.rounds.* rounds type Requests that went to the owner; own: no request waits; repeated: again
            counter kernel.received datagrams_received - Datagrams that came from the kernel
            counter kernel.rejected.* datagrams_rejected reason Datagrams that could not be read
            counter kernel.overruns receive_overruns - Times that the receive buffer was full
            counter kernel.foreign-senders foreign_senders - Datagrams of others than the kernel
            counter kernel.unnamed-senders unnamed_senders - Datagrams that nobody could be answered to
            counter kernel.sent answers_sent - Answers sent to the kernel
            counter kernel.send-retries answer_retries - Answers that had to be sent again
            counter kernel.send-failures answer_failures - Answers that could not be sent
            counter kernel.peers-gone answers_without_peer - Answers for which nobody was there
            counter kernel.loop-failures receive_failures - Failures of the receive loop
            counter journal.commits journal_commits - Forced writes of the journal
            counter journal.appends journal_appends - Appends to the journal
            counter journal.events journal_events - Events appended to the journal
            counter journal.bytes journal_written_bytes - Bytes appended to the journal
            counter journal.refused journal_refused_appends - Appends refused: another owner had appended meanwhile
            counter journal.failed journal_failures - Appends and deletions that failed
            counter journal.moved-bytes journal_moved_bytes - Bytes moved by compaction
            counter journal.segments-begun journal_segments_begun - Segment files begun
            counter journal.segments-removed journal_segments_removed - Segment files removed
            gauge journal.commit-p50-us journal_commit_p50_seconds - Half of all commits were as fast
            gauge journal.commit-p99-us journal_commit_p99_seconds - 99 of 100 commits were as fast
            gauge journal.commit-max-us journal_commit_max_seconds - The slowest commit since the start
            counter devices.writes device_writes - Writes to log devices
            counter devices.flushes device_flushes - Cache flushes of log devices
            counter devices.written-bytes device_written_bytes - Bytes written to log devices
            counter devices.repaired-blocks device_repaired_blocks - Blocks that read-back found different and rewrote
            counter devices.late-operations device_late_operations - Operations of log devices that took 5 s or longer
            gauge devices.in-use devices_in_use - Log devices of this machine's tables
            gauge devices.late devices_late - Log devices that have not answered for 5 s
            gauge devices.lingering devices_lingering - Log devices of destroyed tables that are not closed yet
            gauge cluster.members.* cluster_members status Members of the cluster
            gauge cluster.unreachable cluster_unreachable_members - Members out of this node's reach
            gauge cluster.undecided nodes_undecided - Runs of kernels about whose death somebody has to decide
            gauge cluster.deaths deaths_declared - Runs of kernels that were declared dead
            gauge certificates.seconds.* certificate_expiry_seconds certificate Seconds until it ends; below 0: since
            """;
    private static final int COLUMNS = 5;
    private static final double MICROSECOND = 1e-6;
    private static final List<Row> ROWS = TABLE.lines().map(CounterTable::row).toList();

    private CounterTable() {
    }

    private record Row(boolean isGauge, String counter, MetricMetadata metric, String label) {
        boolean isFor(String name) {
            return label.isEmpty() ? counter.equals(name) : name.startsWith(counter);
        }

        MetricSnapshot of(Map<String, Long> values) {
            return isGauge
                    ? new GaugeSnapshot(metric, values.entrySet().stream().map(one ->
                            new GaugeDataPointSnapshot(value(one), labels(one), null)).toList())
                    : new CounterSnapshot(metric, values.entrySet().stream().map(one ->
                            new CounterDataPointSnapshot(value(one), labels(one), null, 0)).toList());
        }

        private double value(Map.Entry<String, Long> one) {
            return one.getKey().endsWith("-us") ? one.getValue() * MICROSECOND : one.getValue();
        }

        private Labels labels(Map.Entry<String, Long> one) {
            return label.isEmpty() ? Labels.EMPTY : Labels.of(label, one.getKey().substring(counter.length()));
        }
    }

    private static Row row(String line) {
        String[] columns = line.split(" ", COLUMNS);
        return new Row("gauge".equals(columns[0]), columns[1].replace("*", ""),
                Metrics.named(columns[2], columns[4]), columns[3].replace("-", ""));
    }

    /** What is shown of these counters. */
    static List<MetricSnapshot> of(Map<String, Long> counters) {
        List<MetricSnapshot> shown = new ArrayList<>();
        for (Row row : ROWS) {
            Map<String, Long> values = new TreeMap<>(counters);
            values.keySet().removeIf(name -> !row.isFor(name));
            if (!values.isEmpty()) {
                shown.add(row.of(values));
            }
        }
        return shown;
    }
}
