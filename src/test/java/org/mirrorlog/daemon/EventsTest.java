package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.Problems;
import org.mirrorlog.health.EventKind;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** What a daemon with tables tells of what has happened, all at once and as it happens. */
@Timeout(120)
class EventsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final byte[] NOTHING = {};

    @TempDir
    private static Path dir;
    private static Daemon daemon;

    @BeforeAll
    static void start() throws Exception {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s", shutdown.force = true
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%s" }
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")))), MachineIdentity.current()));
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    private static PlainKernel table(String name, String line) throws IOException {
        PlainKernel table = new PlainKernel(dir.resolve("table-" + name), dir.resolve("kernel"), name, 7);
        table.construct(line);
        return table;
    }

    private static JsonNode get(String query) throws Exception {
        HttpResponse<String> answer = HTTP.send(HttpRequest.newBuilder(daemon.management()
                .resolve("/mirrorlog/events" + query)).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("application/json", answer.headers().firstValue("content-type").orElse(""));
        return JSON.readTree(answer.body());
    }

    private static List<String> told(JsonNode events, String subject) {
        List<String> kinds = new ArrayList<>();
        events.forEach(event -> {
            if (event.path("subject").asText().startsWith(subject)) {
                kinds.add(event.path("kind").asText());
            }
        });
        return kinds;
    }

    @Test
    void shouldTellOfTheStartOfTheNodeAndOfTheLifeOfATable() throws Exception {
        try (PlainKernel table = table("life", "10240 clustered-core 1024")) {
            await("it has come").atMost(30, TimeUnit.SECONDS)
                    .until(() -> told(get(""), "log life/").contains("TABLE_CAME"));
            table.askWell(RequestType.RESUME, NOTHING);
            await("it is in use, its owner and its resync").atMost(30, TimeUnit.SECONDS)
                    .until(() -> told(get(""), "log life").containsAll(List.of("OWNER_HERE", "RESYNC_BEGAN"))
                            && told(get(""), "log life/").contains("TABLE_ACTIVE"));
            table.askWell(RequestType.PRESUSPEND, NOTHING);
            table.askWell(RequestType.POSTSUSPEND, NOTHING);
            await("it is suspended").atMost(30, TimeUnit.SECONDS)
                    .until(() -> told(get(""), "log life/").contains("TABLE_SUSPENDED"));
            table.askWell(RequestType.DTR, NOTHING);
        }
        await("it is gone").atMost(30, TimeUnit.SECONDS)
                .until(() -> told(get(""), "log life/").contains("TABLE_GONE"));

        assertEquals(List.of("TABLE_CAME", "TABLE_ACTIVE", "TABLE_SUSPENDED", "TABLE_GONE"),
                told(get(""), "log life/"));
        assertEquals(List.of("NODE_UP"), told(get(""), "node node-a (boot id boot-1)"));
        assertTrue(told(get(""), "this node").contains("DAEMON_READY"), "beside what its health was before");
    }

    /** Without a table that it would be told of. */
    @Test
    void shouldTellOfAPartOfTheDaemonThatThrowsByItsHealth() throws Exception {
        daemon.kernelBridge().tell(new KernelBridge.Requested(null, null));

        HealthPage.awaitCode(daemon.management(), HealthCode.DEFECT);
        assertTrue(HealthPage.read(daemon.management()).toString()
                .contains("the kernel bridge could not deal with a request"));
    }

    @Test
    void shouldTellWhatOperatorsDidAndWho() throws Exception {
        OperatorOrders.post(dir.resolve("data/operator.sock"), "/mirrorlog/logs/nothing/adopt", "{}");

        JsonNode action = null;
        for (JsonNode event : get("?last=10000")) {
            action = event.path("kind").asText().equals("OPERATOR_ACTION") ? event : action;
        }
        assertTrue(action != null && action.path("subject").asText().matches("user \\S+ \\(uid \\d+\\), process \\d+"),
                String.valueOf(action));
        assertTrue(action.path("says").asText().startsWith("adopt nothing: not done: "), action.toString());
    }

    @Test
    void shouldGoOnFromAnEventAndSayWhatIsMissing() throws Exception {
        JsonNode all = get("");
        long first = all.get(0).path("id").asLong();

        JsonNode later = get("?after=" + first);
        assertEquals(all.get(1).path("id").asLong(), later.get(0).path("id").asLong());
        assertTrue(later.size() >= all.size() - 1, "all that were there, and what has happened since");
        assertEquals(1, get("?last=1").size());
        assertEquals(0, get("?last=0").size());
        assertEquals("EVENTS_MISSING", get("?after=17").get(0).path("kind").asText());
        assertEquals(first, get("?after=17").get(1).path("id").asLong());
    }

    @ParameterizedTest
    @ValueSource(strings = {"?after=x", "?last=10001", "?last=-1", "?other=1", "?after=1&&last=2"})
    void shouldRefuseWhatIsAskedBadly(String query) throws Exception {
        for (String accept : List.of("application/json", "text/event-stream")) {
            HttpResponse<String> answer = HTTP.send(HttpRequest.newBuilder(daemon.management()
                    .resolve("/mirrorlog/events" + query)).header("Accept", accept).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals(400, answer.statusCode(), query);
            String detail = Problems.check(400, answer.body(), Optional.of("/mirrorlog/events")).path("detail")
                    .asText();
            assertTrue(detail.startsWith("events are asked for by"), answer.body());
        }
    }

    /** The events of a stream; each as it comes. */
    private static BufferedReader follow(String query, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(daemon.management().resolve("/mirrorlog/events" + query))
                .header("Accept", "text/event-stream");
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<InputStream> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, answer.statusCode());
        assertEquals("text/event-stream", answer.headers().firstValue("content-type").orElse(""));
        assertTrue(answer.headers().firstValue("date").isPresent());
        return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    private static JsonNode next(BufferedReader stream) throws IOException {
        String id = stream.readLine();
        while (id.isEmpty() || id.startsWith(":")) {
            id = stream.readLine();
        }
        JsonNode event = JSON.readTree(stream.readLine().replaceFirst("^data: ", ""));
        assertEquals("id: " + event.path("id").asLong(), id);
        return event;
    }

    private static JsonNode next(BufferedReader stream, String subject) throws IOException {
        JsonNode event = next(stream);
        while (!event.path("subject").asText().startsWith(subject)) {
            event = next(stream);
        }
        return event;
    }

    @Test
    void shouldTellAFollowerAsItHappensAndGoOnWhereHeWasCutOff() throws Exception {
        JsonNode came;
        try (BufferedReader stream = follow("?last=0");
                PlainKernel table = table("live", "10240 clustered-core 1024")) {
            came = next(stream, "log live/");
            assertEquals("TABLE_CAME", came.path("kind").asText());
            table.askWell(RequestType.DTR, NOTHING);
        }

        try (BufferedReader again = follow("?last=0", "Last-Event-ID", came.path("id").asText())) {
            assertEquals("TABLE_GONE", next(again, "log live/").path("kind").asText());
        }
        try (BufferedReader late = follow("?after=5")) {
            assertEquals("EVENTS_MISSING", next(late).path("kind").asText());
            assertEquals(get("?last=10000").get(0), next(late));
        }
    }

    private static Set<String> fields(JsonNode event) {
        Set<String> fields = new TreeSet<>();
        event.fieldNames().forEachRemaining(fields::add);
        return fields;
    }

    @Test
    void shouldSayWhatTheManualSays() throws Exception {
        String manual = Files.readString(Path.of("docs/operations.md"));
        String section = manual.substring(manual.indexOf("## Events"), manual.indexOf("## Health"));
        JsonNode sample = JSON.readTree(section.substring(section.indexOf("    {"), section.indexOf("}\n") + 1));
        Set<String> documented = fields(sample);
        assertTrue(documented.remove("code"), "for health alone");

        JsonNode event = get("").get(0);

        assertEquals(documented, fields(event));
        assertTrue(event.path("id").isIntegralNumber());
        assertTrue(Instant.parse(event.path("at").asText()).isAfter(Instant.EPOCH));
        assertTrue(Set.of("info", "warning", "error").contains(event.path("severity").asText()));
        assertEquals(Arrays.stream(EventKind.values()).map(Enum::name).sorted().toList(),
                Pattern.compile("`([A-Z]+_[A-Z]+)`").matcher(section).results().map(found -> found.group(1))
                        .distinct().sorted().toList());
    }

    @Test
    void shouldOnlyBeRead() throws Exception {
        assertEquals(405, HTTP.send(HttpRequest.newBuilder(daemon.management().resolve("/mirrorlog/events"))
                .POST(HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString()).statusCode());
    }
}
