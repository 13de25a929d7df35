package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;
import org.slf4j.LoggerFactory;

/**
 * One daemon that serves one kernel after the other, where a new boot proves nothing: the former kernel may still run
 * until somebody says that it is dead (D16).
 */
@Tag("slow")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DeathDaemonTest {
    private static final byte[] NOTHING = {};
    private static final String LINE = "10240 clustered-core 1024 nosync";
    private static final String UUID = "LVM-death";

    @TempDir
    private Path dir;
    private Daemon daemon;
    private int kernels;

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void s16ShouldResyncWhatAKernelHadMarkedOnceItIsDeclaredDead() throws Exception {
        daemon = Daemon.start(settings("boot-1"));
        try (PlainKernel kernel = kernel(1)) {
            kernel.construct(LINE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3, 4));
            kernel.askWell(RequestType.FLUSH, NOTHING);
        }
        daemon.close();
        daemon = Daemon.start(settings("boot-2"));
        JsonNode former = json("/mirrorlog/nodes/boot-1").at("/runs/0");
        assertEquals("undecided", former.path("state").asText(), "though this node uses no log: " + former);
        assertEquals("{\"regions\":2,\"logs\":1}", former.path("lost").toString());
        assertEquals("[\"" + UUID + "\"]", former.path("writable").toString());
        try (PlainKernel kernel = kernel(2)) {
            kernel.construct(LINE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(10, json("/mirrorlog/logs/" + UUID).get("inSync").asLong(), "S15: frozen, nothing else");
            assertEquals(2, json("/mirrorlog/logs/" + UUID).get("dirty").asLong());
            assertEquals(2, json("/mirrorlog/nodes/boot-1").at("/runs/0/marks").asLong());

            assertEquals(2, json("/mirrorlog/nodes").path("nodes").size());
            HealthPage.awaitCode(daemon.management(), HealthCode.NODE_REMOVED_NOT_FENCED);
            assertEquals(404, confirm("boot-3", true).statusCode());
            OperatorOrders.Answer refused = confirm("boot-1", false);
            assertEquals(409, refused.statusCode(), refused.body());
            assertTrue(refused.body().contains("to the mirrors of [" + UUID + "]"), refused.body());
            assertEquals(0, json("/mirrorlog/deaths").path("deaths").size());
            assertEquals(200, confirm("boot-1", true).statusCode());

            await("the log hears of it").atMost(20, TimeUnit.SECONDS)
                    .until(() -> json("/mirrorlog/logs/" + UUID).get("inSync").asLong() == 8);
            assertEquals(2, json("/mirrorlog/logs/" + UUID).get("dirty").asLong());
            assertEquals(1, json("/mirrorlog/logs/" + UUID).get("instances").size());
            assertEquals("boot-1", json("/mirrorlog/deaths").at("/deaths/0/bootId").asText());
            HealthPage.awaitGone(daemon.management(), HealthCode.NODE_REMOVED_NOT_FENCED);
        }
        daemon.close();

        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Logger log = (Logger) LoggerFactory.getLogger(Daemon.class);
        log.addAppender(lines);
        daemon = Daemon.start(settings("boot-1"));
        log.detachAppender(lines);
        assertEquals(List.of("not ready: node node-a (boot id boot-1) was declared dead"), lines.list.stream()
                .map(line -> line.getFormattedMessage().replaceFirst(": nothing of .*", "")).toList());
        assertEquals("not ready: this node was declared dead (boot id boot-1): not served before its machine has booted"
                + " again", get("/ready").body());
        HealthPage.awaitCode(daemon.management(), HealthCode.DECLARED_DEAD_BUT_RUNS);
        try (PlainKernel kernel = kernel(1)) {
            assertEquals("boot-1", json("/mirrorlog/deaths").at("/deaths/0/bootId").asText(),
                    "the register is durable");
            kernel.assertSilent(RequestType.FLUSH, NOTHING, Duration.ofSeconds(2));
            kernel.assertSilent(RequestType.CTR, LINE.getBytes(), Duration.ofSeconds(2));
        }
    }

    private OperatorOrders.Answer confirm(String bootId, boolean isPowerOff) throws Exception {
        return OperatorOrders.post(dir.resolve("data/operator.sock"), "/mirrorlog/deaths",
                "{\"bootIds\": [\"" + bootId + "\"], \"powerIsOff\": " + isPowerOff + "}");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(daemon.management().resolve(path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertTrue(answer.statusCode() == 200, path + ": " + answer.body());
        return new ObjectMapper().readTree(answer.body());
    }

    private PlainKernel kernel(long luid) throws Exception {
        return new PlainKernel(dir.resolve("table-" + ++kernels), dir.resolve("kernel"), UUID, luid);
    }

    private Settings settings(String bootId) {
        return Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s", new-boot-proves-death = false
                  kernel { connector = unix, boot-id = %s, unix-path = "%s" }
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), bootId, dir.resolve("kernel")))), MachineIdentity.current());
    }
}
