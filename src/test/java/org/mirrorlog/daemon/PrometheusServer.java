package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.FreePorts;

/** A real Prometheus that scrapes one daemon each second. */
final class PrometheusServer implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/prometheus");
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final int LIMIT_S = 60;

    private final Process process;
    private final URI base;

    private PrometheusServer(Process process, URI base) {
        this.process = process;
        this.base = base;
    }

    static boolean isThere() {
        return Files.isExecutable(PROGRAM);
    }

    static PrometheusServer start(Path directory, URI daemon) throws IOException {
        Path config = Files.writeString(Files.createDirectories(directory).resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, scrape_timeout: 1s}
                scrape_configs:
                  - job_name: mirrorlogd
                    static_configs:
                      - targets: ["%s"]
                """.formatted(daemon.getAuthority()));
        int port = FreePorts.take();
        return new PrometheusServer(new ProcessBuilder(PROGRAM.toString(), "--config.file=" + config,
                "--storage.tsdb.path=" + directory.resolve("data"), "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true).redirectOutput(directory.resolve("output").toFile()).start(),
                URI.create("http://127.0.0.1:" + port));
    }

    /** How many series a query has now; fails on one that it cannot read. */
    int series(String query) throws IOException, InterruptedException {
        HttpResponse<String> answer = HTTP.send(HttpRequest.newBuilder(base.resolve("/api/v1/query?query="
                + URLEncoder.encode(query, StandardCharsets.UTF_8))).build(), HttpResponse.BodyHandlers.ofString());
        JsonNode document = new ObjectMapper().readTree(answer.body());
        if (!"success".equals(document.path("status").asText())) {
            throw new IllegalArgumentException(query + ": " + answer.body());
        }
        return document.at("/data/result").size();
    }

    /** Waits until it has scraped so often that rates are known. */
    void awaitRates() {
        await("Prometheus to have scraped thrice").atMost(LIMIT_S, TimeUnit.SECONDS).ignoreExceptions()
                .until(() -> series("count_over_time(mirrorlog_ready[60s]) >= 3") > 0);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().orTimeout(LIMIT_S, TimeUnit.SECONDS).join();
    }
}
