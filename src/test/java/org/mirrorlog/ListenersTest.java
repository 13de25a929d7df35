package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a process really listens at, for each way to say it: nothing beyond loopback without TLS. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ListenersTest {
    private static final String TCP = """
            mirrorlog.cluster.host = "127.0.0.1"
            """;

    @TempDir
    private Path dir;

    private Settings settings(String more) {
        return Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s"
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%s" }
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")) + more)), Machine.current());
    }

    @Test
    void shouldTellWhatIsBoundAndWhatOthersCanReach() throws Exception {
        Listeners listeners = Listeners.before();
        try (ServerSocket any = new ServerSocket(0);
                ServerSocket loopback = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.2"))) {
            List<String> all = Listeners.now().stream().map(Listeners.Listener::toString).toList();
            assertTrue(all.contains("127.0.0.2:" + loopback.getLocalPort()), all::toString);

            List<Listeners.Listener> open = listeners.beyondLoopback();
            assertEquals(List.of(any.getLocalPort()), open.stream().map(Listeners.Listener::port).toList());

            String message = assertThrows(StartException.class, () -> listeners.check(settings(TCP).cluster()))
                    .getMessage();
            assertTrue(message.contains(":" + any.getLocalPort() + "], beyond loopback"), message);
            listeners.check(settings("mirrorlog.cluster.insecure = true").cluster());
        }
        listeners.check(settings(TCP).cluster());
    }

    @Test
    void shouldRefuseEachWayToListenBeyondLoopbackWithoutTls() {
        for (String way : List.of("akka.remote.artery.bind.hostname = \"0.0.0.0\"",
                "akka.remote.artery.bind.hostname = \"::\"", "akka.remote.artery.bind.hostname = \"<getHostAddress>\"",
                "akka.remote.artery.canonical.hostname = \"192.0.2.1\"", "mirrorlog.cluster.host = \"192.0.2.1\"",
                "akka.management.http.hostname = \"0.0.0.0\"", "akka.management.http.bind-hostname = \"0.0.0.0\"")) {
            String message = assertThrows(BadSettingsException.class, () -> settings(way), way).getMessage();
            assertTrue(message.contains(way.substring(0, way.indexOf(' '))) && message.contains("a loopback address"),
                    message);
        }
        settings("akka.remote.artery.bind.hostname = \"127.0.0.3\"");
        settings("akka.remote.artery.bind.hostname = \"0.0.0.0\"\nmirrorlog.cluster.insecure = true");
    }

    @Test
    void shouldRefuseSeedsThatSpellOneHostInTwoWays() {
        for (String seeds : List.of("\"localhost:8\", \"127.0.0.1:9\"", "\"LOCALHOST:8\"",
                "\"[::1]:8\", \"::0:1:9\"")) {
            String message = assertThrows(BadSettingsException.class, () -> settings(
                    "mirrorlog.cluster { port = 7, seeds = [\"127.0.0.1:7\", " + seeds + "] }")).getMessage();
            assertTrue(message.contains("one spelling for each host"), message);
        }
        String fine = assertThrows(BadSettingsException.class, () -> settings(
                "mirrorlog.cluster { port = 7, seeds = [\"127.0.0.1:7\", \"127.0.0.2:7\", \"storage-2:7\"] }"))
                .getMessage();
        assertTrue(!fine.contains("one spelling"), fine);
    }

    @Test
    @Tag("slow")
    void shouldBeReachedByOthersAtNoPortOfADaemonUnlessTold() throws Exception {
        Listeners listeners = Listeners.before();
        for (String way : List.of("", "akka.remote.artery.bind.hostname = \"127.0.0.3\"")) {
            try (Daemon daemon = Daemon.start(settings(way))) {
                assertEquals("127.0.0.1", daemon.management().getHost());
                assertEquals(List.of(), listeners.beyondLoopback(), way);
            }
        }
        try (Daemon daemon = Daemon.start(settings("""
                akka.remote.artery.bind.hostname = "0.0.0.0"
                mirrorlog.cluster.insecure = true
                """))) {
            assertEquals(1, listeners.beyondLoopback().size(), "remoting alone");
            assertEquals("127.0.0.1", daemon.management().getHost());
        }
    }
}
