package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/**
 * A daemon in this process, named storage-1, and a kernel with one mirror that it serves: what no neighbour may
 * disturb. For one thread.
 */
final class ServedMirror implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] NOTHING = {};
    /** What serving one write takes, if nothing has to be done twice; how long it takes is another matter. */
    private static final List<String> COSTS = List.of("kernel.received", "kernel.sent", "kernel.send-failures",
            "kernel.overruns", "tables.requests.MARK_REGION", "tables.requests.FLUSH", "tables.rounds.MARK_REGION",
            "tables.rounds.FLUSH", "journal.refused", "journal.failed");

    private final Path dir;
    private final Daemon daemon;
    private final PlainKernel kernel;
    private final Map<String, Long> undisturbed;
    /** Never the same twice: its mark is none that is held still, so that each write takes its round and its commit. */
    private long region;

    private ServedMirror(Path dir, Daemon daemon, String uuid) throws IOException, InterruptedException {
        this.dir = dir;
        this.daemon = daemon;
        this.kernel = new PlainKernel(dir.resolve("table"), dir.resolve("kernel"), uuid, 7);
        kernel.construct("10485760 clustered-core 1024");
        kernel.askWell(RequestType.RESUME, NOTHING);
        write();
        this.undisturbed = costOfWrite();
    }

    /**
     * Starts both.
     *
     * @param dir where their files are
     * @param uuid of the mirror's log
     * @param more settings of the daemon
     */
    static ServedMirror start(Path dir, String uuid, String more) throws Exception {
        Daemon daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = storage-1, data-dir = "%1$s/data", marks.lazy-clear = 0 s, shutdown.force = true
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%1$s/kernel" }
                }
                akka.management.http.port = 0
                """.formatted(dir) + more)), MachineIdentity.current()));
        try {
            return new ServedMirror(dir, daemon, uuid);
        } catch (IOException | RuntimeException | AssertionError e) {
            daemon.close();
            throw e;
        }
    }

    Daemon daemon() {
        return daemon;
    }

    /** The socket for orders. */
    Path operators() {
        return dir.resolve("data/operator.sock");
    }

    /** What is answered near by. */
    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(daemon.management().resolve(path))
                .timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private void write() throws IOException {
        kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(region));
        kernel.askWell(RequestType.FLUSH, NOTHING);
        kernel.askWell(RequestType.CLEAR_REGION, PlainKernel.words(region));
        region++;
    }

    /** Once all that the kernel has asked was answered: a datagram is counted when it has gone out. */
    private Map<String, Long> counters() {
        return await().atMost(60, TimeUnit.SECONDS).until(this::countersNow,
                now -> now.get("kernel.sent").equals(now.get("kernel.received")));
    }

    private Map<String, Long> countersNow() throws IOException, InterruptedException {
        JsonNode all = JSON.readTree(get("/mirrorlog/counters").body());
        Map<String, Long> of = new TreeMap<>();
        COSTS.forEach(name -> of.put(name, all.path(name).asLong(-1)));
        return of;
    }

    private Map<String, Long> costOfWrite() throws IOException {
        Map<String, Long> before = counters();
        write();
        Map<String, Long> cost = new TreeMap<>(counters());
        before.forEach((name, count) -> cost.merge(name, -count, Long::sum));
        return cost;
    }

    /**
     * Whoever else asks: probes are answered, no request of the kernel waits until it would send it again, and serving
     * a write takes what it took before.
     */
    void assertGoesOn() throws IOException, InterruptedException {
        for (String probe : List.of("/ready", "/alive")) {
            HttpResponse<String> answer = get(probe);
            assertEquals(200, answer.statusCode(), probe + ": " + answer.body());
        }
        write();
    }

    /** As soon as others have been served, so that counters can be asked for. */
    void assertCostsWhatItDid() throws IOException {
        assertEquals(undisturbed, costOfWrite());
    }

    @Override
    public void close() {
        kernel.close();
        daemon.close();
    }
}
