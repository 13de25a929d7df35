package org.mirrorlog.management;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Request;
import org.mirrorlog.health.HealthCode;

/**
 * What {@code GET /metrics} shows: all counters, the logs of this machine, the node, and the JVM. Everything is read
 * when it is asked for; nothing is recorded for it.
 */
final class Metrics {
    private static final String PREFIX = "mirrorlog_";
    private static final String OPEN_METRICS = "application/openmetrics-text";

    private final ManagementPort port;
    private final Executor worker;
    private final ExpositionFormatWriter plain = PrometheusTextFormatWriter.create();
    private final ExpositionFormatWriter open = OpenMetricsTextFormatWriter.create();
    private PrometheusRegistry machine;

    Metrics(ManagementPort port, Executor worker) {
        this.port = port;
        this.worker = worker;
    }

    static MetricMetadata named(String metric, String help) {
        return new MetricMetadata(PREFIX + metric, help);
    }

    /** Within the bounds of what shows the logs; they are missing while they cannot be read. */
    CompletionStage<HttpReply> answer(Request request) {
        if (!"GET".equals(request.method()) && !"HEAD".equals(request.method())) {
            return CompletableFuture.completedStage(HttpReply.readOnly());
        }
        boolean isOpen = request.header("accept").filter(text -> text.contains(OPEN_METRICS)).isPresent();
        CompletionStage<Optional<List<LogView>>> logs = port.views()
                .map(views -> views.all().handle((all, failure) -> Optional.ofNullable(all)))
                .orElse(CompletableFuture.completedStage(Optional.empty()));
        return logs.thenApplyAsync(known -> page(isOpen ? open : plain, known), worker);
    }

    private HttpReply page(ExpositionFormatWriter writer, Optional<List<LogView>> logs) {
        List<MetricSnapshot> all = new ArrayList<>(CounterTable.of(port.counters()));
        all.add(DurationMetrics.of(named("request_seconds", "From a request of the kernel to its answer"), "type",
                port.requestTimes()));
        all.add(DurationMetrics.of(named("forced_write_seconds", "Write and force of one commit of the journal"), "",
                port.forcedWriteTimes()));
        all.add(gauge("ready", "Whether this node is ready to serve: 1 or 0", port.unready().isEmpty()));
        all.add(health());
        all.add(gauge("logs_readable", "Whether the logs of this machine could be read: 1 or 0", logs.isPresent()));
        all.add(new InfoSnapshot(named("build", "The program"), List.of(new InfoDataPointSnapshot(
                Labels.of("version", version())))));
        all.addAll(LogMetrics.of(logs.orElse(List.of()), port.mostMeasuredLogs()));
        machine().scrape().forEach(all::add);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            writer.write(body, new MetricSnapshots(all));
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes everything", e);
        }
        return new HttpReply(200, writer.getContentType(), body.toByteArray(), Map.of());
    }

    /** Each code, so that a rule can tell "none" from "unknown". */
    private MetricSnapshot health() {
        Map<HealthCode, Integer> counts = new EnumMap<>(HealthCode.class);
        port.health().findings().forEach(finding -> counts.put(finding.code(), finding.count()));
        return new GaugeSnapshot(named("health", "Whom each of the health codes concerns now: so many"),
                Arrays.stream(HealthCode.values()).map(code -> new GaugeDataPointSnapshot(
                        counts.getOrDefault(code, 0), Labels.of("code", code.name(), "severity",
                        code.severity().word()), null)).toList());
    }

    /** Made when somebody asks for the first time: it costs memory. */
    private synchronized PrometheusRegistry machine() {
        if (machine == null) {
            PrometheusRegistry made = new PrometheusRegistry();
            JvmMetrics.builder().register(made);
            machine = made;
        }
        return machine;
    }

    private static MetricSnapshot gauge(String name, String help, boolean value) {
        return new GaugeSnapshot(named(name, help),
                List.of(new GaugeDataPointSnapshot(value ? 1 : 0, Labels.EMPTY, null)));
    }

    private static String version() {
        return Optional.ofNullable(Metrics.class.getPackage().getImplementationVersion()).orElse("unknown");
    }
}
