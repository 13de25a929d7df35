package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.JsonForm;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.Problems;

/** Whatever another program of the machine does to the daemon's doors: a mirror is at work, and probes are answered. */
@Timeout(120)
class HostileNeighbourTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** More than the door lets in, and than Akka HTTP's port took before it stopped. */
    private static final int MANY = 150;

    @TempDir
    private static Path dir;

    private static ServedMirror mirror;

    private final List<Socket> open = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        mirror = ServedMirror.start(dir, "LVM-hostile", "");
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

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), mirror.daemon().management().getPort());
        open.add(socket);
        return socket;
    }

    private Socket send(String text) throws IOException {
        Socket socket = connect();
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private String answer(String request) throws IOException {
        Socket socket = send(request);
        socket.setSoTimeout(20_000);
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private void assertAllGoesOn() throws Exception {
        mirror.assertGoesOn();
        await("others have been served").atMost(60, TimeUnit.SECONDS)
                .until(() -> get("/mirrorlog/logs/LVM-hostile").statusCode() == 200);
        mirror.assertCostsWhatItDid();
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return mirror.get(path);
    }

    @ParameterizedTest
    @CsvSource({"''", "GET /ready HTTP/1.1#Host: 127.0.0.1#", "POST /mirrorlog/deaths HTTP/1.1#Host: localhost#"
            + "Content-Type: application/json#Content-Length: 4000##{"})
    void shouldGoOnWhileManyConnectionsSayNothingOrHalf(String half) throws Exception {
        for (int i = 0; i < MANY; i++) {
            send(half.replace("#", "\r\n"));
        }

        assertAllGoesOn();
        for (int i = 0; i < MANY; i++) {
            send(half.replace("#", "\r\n"));
        }
        assertAllGoesOn();
    }

    @Test
    void shouldGoOnWhileSomeAskSlowlyAndOthersDoNotReadWhatIsAnswered() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            send("GET /mirrorlog/counters HTTP/1.1\r\nHost: localhost\r\n\r\n");
            slow.add(connect());
        }
        for (byte b : "GET /ready HTT".getBytes(StandardCharsets.US_ASCII)) {
            for (Socket socket : slow) {
                try {
                    socket.getOutputStream().write(b);
                } catch (IOException e) {
                    socket.close(); // driven out by now
                }
            }
        }

        assertAllGoesOn();
    }

    @Test
    void shouldGoOnWhileManyFollowTheEventsAndDoNotRead() throws Exception {
        List<String> firstLines = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Socket socket = send("GET /mirrorlog/events HTTP/1.1\r\nHost: localhost\r\n"
                    + "Accept: text/event-stream\r\n\r\n");
            socket.setSoTimeout(20_000);
            firstLines.add(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII));
        }
        assertEquals(8, firstLines.stream().filter("HTTP/1.1 200"::equals).count(), firstLines::toString);
        assertEquals(4, firstLines.stream().filter("HTTP/1.1 503"::equals).count(), firstLines::toString);

        for (int i = 0; i < MANY; i++) {
            connect();
        }

        assertAllGoesOn();
    }

    @Test
    void shouldHangUpOnAHeadThatNeverEnds() throws Exception {
        String endless = "GET /ready HTTP/1.1\r\nHost: localhost\r\n" + "x-y: z\r\n".repeat(4_000);

        String answer = answer(endless);

        assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
        if (!answer.isEmpty()) {
            Problems.checkAnswer(answer, Optional.empty());
        }
        assertAllGoesOn();
    }

    /** Bounded by time, not by how much comes: a byte now and then does not keep a connection open. */
    @Test
    void shouldHangUpOnWhoeverDoesNotFinishInTime() throws Exception {
        Socket socket = send("GET /ready HTTP/1.1\r\n");
        socket.setSoTimeout(100);

        await("it is closed").atMost(30, TimeUnit.SECONDS).until(() -> {
            try {
                socket.getOutputStream().write('x');
                return socket.getInputStream().read() >= 0;
            } catch (java.net.SocketTimeoutException e) {
                return false;
            } catch (IOException e) {
                return true;
            }
        });
        assertAllGoesOn();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "GET /mirrorlog/logs HTTP/1.1#Host: evil.example#                              | 421",
        "GET /ready HTTP/1.1#Host: evil.example#                                       | 421",
        "GET /cluster/members HTTP/1.1#Host: evil.example#                             | 421",
        "GET /mirrorlog/logs HTTP/1.1#Host: localhost#Origin: http://evil.example#     | 403",
        "GET /mirrorlog/logs HTTP/1.1#Host: localhost#Origin: null#                    | 403",
        "GET /mirrorlog/logs HTTP/1.1#Host: storage-1:80#Origin: http://storage-1:80#  | 200",
        "HEAD /mirrorlog/logs HTTP/1.1#Host: localhost#                                | 200",
        "HEAD /cluster/members HTTP/1.1#Host: localhost#                               | 200",
        "HEAD /ready HTTP/1.1#Host: localhost#                                         | 200",
        "HEAD /mirrorlog/deaths HTTP/1.1#Host: localhost#                              | 200",
        "DELETE /cluster/members/x HTTP/1.1#Host: localhost#                           | 405",
        "GET /cluster/members/x HTTP/1.1#Host: localhost#                              | 404",
        "POST /ready HTTP/1.1#Host: localhost#                                         | 405",
        "POST /metrics HTTP/1.1#Host: localhost#                                       | 405",
        "POST /mirrorlog/events HTTP/1.1#Host: localhost#                              | 405",
        "POST / HTTP/1.1#Host: localhost#                                              | 405",
        "GET /mirrorlog/events?last=x HTTP/1.1#Host: localhost#                        | 400",
        "GET /mirrorlog/logs/LVM-hostile/map?cells=x HTTP/1.1#Host: localhost#         | 400",
        "GET /mirrorlog/nodes/nobody HTTP/1.1#Host: localhost#                         | 404",
        "POST /mirrorlog/deaths HTTP/1.1#Host: localhost#                              | 403",
        "TRACE /mirrorlog/logs HTTP/1.1#Host: localhost#                               | 405",
        "FROB /mirrorlog/logs HTTP/1.1#Host: localhost#                                | 501",
        "GET /nothing HTTP/1.1#Host: localhost#                                        | 404",
        "GET /mirrorlog/logs/%zz HTTP/1.1#Host: localhost#                             | 400",
        "GET /mirrorlog/logs/../../etc/passwd HTTP/1.1#Host: localhost#                | 404",
        "GET /mirrorlog/logs HTTP/1.1#Host: localhost#Upgrade: h2c#Connection: Upgrade# | 200",
        "POST /mirrorlog/logs HTTP/1.1#Host: localhost#Transfer-Encoding: chunked#     | 411",
        "POST /mirrorlog/deaths HTTP/1.1#Host: localhost#Content-Length: 99999#        | 413",
        "PRI * HTTP/2.0#                                                               | 505",
        "nonsense                                                                      | 400",
    })
    void shouldAnswerEveryMethodAndHeaderThatMatters(String request, int status) throws Exception {
        String answer = answer(request.replace("#", "\r\n") + "\r\n\r\n");

        assertTrue(answer.startsWith("HTTP/1.1 " + status + ' '), answer);
        assertTrue(answer.contains("Connection: close"), answer);
        if (request.startsWith("HEAD")) {
            assertTrue(answer.endsWith("\r\n\r\n"), answer);
        }
        Problems.checkAnswer(answer, path(request, answer));
    }

    /** Of a request that could be read; of another one nobody knows. */
    private static Optional<String> path(String request, String answer) {
        boolean isRead = !answer.matches("(?s)HTTP/1.1 (505|41[13]|400 .*(no request|Host is needed)).*");
        return isRead ? Optional.of(request.split("[ ?]")[1]) : Optional.empty();
    }

    private OperatorOrders.Answer asked(String method, String path) throws IOException {
        String body = path.endsWith("/deaths") ? "{\"bootIds\": [\"nobody\"]}" : path.endsWith("/loglevel")
                ? "{\"room\": \"door\", \"level\": \"INFO\", \"seconds\": 1}"
                : "{\"evenIfHealthy\": true, \"undo\": true, \"order\": \"resume\"}";
        return OperatorOrders.send(mirror.operators(), method, path, "application/json",
                method.equals("GET") ? "" : body);
    }

    @Test
    void shouldDescribeInOpenApiAllThatIsAnsweredAndAsItIs() throws Exception {
        JsonNode document = JSON.readTree(get("/openapi.json").body());
        assertEquals("3.1.0", document.path("openapi").asText());
        Set<String> wellAnswered = new TreeSet<>();
        List<String> faults = new ArrayList<>();
        document.path("paths").fields().forEachRemaining(page -> page.getValue().fields().forEachRemaining(method -> {
            String path = page.getKey().replace("{uuid}", "LVM-hostile").replace("{name}", "storage-1")
                    .replace("{page}", "version");
            try {
                OperatorOrders.Answer answer = asked(method.getKey().toUpperCase(Locale.ROOT), path);
                JsonNode forms = method.getValue().path("responses");
                if (answer.statusCode() != 200) {
                    Problems.check(answer.statusCode(), answer.body(), Optional.of(path));
                    faults.addAll(JsonForm.faults(path, document.at("/components/schemas/problem"),
                            JSON.readTree(answer.body())));
                    return;
                }
                wellAnswered.add(method.getKey() + " " + page.getKey());
                JsonNode form = forms.at("/200/content/application~1json/schema");
                if (form.has("type")) {
                    faults.addAll(JsonForm.faults(path, form, JSON.readTree(answer.body())));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
        assertEquals(List.of(), faults);
        int all = 0;
        for (JsonNode page : document.path("paths")) {
            all += page.size();
        }
        assertTrue(wellAnswered.size() >= all - 2, "all but orders that make no sense here: " + wellAnswered);

        String known = JSON.readTree(get("/mirrorlog/nothing").body()).path("detail").asText();
        List<String> pages = Pattern.compile("/mirrorlog/[a-z]+(/\\{[a-z]+})?").matcher(known.replace("[/map]", ""))
                .results().map(MatchResult::group).toList();
        assertTrue(pages.size() > 8, known);
        pages.forEach(page -> assertTrue(document.path("paths").has(page), page));
    }

    /** Whatever is ordered over the port that all programs of the machine reach is refused, and HEAD is as GET. */
    @Test
    void shouldTakeNoOrderOverTcpAndAnswerHeadWhereverItAnswersGet() throws Exception {
        JsonNode paths = JSON.readTree(get("/openapi.json").body()).path("paths");
        Set<String> orders = new TreeSet<>();
        Set<String> pages = new TreeSet<>();
        paths.fields().forEachRemaining(page -> {
            String path = page.getKey().replace("{uuid}", "LVM-hostile").replace("{name}", "storage-1")
                    .replace("{page}", "version");
            page.getValue().fieldNames().forEachRemaining(method ->
                    (method.equals("get") ? pages : orders).add(path));
        });
        assertTrue(orders.size() > 5 && pages.size() > 10, orders + " " + pages);

        for (String order : orders) {
            HttpResponse<String> refused = over("POST", order);
            assertEquals(403, refused.statusCode(), order + ": " + refused.body());
            assertTrue(refused.body().contains(mirror.operators().toString()), order + ": " + refused.body());
        }
        for (String page : pages) {
            // What follows the events has no end.
            int expected = page.equals("/mirrorlog/events") ? 200 : over("GET", page).statusCode();
            HttpResponse<String> head = over("HEAD", page);
            assertEquals(expected, head.statusCode(), page);
            assertEquals("", head.body(), page);
        }
    }

    private static HttpResponse<String> over(String method, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(mirror.daemon().management().resolve(path))
                .timeout(Duration.ofSeconds(60)).header("Content-Type", "application/json")
                .method(method, method.equals("POST") ? HttpRequest.BodyPublishers.ofString("{}")
                        : HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Where orders are taken, and who asks is known, names of hosts and pages mean nothing. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "GET /mirrorlog/logs HTTP/1.1#Host: localhost#                             | 200",
        "HEAD /mirrorlog/logs HTTP/1.1#Host: localhost#                            | 200",
        "TRACE /mirrorlog/logs HTTP/1.1#Host: localhost#                           | 405",
        "FROB /mirrorlog/logs HTTP/1.1#Host: localhost#                            | 501",
        "GET /nothing HTTP/1.1#Host: localhost#                                    | 404",
        "POST /mirrorlog/deaths HTTP/1.1#Host: localhost#Content-Length: 99999#    | 413",
        "POST /mirrorlog/deaths HTTP/1.1#Host: localhost#Transfer-Encoding: chunked# | 411",
        "POST /mirrorlog/deaths HTTP/1.1#Host: localhost#                          | 4",
        "PRI * HTTP/2.0#                                                           | 505",
        "nonsense                                                                  | 400",
    })
    void shouldAnswerOperatorsWhateverTheyAsk(String request, String status) throws Exception {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(mirror.operators()));
            channel.write(ByteBuffer.wrap((request.replace("#", "\r\n") + "\r\n\r\n").getBytes(
                    StandardCharsets.ISO_8859_1)));

            String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.ISO_8859_1);

            assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
            assertTrue(!request.startsWith("HEAD") || answer.endsWith("\r\n\r\n"), answer);
            Problems.checkAnswer(answer, path(request, answer));
        }
        assertAllGoesOn();
    }

    /** Whoever has sent all of it, or goes on sending, reads why it is refused: nobody is hung up on instead. */
    @ParameterizedTest
    @ValueSource(ints = {60_000, 400_000})
    void shouldSayToWhoeverSendsTooMuchWhyItIsRefused(int bytes) throws Exception {
        byte[] order = ("POST /mirrorlog/deaths HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + bytes + "\r\n\r\n"
                + "x".repeat(bytes)).getBytes(StandardCharsets.US_ASCII);
        for (SocketAddress door : List.of(UnixDomainSocketAddress.of(mirror.operators()),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), mirror.daemon().management().getPort()))) {
            boolean isUnix = door instanceof UnixDomainSocketAddress;
            try (SocketChannel channel = isUnix ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open()) {
                channel.connect(door);
                ByteBuffer rest = ByteBuffer.wrap(order);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }

                String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);

                assertTrue(answer.startsWith("HTTP/1.1 413 "), door + ": " + answer);
                Problems.checkAnswer(answer, Optional.empty());
            }
        }
        assertAllGoesOn();
    }
}
