package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.Certificates;
import org.mirrorlog.Commands;
import org.mirrorlog.FreePorts;
import org.mirrorlog.Problems;
import org.mirrorlog.cli.Ctl;
import org.mirrorlog.health.HealthCode;

/**
 * The management port for other machines: who is let in, who may order, and that a neighbour without a certificate
 * disturbs nobody. The files are those of deploy/make-certs.
 */
@Timeout(120)
class ManagementOverTlsTest {
    private static final String ADA = "operator-ada";
    private static final String BOB = "observer-bob";
    private static final byte[] QUESTION = "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    /** More than the door lets in. */
    private static final int MANY = 150;

    @TempDir
    private static Path dir;

    private static Path certs;
    private static int remotingPort;
    private static Listeners before;
    private static ServedMirror mirror;

    private final List<Socket> open = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        certs = dir.resolve("certs");
        Certificates.make(certs, "--operator", "ada", "--observer", "bob", "127.0.0.1");
        remotingPort = FreePorts.take();
        before = Listeners.before();
        mirror = ServedMirror.start(dir, "LVM-far", """
                mirrorlog.cluster.tls { certificate = "%1$s/127.0.0.1.pem", key = "%1$s/127.0.0.1-key.pem" }
                mirrorlog.cluster.tls.authority = "%1$s/ca.pem"
                mirrorlog.cluster.port = %2$s
                mirrorlog.management.tls { host = "0.0.0.0", port = 0 }
                """.formatted(certs, remotingPort));
    }

    @AfterAll
    static void stop() {
        mirror.close();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    private static int port() {
        return mirror.daemon().managementOverTls().orElseThrow().getPort();
    }

    private static HttpResponse<String> send(String who, String method, String path) throws Exception {
        HttpClient client = HttpClient.newBuilder().sslContext(Certificates.client(certs, Optional.of(who))).build();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port() + path));
        return client.send(request.method(method, HttpRequest.BodyPublishers.ofString(method.equals("GET") ? "" : "{}"))
                .header("Content-Type", "application/json").timeout(Duration.ofSeconds(60)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void shouldTellHowLongCertificatesAreValid() {
        await("they are looked at").atMost(60, TimeUnit.SECONDS).until(() -> {
            String metrics = send(BOB, "GET", "/metrics").body();
            return Stream.of("certificate", "authority").allMatch(word -> {
                Matcher left = Pattern.compile("(?m)^mirrorlog_certificate_expiry_seconds\\{certificate=\"" + word
                        + "\"\\} ([0-9.E]+)$").matcher(metrics);
                return left.find() && Double.parseDouble(left.group(1)) > Duration.ofDays(30).toSeconds();
            });
        });
    }

    /** The certificate of the node is replaced while it runs, by one that ends soon, and by one that does not. */
    @Test
    void shouldTellThatACertificateExpiresUntilItIsRenewed() throws Exception {
        Certificates.make(certs, "--days", "5", "127.0.0.1");
        HealthPage.awaitCode(mirror.daemon().management(), HealthCode.CERTIFICATE_EXPIRES);
        Certificates.make(certs, "127.0.0.1");
        HealthPage.awaitGone(mirror.daemon().management(), HealthCode.CERTIFICATE_EXPIRES);
    }

    private SSLSocket speak(SSLContext context, int port) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
        open.add(socket);
        socket.setSoTimeout(60_000);
        return socket;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        open.add(socket);
        return socket;
    }

    /** What openssl says that was answered, or why nothing was. */
    private static String s_client(String options) throws IOException {
        return Commands.tryRun(List.of("sh", "-c", "printf 'GET /ready HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' |"
                + " timeout 60 openssl s_client -connect 127.0.0.1:" + port() + " -CAfile " + certs
                + "/ca.pem -ign_eof " + options)).text();
    }

    private static String identity(Path where, String who) {
        return " -cert " + where.resolve(who + ".pem") + " -key " + where.resolve(who + "-key.pem");
    }

    private void assertAllGoesOn() throws Exception {
        mirror.assertGoesOn();
        for (String probe : List.of("/ready", "/alive")) {
            await("it is answered to who asks from afar, too").atMost(60, TimeUnit.SECONDS).ignoreExceptions()
                    .until(() -> send(BOB, "GET", probe).statusCode() == 200);
        }
        mirror.assertCostsWhatItDid();
    }

    @Test
    void shouldBeAllThatOthersCanReach() throws Exception {
        assertEquals(List.of(port()), before.beyondLoopback().stream().map(Listeners.Listener::port).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ready", "/alive", "/", "/metrics", "/mirrorlog/logs", "/mirrorlog/health",
        "/mirrorlog/events", "/mirrorlog/deaths", "/cluster/members"})
    void shouldBeShownToWhoeverHasARole(String page) throws Exception {
        assertEquals(200, send(BOB, "GET", page).statusCode());
        assertEquals(200, send(ADA, "GET", page).statusCode());
    }

    @Test
    void shouldTakeOrdersFromOperatorsAndSayWhoTheyWere() throws Exception {
        HttpResponse<String> refused = send(BOB, "POST", "/mirrorlog/logs/LVM-far/adopt");
        HttpResponse<String> healthy = send(ADA, "POST", "/mirrorlog/logs/LVM-far/adopt");

        assertEquals(403, refused.statusCode(), refused.body());
        JsonNode why = Problems.check(403, refused.body(), Optional.of("/mirrorlog/logs/LVM-far/adopt"));
        assertTrue(why.get("detail").asText().contains("CN=observer bob,OU=mirrorlog-observe"), refused.body());
        assertFalse(why.has("socket"), "a path of this machine means nothing there");
        assertEquals(409, healthy.statusCode(), "the order is understood, and this log needs none: " + healthy.body());
        String events = send(BOB, "GET", "/mirrorlog/events").body();
        assertTrue(events.contains("OPERATOR_ACTION") && events.contains("CN=operator ada,OU=mirrorlog-operate")
                && events.contains("at /127.0.0.1"), events);
        assertFalse(events.contains("CN=observer bob"), events);
    }

    @Test
    void shouldTellOperatorsWhatObserversNeedNotSee() throws Exception {
        HttpResponse<String> refused = send(BOB, "GET", "/mirrorlog/inside/threads");

        assertEquals(200, send(ADA, "GET", "/mirrorlog/inside/threads").statusCode());
        JsonNode why = Problems.check(403, refused.body(), Optional.of("/mirrorlog/inside/threads"));
        assertTrue(why.get("detail").asText().endsWith("OU=mirrorlog-operate"), refused.body());
        assertFalse(why.has("socket"), "a path of this machine means nothing there");
    }

    private static Ctl.Ended mirrorlogctl(String who, String... words) {
        return Ctl.run(Map.of("MIRRORLOG_URL", "https://127.0.0.1:" + port(), "MIRRORLOG_CA", certs + "/ca.pem",
                "MIRRORLOG_CERT", certs.resolve(who + ".pem").toString(), "MIRRORLOG_KEY",
                certs.resolve(who + "-key.pem").toString()), words);
    }

    @Test
    void shouldBeAskedAndOrderedByMirrorlogctl() {
        Ctl.Ended logs = mirrorlogctl(BOB, "logs");
        assertTrue(logs.status() == 0 && logs.out().contains("LVM-far"), logs.toString());

        Ctl.Ended refused = mirrorlogctl(BOB, "adopt", "LVM-far", "--yes", "--even-if-healthy");
        assertEquals(1, refused.status());
        assertTrue(refused.err().contains("CN=observer bob") && refused.err().contains("may look only"), refused.err());

        Ctl.Ended done = mirrorlogctl(ADA, "adopt", "LVM-far", "--yes", "--even-if-healthy");
        assertEquals(0, done.status(), done.toString());
    }

    @Test
    void shouldSayWhyMirrorlogctlGetsNoAnswer() {
        String url = "https://127.0.0.1:" + port();
        String ca = certs + "/ca.pem";
        Ctl.Ended stranger = Ctl.run(Map.of(), "--url", url, "--ca", ca, "logs");
        assertEquals(3, stranger.status());
        assertTrue(stranger.err().contains("--cert"), stranger.err());

        Ctl.Ended unknown = Ctl.run(Map.of(), "--url", url, "logs");
        assertEquals(3, unknown.status());
        assertTrue(unknown.err().contains("--ca"), unknown.err());

        for (List<String> wrong : List.of(List.of("--cert", ca), List.of("--key", ca), List.of("--ca", "/nowhere"),
                List.of("--cert", ca, "--key", ca), List.of("--ca", certs + "/ca-key.pem"))) {
            List<String> words = new ArrayList<>(wrong);
            words.addAll(List.of("--url", url, "logs"));
            Ctl.Ended ended = Ctl.run(Map.of(), words.toArray(new String[0]));
            assertEquals(2, ended.status(), words + ": " + ended);
            assertEquals(1, ended.err().lines().count(), ended.err());
        }
        assertEquals(2, Ctl.run(Map.of(), "--ca", ca, "logs").status(), "for another address");
    }

    @Test
    void shouldStillRefuseOrdersWithoutTls() throws Exception {
        HttpRequest order = HttpRequest.newBuilder(mirror.daemon().management()
                .resolve("/mirrorlog/logs/LVM-far/adopt")).POST(HttpRequest.BodyPublishers.ofString("{}")).build();
        HttpResponse<String> refused = HttpClient.newHttpClient().send(order,
                HttpResponse.BodyHandlers.ofString());

        assertEquals(403, refused.statusCode(), refused.body());
    }

    @Test
    void shouldGiveNodesNoRole() throws Exception {
        HttpResponse<String> answer = send("127.0.0.1", "GET", "/ready");

        assertEquals(403, answer.statusCode());
        assertTrue(Problems.check(403, answer.body(), Optional.of("/ready")).get("detail").asText()
                .contains("has no right here"), answer.body());
    }

    /** The door behind is the one of the management port; what is said of methods must be the same here. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "HEAD /mirrorlog/logs HTTP/1.1#Host: localhost#                            | 200",
        "POST /ready HTTP/1.1#Host: localhost#                                     | 405",
        "DELETE /cluster/members/x HTTP/1.1#Host: localhost#                       | 405",
        "TRACE /mirrorlog/logs HTTP/1.1#Host: localhost#                           | 405",
        "FROB /mirrorlog/logs HTTP/1.1#Host: localhost#                            | 501",
        "GET /nothing HTTP/1.1#Host: localhost#                                    | 404",
        "POST /mirrorlog/logs HTTP/1.1#Host: localhost#Transfer-Encoding: chunked# | 411",
        "POST /mirrorlog/deaths HTTP/1.1#Host: localhost#Content-Length: 99999#    | 413",
        "GET /ready HTTP/1.1#Host: localhost#Host: localhost#                      | 400",
        "PRI * HTTP/2.0#                                                           | 505",
        "nonsense                                                                  | 400",
    })
    void shouldAnswerEveryMethodAndHeaderThatMatters(String request, int status) throws Exception {
        SSLSocket socket = speak(Certificates.client(certs, Optional.of(BOB)), port());
        socket.getOutputStream().write((request.replace("#", "\r\n") + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));

        String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

        assertTrue(answer.startsWith("HTTP/1.1 " + status + ' '), answer);
        assertTrue(!request.startsWith("HEAD") || answer.endsWith("\r\n\r\n"), answer);
    }

    /** As a browser sends it that was led here by a page of somebody else, and has a certificate. */
    @Test
    void shouldNotBeAskedByNamesOrPagesOfOthers() throws Exception {
        for (String header : List.of("Host: evil.example", "Host: localhost\r\nOrigin: https://evil.example",
                "Host: localhost\r\nOrigin: http://localhost")) {
            SSLSocket socket = speak(Certificates.client(certs, Optional.of(ADA)), port());
            socket.getOutputStream().write(("POST /mirrorlog/logs/LVM-far/adopt HTTP/1.1\r\n" + header
                    + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertTrue(answer.matches("(?s)HTTP/1.1 (421|403) .*(nobody of that name|another origin).*"), answer);
        }
    }

    @Test
    void shouldSpeakWithOpensslAndRefuseWhoeverHasNoCertificateOfTheAuthority() throws Exception {
        Path others = dir.resolve("others");
        Certificates.make(others, "--operator", "ada", "127.0.0.1");
        Certificates.make(certs, "--days", "-1", "--operator", "late");

        String well = s_client(identity(certs, ADA));
        assertTrue(well.contains("HTTP/1.1 200 OK") && well.contains("TLSv1.3"), well);
        for (String stranger : List.of("", identity(others, ADA), identity(certs, "operator-late"),
                identity(certs, ADA) + " -tls1_2", identity(certs, ADA) + " -tls1_2 -cipher ALL:@SECLEVEL=0")) {
            String refused = s_client(stranger);

            assertFalse(refused.contains("HTTP/1.1"), stranger + ": " + refused);
            assertTrue(refused.contains("alert"), "it is told: " + stranger + ": " + refused);
        }
    }

    /** Who has a certificate of the authority cannot sign others with it. */
    @Test
    void shouldNotBelieveACertificateThatAnObserverHasSigned() throws Exception {
        Path forged = Files.createDirectories(dir.resolve("forged"));
        Commands.run(List.of("sh", "-c", """
                set -e; cd %1$s
                openssl req -new -newkey rsa:2048 -nodes -keyout eve-key.pem -subj '/OU=mirrorlog-operate/CN=eve' \
                  -out eve.csr
                openssl x509 -req -in eve.csr -CA %2$s/observer-bob.pem -CAkey %2$s/observer-bob-key.pem -set_serial 7 \
                  -days 5 -out eve.pem
                """.formatted(forged, certs)));

        String refused = s_client(identity(forged, "eve") + " -cert_chain " + certs.resolve(BOB + ".pem"));

        assertFalse(refused.contains("HTTP/1.1"), refused);
    }

    /** Those who join own logs: a certificate of a person must not be one of a node. */
    @Test
    void shouldNotLetPeopleJoinTheCluster() throws Exception {
        for (String person : List.of(ADA, BOB)) {
            SSLSocket socket = speak(Certificates.client(certs, Optional.of(person)), remotingPort);
            try {
                socket.startHandshake();
                assertEquals(-1, socket.getInputStream().read(), person);
            } catch (SocketTimeoutException e) {
                throw new AssertionError(person + " is let in", e);
            } catch (IOException e) {
                assertTrue(e instanceof SSLException || e.getMessage() != null, e.toString());
            }
        }
        SSLSocket node = speak(Certificates.client(certs, Optional.of("127.0.0.1")), remotingPort);
        node.startHandshake();
        node.setSoTimeout(1_000);
        assertThrows(SocketTimeoutException.class, () -> node.getInputStream().read(), "a node is listened to");
    }

    @Test
    void shouldTellFollowersWhatHappens() throws Exception {
        SSLSocket socket = speak(Certificates.client(certs, Optional.of(BOB)), port());
        socket.getOutputStream().write(("GET /mirrorlog/events?last=0 HTTP/1.1\r\nHost: localhost\r\n"
                + "Accept: text/event-stream\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                StandardCharsets.UTF_8));
        assertEquals("HTTP/1.1 200 OK", reader.readLine());

        send(ADA, "POST", "/mirrorlog/logs/LVM-far/adopt");

        String line = reader.readLine();
        while (!line.contains("OPERATOR_ACTION")) {
            line = reader.readLine();
        }
        assertTrue(line.contains("CN=operator ada"), line);
    }

    /** Whole, as a client says it, and parts of it, and what is none. */
    @ParameterizedTest
    @CsvSource({"0, 0", "16, 0", "-1, 0", "0, 5", "0, 60000"})
    void shouldGoOnWhileManyDoNotFinishAHandshake(int ofHello, int garbage) throws Exception {
        byte[] hello = hello();
        for (int i = 0; i < MANY; i++) {
            try {
                Socket socket = connect();
                socket.getOutputStream().write(hello, 0, ofHello < 0 ? hello.length : ofHello);
                socket.getOutputStream().write(new byte[garbage]);
            } catch (IOException e) {
                assertTrue(garbage > 0, "hung up on " + e);
            }
        }

        assertAllGoesOn();
    }

    private static byte[] hello() throws Exception {
        SSLEngine engine = Certificates.client(certs, Optional.empty()).createSSLEngine();
        engine.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), hello);
        byte[] bytes = new byte[hello.flip().remaining()];
        hello.get(bytes);
        return bytes;
    }

    @Test
    void shouldGoOnWhileManySpeakHttpWithoutTlsAndHandshakesAreRefused() throws Exception {
        SSLContext nobody = Certificates.client(certs, Optional.empty());
        for (int i = 0; i < MANY / 3; i++) {
            connect().getOutputStream().write(QUESTION);
            assertThrows(IOException.class, () -> {
                SSLSocket socket = speak(nobody, port());
                socket.startHandshake();
                socket.getOutputStream().write(QUESTION);
                if (socket.getInputStream().read() < 0) {
                    throw new IOException("closed");
                }
            });
        }

        assertAllGoesOn();
    }

    /** What became of renegotiation in TLS 1.3. */
    @Test
    void shouldBearNewKeysAndHangUpOnWhoeverWantsNothingElse() throws Exception {
        SSLSocket few = speak(Certificates.client(certs, Optional.of(BOB)), port());
        for (int i = 0; i < 4; i++) {
            few.startHandshake();
        }
        few.getOutputStream().write(QUESTION);
        assertTrue(new String(few.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .startsWith("HTTP/1.1 200 OK"));

        SSLSocket many = speak(Certificates.client(certs, Optional.of(BOB)), port());
        assertThrows(IOException.class, () -> {
            for (int i = 0; i < 50_000; i++) {
                many.startHandshake();
            }
        });
        assertAllGoesOn();
    }

    @Test
    void shouldGoOnWhileMembersOfTheStaffAskSlowlyOrDoNotRead() throws Exception {
        SSLContext bob = Certificates.client(certs, Optional.of(BOB));
        for (int i = 0; i < MANY / 2; i++) {
            try {
                SSLSocket socket = speak(bob, port());
                socket.startHandshake();
                socket.getOutputStream().write((i % 2 == 0 ? "GET /ready HTT"
                        : "GET /mirrorlog/counters HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                assertTrue(open.size() > 1, "driven out by those that came later: " + e);
            }
        }

        assertAllGoesOn();
    }
}
