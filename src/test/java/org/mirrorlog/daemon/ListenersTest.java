package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.FreePorts;
import org.mirrorlog.SharedJournal;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.BadSettingsException;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** What a process really listens at, for each way to say it: nothing beyond loopback without TLS. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ListenersTest {
    private static final String TCP = """
            mirrorlog.cluster.host = "127.0.0.1"
            """;

    private static final String TLS =
            "mirrorlog.cluster.tls { certificate = /etc/a.pem, key = /etc/a-key.pem, authority = /etc/ca.pem }";

    @TempDir
    private Path dir;

    private Settings settings(String more) {
        return Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s"
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%s" }
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")) + more)), MachineIdentity.current());
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

            Set<Integer> none = Set.of(loopback.getLocalPort());
            String message = assertThrows(StartException.class, () -> listeners.check(settings(TCP).cluster(), none))
                    .getMessage();
            assertTrue(message.contains(":" + any.getLocalPort() + "], beyond loopback"), message);
            for (String way : List.of("mirrorlog.cluster.insecure = true", TLS)) {
                String odd = assertThrows(StartException.class, () -> listeners.check(settings(way).cluster(), none),
                        "nobody has asked for it").getMessage();
                assertTrue(odd.contains(":" + any.getLocalPort() + "], beyond loopback, which is none of"), odd);
                listeners.check(settings(way).cluster(), Set.of(any.getLocalPort()));
            }
        }
        listeners.check(settings(TCP).cluster(), Set.of());
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
                "\"[::1]:8\", \"::0:1:9\"", "\"localhost:7\"")) {
            String message = assertThrows(BadSettingsException.class, () -> settings(
                    "mirrorlog.cluster { port = 7, seeds = [\"127.0.0.1:7\", " + seeds + "] }")).getMessage();
            assertTrue(message.contains("one spelling for each host"), message);
        }
        for (String host : List.of("localhost", "ip6-localhost", "localhost.localdomain")) {
            for (String seed : List.of("127.0.0.1", "::1", "[::1]", "LOCALHOST")) {
                String message = assertThrows(BadSettingsException.class, () -> settings("mirrorlog.cluster { host = \""
                        + host + "\", port = 7, seeds = [\"" + host + ":7\", \"" + seed + ":8\"] }")).getMessage();
                assertTrue(message.contains("one spelling for each host") && message.contains("(here " + host + ")"),
                        message);
            }
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

    /** The journal listens from the join on, so what is looked at before the start's end must know of it. */
    @Test
    @Tag("slow")
    void shouldStartWithAJournalAmongNodesThatIsReachedByOthers() throws Exception {
        int port = FreePorts.take();
        Listeners listeners = Listeners.before();
        try (Daemon daemon = Daemon.start(settings("""
                mirrorlog.cluster { host = "0.0.0.0", insecure = true }
                mirrorlog.journal = replicated
                mirrorlog.replicated { port = %1$s, members = ["0.0.0.0:%1$s"] }
                """.formatted(port)))) {
            assertEquals("127.0.0.1", daemon.management().getHost());
            List<Integer> open = listeners.beyondLoopback().stream().map(Listeners.Listener::port).toList();
            assertEquals(2, open.size(), "remoting and the journal");
            assertTrue(open.contains(port), open::toString);
        }
    }

    @Test
    @Tag("slow")
    void shouldBeReachedByOthersAtItsRemotingPortAloneWithTls() throws Exception {
        Path certs = dir.resolve("certs");
        Commands.run(List.of("deploy/make-certs", "--dir", certs.toString(), "127.0.0.1"));
        String tls = """
                mirrorlog.cluster.tls { certificate = "%1$s/127.0.0.1.pem", key = "%1$s/127.0.0.1-key.pem" }
                mirrorlog.cluster.tls.authority = "%1$s/ca.pem"
                """.formatted(certs);
        Listeners listeners = Listeners.before();
        try (Daemon daemon = Daemon.start(settings(tls))) {
            assertEquals("127.0.0.1", daemon.management().getHost());
            assertEquals(List.of(), listeners.beyondLoopback());
        }
        try (Daemon daemon = Daemon.start(settings(tls + "akka.remote.artery.bind.hostname = \"0.0.0.0\"\n"))) {
            assertEquals("127.0.0.1", daemon.management().getHost());
            List<Listeners.Listener> open = listeners.beyondLoopback();
            assertEquals(1, open.size(), open::toString);
            assertThrows(IOException.class, () -> firstAnswer(open.get(0).port()), "whoever speaks no TLS is told so");
        }
    }

    /** Of somebody who speaks no TLS: Akka's first bytes, without. */
    private static void firstAnswer(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(new byte[] {'A', 'K', 'K', 'A', 1});
            byte[] answer = socket.getInputStream().readAllBytes();
            // A record of TLS that says "alert", if anything at all.
            if (answer.length == 0 || answer[0] == 21) {
                throw new IOException("refused");
            }
        }
    }

    @Test
    @Tag("slow")
    void shouldBeReachedByOthersAtNoPortOfNodesThatDiscoverEachOther() throws Exception {
        Listeners listeners = Listeners.before();
        List<Integer> ports = List.of(FreePorts.take("127.0.0.1"), FreePorts.take("127.0.0.2"));
        ExecutorService starting = Executors.newFixedThreadPool(2);
        List<Future<Daemon>> daemons = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            Settings settings = discovering(i, ports);
            daemons.add(starting.submit(() -> Daemon.start(settings)));
        }
        starting.shutdown();
        try {
            for (Future<Daemon> daemon : daemons) {
                assertTrue(daemon.get().management().getHost().startsWith("127."));
            }
            List<String> all = Listeners.now().stream().map(Listeners.Listener::toString).toList();
            for (int i = 1; i <= 2; i++) {
                assertTrue(all.contains("127.0.0." + i + ":" + ports.get(i - 1)), all + " has the contact points");
            }
            assertEquals(List.of(), listeners.beyondLoopback());
            for (String host : List.of("127.0.0.1", "localhost", "node-1", "evil.example", "127.0.0.1.evil.example")) {
                String first = firstLine(ports.get(0), host);
                assertEquals("HTTP/1.1 " + (host.contains("evil") ? "421 Misdirected Request" : "200 OK"), first, host);
            }
        } finally {
            for (Future<Daemon> daemon : daemons) {
                daemon.get().close();
            }
        }
    }

    /** As a node asks for the cluster, or a page in a browser that a name has led here. */
    private static String firstLine(int port, String host) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(("GET /bootstrap/seed-nodes HTTP/1.1\r\nHost: " + host + ":" + port
                    + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).lines().findFirst()
                    .orElse("");
        }
    }

    private Settings discovering(int i, List<Integer> ports) throws IOException {
        String endpoint = "akka.discovery.config.services.mirrorlog.endpoints";
        return Settings.read(Settings.load(ConfigFactory.parseString(SharedJournal.CONFIG + """
                shared-journal.name = listeners
                mirrorlog {
                  node-name = node-%1$s, machine-id = machine-%1$s, data-dir = "%2$s/data-%1$s"
                  kernel { connector = unix, boot-id = boot-%1$s, unix-path = "%2$s/kernel-%1$s" }
                  cluster { host = "127.0.0.%1$s", port = %3$s, discovery { method = config, port = %4$s } }
                }
                akka.management.http.port = 0
                """.formatted(i, dir, FreePorts.take("127.0.0." + i), ports.get(i - 1))
                + endpoint + " = [{ host = \"127.0.0.1\", port = " + ports.get(0) + " },"
                + " { host = \"127.0.0.2\", port = " + ports.get(1) + " }]\n")), MachineIdentity.current());
    }
}
