package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.management.MetricNames;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** {@code GET /metrics} of a daemon with a table, as Prometheus reads it. */
@Timeout(120)
class MetricsTest {
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    @TempDir
    private static Path dir;
    private static Daemon daemon;
    private static PlainKernel kernel;

    @BeforeAll
    static void start() throws Exception {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s"
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%s" }
                }
                mirrorlog.device.accept-regular-files = true
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")))), MachineIdentity.current()));
        kernel = new PlainKernel(dir.resolve("table"), dir.resolve("kernel"), "LVM-\"a\"", 7);
        kernel.construct("10240 clustered-core 1024 nosync");
        kernel.askWell(RequestType.RESUME, new byte[0]);
        kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3, 4));
        kernel.askWell(RequestType.FLUSH, new byte[0]);
        Path device = Files.write(dir.resolve("device"), new byte[1 << 20]);
        try (PlainKernel disk = new PlainKernel(dir.resolve("disk-table"), dir.resolve("kernel"), "LVM-disk", 8)) {
            disk.construct("10240 clustered-disk " + device + " 1024 nosync");
        }
    }

    @AfterAll
    static void stop() {
        kernel.close();
        daemon.close();
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(daemon.management().resolve(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, String> values(String page) {
        Map<String, String> values = new TreeMap<>();
        page.lines().filter(line -> !line.startsWith("#")).forEach(line ->
                values.put(line.substring(0, line.lastIndexOf(' ')), line.substring(line.lastIndexOf(' ') + 1)));
        return values;
    }

    @Test
    void shouldShowWhatTheKernelDidAndTheLogAndTheNode() throws Exception {
        HttpResponse<String> page = get("/metrics");

        assertEquals(200, page.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", page.headers().firstValue("content-type").orElse(""));
        Map<String, String> values = values(page.body());
        String log = "{log=\"LVM-\\\"a\\\"\",type=\"clustered-core\"}";
        assertEquals("1.0", values.get("mirrorlog_requests_total{type=\"FLUSH\"}"));
        assertEquals("10.0", values.get("mirrorlog_log_regions" + log));
        assertEquals("2.0", values.get("mirrorlog_log_dirty_regions" + log));
        assertEquals("10.0", values.get("mirrorlog_log_in_sync_regions" + log));
        assertEquals("0.0", values.get("mirrorlog_log_waiting_requests" + log));
        assertEquals("0.0", values.get("mirrorlog_health{code=\"MIRROR_LOG_HELD\",severity=\"error\"}"));
        assertEquals("1.0", values.get("mirrorlog_ready"));
        assertEquals("1.0", values.get("mirrorlog_logs_readable"));
        assertEquals("1.0", values.get("mirrorlog_cluster_members{status=\"Up\"}"));
        assertEquals("0.0", values.get("mirrorlog_nodes_undecided"));
        assertTrue(Double.parseDouble(values.get("mirrorlog_journal_commits_total")) > 0, page.body());
        assertTrue(Double.parseDouble(values.get("process_resident_memory_bytes")) > 0, page.body());
        assertTrue(values.containsKey("jvm_threads_current"), page.body());
    }

    @Test
    void shouldShowHowLongRequestsAndForcedWritesTook() throws Exception {
        Map<String, String> values = values(get("/metrics").body());

        assertEquals("1", values.get("mirrorlog_request_seconds_count{type=\"FLUSH\"}"));
        assertEquals("1", values.get("mirrorlog_request_seconds_bucket{type=\"FLUSH\",le=\"+Inf\"}"));
        assertEquals("1", values.get("mirrorlog_request_seconds_bucket{type=\"FLUSH\",le=\"17.179869184\"}"));
        assertEquals("0", values.get("mirrorlog_request_seconds_count{type=\"SET_REGION_SYNC\"}"));
        assertTrue(Double.parseDouble(values.get("mirrorlog_request_seconds_sum{type=\"FLUSH\"}")) > 0);
        assertEquals(17, values.keySet().stream().filter(name -> name.startsWith("mirrorlog_request_seconds_count"))
                .count());
        assertTrue(Integer.parseInt(values.get("mirrorlog_forced_write_seconds_count")) > 0);
        assertTrue(Double.parseDouble(values.get("mirrorlog_forced_write_seconds_sum")) > 0);
    }

    @Test
    void shouldSpeakOpenMetricsToWhoAsksForIt() throws Exception {
        HttpResponse<String> page = get("/metrics", "Accept", OPEN_METRICS + ",text/plain;q=0.5");

        assertEquals(OPEN_METRICS, page.headers().firstValue("content-type").orElse(""));
        assertTrue(page.body().endsWith("# EOF\n"), page.body());
    }

    @Test
    void shouldForgetNoCounter() throws Exception {
        Map<?, ?> counters = new ObjectMapper()
                .readValue(get("/mirrorlog/counters").body(), Map.class);

        assertEquals(List.of(), MetricNames.missing(counters.keySet().stream().map(Object::toString).toList()));
    }

    @Test
    void shouldPleasePrometheusOwnCheck() throws Exception {
        Path page = Files.writeString(dir.resolve("page"), get("/metrics").body());

        Commands.Ended check = promtool("check metrics < " + page);

        assertEquals(0, check.status(), check.text());
        assertFalse(check.text().contains("mirrorlog_"), check.text());
    }

    @Test
    void shouldHaveRulesThatPrometheusTakesAndThatFireWhenTheyShould() throws Exception {
        Commands.Ended rules = promtool("check rules deploy/monitoring/alerts.yml");
        assertEquals(0, rules.status(), rules.text());
        Commands.Ended scrape = promtool("check config deploy/monitoring/prometheus.yml");
        assertEquals(0, scrape.status(), scrape.text());

        Commands.Ended fired = promtool("test rules src/test/resources/alerts-test.yml");

        assertEquals(0, fired.status(), fired.text());
    }

    @Test
    void shouldTestEveryAlertFiringAndNotAndShowMetricsThatAreThere() throws Exception {
        String alerts = Files.readString(Path.of("deploy/monitoring/alerts.yml"));
        String tests = Files.readString(Path.of("src/test/resources/alerts-test.yml"));
        String operations = Files.readString(Path.of("docs/operations.md"));
        String page = get("/metrics").body();
        List<String> names = found("- alert: (\\w+)", alerts);
        assertEquals(11, names.size());
        for (String name : names) {
            assertTrue(found("alertname: (" + name + ")\n *exp_alerts: \\[\\]", tests).size() > 0, name + " silent");
            assertTrue(found("alertname: (" + name + ")\n *exp_alerts:\n", tests).size() > 0, name + " fires");
            assertTrue(operations.contains("`" + name + "`"), name + " in docs/operations.md");
        }
        List<String> metrics = found("(mirrorlog_\\w+)", alerts);
        assertFalse(metrics.isEmpty());
        metrics.forEach(metric -> assertTrue(page.contains("# TYPE " + metric + " "), metric));
    }

    /** Every query of every panel, asked of a real Prometheus that scrapes this daemon: each has data. */
    @Test
    void shouldHaveADashboardForGrafanaWhoseEveryQueryHasData() throws Exception {
        Assumptions.assumeTrue(PrometheusServer.isThere(), "prometheus is missing");
        JsonNode board = new ObjectMapper().readTree(Files.readString(Path.of("deploy/monitoring/grafana.json")));
        List<String> queries = new ArrayList<>();
        board.path("panels").forEach(panel -> panel.path("targets").forEach(target ->
                queries.add(target.path("expr").asText().replace("$instance", ".*")
                        .replace("$__rate_interval", "30s"))));
        assertTrue(queries.size() > 30, queries::toString);

        List<String> empty = new ArrayList<>();
        try (PrometheusServer prometheus = PrometheusServer.start(dir.resolve("prometheus"), daemon.management())) {
            prometheus.awaitRates();
            for (String query : queries) {
                if (prometheus.series(query) == 0) {
                    empty.add(query);
                }
            }
            assertEquals(0, prometheus.series("mirrorlog_no_such_metric"), "what is not there is noticed");
        }

        assertEquals(List.of(), empty, "queries without data");
        assertEquals(queries.size(), queries.stream().distinct().count());
    }

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map(one -> one.group(1)).toList();
    }

    private static Commands.Ended promtool(String arguments) throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/promtool")), "promtool is missing (prometheus)");
        return Commands.tryRun(List.of("sh", "-c", "promtool " + arguments));
    }

    @Test
    void shouldOnlyBeRead() throws Exception {
        assertEquals(405, HttpClient.newHttpClient().send(HttpRequest.newBuilder(
                daemon.management().resolve("/metrics")).POST(HttpRequest.BodyPublishers.noBody()).build(),
                HttpResponse.BodyHandlers.ofString()).statusCode());
    }
}
