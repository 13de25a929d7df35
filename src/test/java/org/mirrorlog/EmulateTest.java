package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.daemon.Daemon;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** {@code mirrorlogd emulate} with a daemon that runs. */
@Timeout(180)
class EmulateTest {
    @TempDir
    private Path dir;

    @Test
    void shouldPlayAKernelForADaemonThatRuns() throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream screen = new PrintStream(said, true, StandardCharsets.UTF_8);
        try (Daemon daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s"
                  kernel { connector = unix, unix-path = "%s" }
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")))), MachineIdentity.current()))) {

            ExitCode end = new Main(screen, screen).run(List.of("emulate", "--socket=" + dir.resolve("kernel"),
                    "--regions=16", "--seconds=2"));

            assertEquals(ExitCode.OK, end, said::toString);
            JsonNode counters = get(daemon, "/mirrorlog/counters");
            assertTrue(counters.path("tables.requests.FLUSH").asLong() > 0, counters.toString());
            assertEquals(16, counters.path("tables.requests.SET_REGION_SYNC").asLong(), "all of it was resynced");
            assertEquals(0, get(daemon, "/mirrorlog/logs").size(), "the mirror was removed");
        }
    }

    private static JsonNode get(Daemon daemon, String path) throws Exception {
        return new ObjectMapper().readTree(HttpClient.newHttpClient().send(HttpRequest.newBuilder(
                daemon.management().resolve(path)).build(), HttpResponse.BodyHandlers.ofString()).body());
    }
}
