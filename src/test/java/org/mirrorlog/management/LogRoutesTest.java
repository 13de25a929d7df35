package org.mirrorlog.management;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ActorSystem;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.OddNames;
import org.mirrorlog.Problems;
import org.mirrorlog.door.Door;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.HealthBook;
import org.mirrorlog.health.HealthCode;

/** Over a real door on a free port, as in the daemon. */
@Timeout(30)
class LogRoutesTest {
    private static final String ODD_UUID = "LVM-a/b c%d+e&f?g#ü";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private ActorSystem system;
    private ManagementPort port;
    private URI base;
    private Door door;

    @BeforeEach
    void start() throws Exception {
        system = ActorSystem.create("management-test", ConfigFactory.parseString("""
                akka.actor.provider = local
                akka.loglevel = OFF
                akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                akka.logger-startup-timeout = 30s
                akka.management {
                  http { hostname = "127.0.0.1", port = 0 }
                  http.routes { mirrorlog = "org.mirrorlog.management.LogRoutes" }
                  http.routes { cluster-management = "", health-checks = "" }
                }
                """).withFallback(ConfigFactory.defaultReference()));
        port = ManagementPort.get(system);
        door = new ManagementDoor(system, List.of("storage-1"), () -> 784_111_777_000L)
                .open(new InetSocketAddress("127.0.0.1", 0), System::nanoTime);
        base = URI.create("http://127.0.0.1:" + door.address().getPort());
    }

    @AfterEach
    void stop() throws Exception {
        door.close();
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void shouldShowEveryLogWithAllItsFields() throws Exception {
        port.show(new FixedViews(List.of(diskLog(), coreLog(ODD_UUID))));

        HttpResponse<String> answer = get("/mirrorlog/logs");

        assertEquals(200, answer.statusCode());
        assertEquals(Optional.of("application/json"), answer.headers().firstValue("content-type"));
        assertEquals(JSON.readTree("""
                {"uuid": "LVM-testdisk0001", "type": "clustered-disk", "regionSize": 1024, "regionCount": 2048,
                 "inSync": 2000, "dirty": 50, "recovering": 17, "owner": "node1",
                 "logDevice": {"path": "254:3", "health": "A", "state": "open", "lateSeconds": 0},
                 "instances": [{"node": "node1", "luid": "ffff888003a4c000", "state": "active", "marks": 2}]}
                """), JSON.readTree(answer.body()).get(0));
        assertEquals(2, JSON.readTree(answer.body()).size());
    }

    @Test
    void shouldDateItsAnswers() throws Exception {
        for (String page : List.of("/alive", "/ready", "/mirrorlog/logs", "/nowhere")) {
            assertEquals(List.of("Sun, 06 Nov 1994 08:49:37 GMT"), get(page).headers().allValues("Date"), page);
        }
    }

    @Test
    void shouldShowNullWhereACoreLogHasNoDevice() throws Exception {
        port.show(new FixedViews(List.of(coreLog("LVM-core"))));

        JsonNode log = JSON.readTree(get("/mirrorlog/logs/LVM-core").body());

        assertTrue(log.has("logDevice") && log.get("logDevice").isNull(), log.toString());
        assertTrue(log.has("recovering") && log.get("recovering").isNull(), log.toString());
        assertTrue(log.has("owner") && log.get("owner").isNull(), log.toString());
    }

    @Test
    void shouldShowASilentLogBesideTheOthersAndSayWhyItCannotBeReadAlone() throws Exception {
        LogView silent = new LogView("LVM-s", "clustered-core", 1024, 10, null, null, null, null, null, List.of(),
                new LogView.Silence("2026-11-22T16:00:00Z", "no answer in time"));
        port.show(new FixedViews(List.of(silent, coreLog("LVM-t"))));

        JsonNode logs = JSON.readTree(get("/mirrorlog/logs").body());
        HttpResponse<String> alone = get("/mirrorlog/logs/LVM-s");

        assertEquals(JSON.readTree("{\"since\": \"2026-11-22T16:00:00Z\", \"why\": \"no answer in time\"}"),
                logs.get(0).get("silent"));
        assertTrue(logs.get(0).get("inSync").isNull() && logs.get(0).get("dirty").isNull(), logs.toString());
        assertFalse(logs.get(1).has("silent"), logs.toString());
        assertEquals(503, alone.statusCode());
        assertTrue(alone.body().contains("silent since 2026-11-22T16:00:00Z: no answer in time"), alone.body());
    }

    @Test
    void shouldShowAnEmptyArrayWhenThereIsNoLog() throws Exception {
        port.show(new FixedViews(List.of()));

        assertEquals("[]", get("/mirrorlog/logs").body());
    }

    @Test
    void shouldFindALogWhoseUuidNeedsEscaping() throws Exception {
        port.show(new FixedViews(List.of(coreLog(ODD_UUID))));

        HttpResponse<String> answer = get("/mirrorlog/logs/"
                + URLEncoder.encode(ODD_UUID, StandardCharsets.UTF_8).replace("+", "%20"));

        assertEquals(200, answer.statusCode());
        assertEquals(ODD_UUID, JSON.readTree(answer.body()).get("uuid").asText());
    }

    @Test
    void shouldFindALogWhateverItsName() throws Exception {
        port.show(new FixedViews(OddNames.all().stream().map(LogRoutesTest::coreLog).toList()));

        for (String name : OddNames.all()) {
            HttpResponse<String> answer = get("/mirrorlog/logs/" + OddNames.encoded(name));
            assertEquals(200, answer.statusCode(), name + ": " + answer.body());
            assertEquals(name, JSON.readTree(answer.body()).get("uuid").asText());
        }
    }

    @Test
    void shouldAnswer404AsJsonForAnUnknownLogOrPage() throws Exception {
        port.show(new FixedViews(List.of(diskLog())));

        for (String path
                : List.of("/mirrorlog/logs/no-such", "/mirrorlog/nothing", "/mirrorlog/logs/a/b", "/mirrorlog")) {
            HttpResponse<String> answer = get(path);

            assertEquals(404, answer.statusCode(), path);
            Problems.check(404, answer.body(), Optional.of(path));
        }
        assertTrue(get("/mirrorlog/logs/no-such").body().contains("no-such"));
    }

    @Test
    void shouldRefuseEveryOtherMethod() throws Exception {
        port.show(new FixedViews(List.of(diskLog())));

        for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
            for (String path : List.of("/mirrorlog/logs", "/mirrorlog/logs/LVM-testdisk0001", "/mirrorlog/counters")) {
                HttpResponse<String> answer = send(path, method);

                assertEquals(405, answer.statusCode(), method + " " + path);
                assertEquals(Optional.of("GET, HEAD"), answer.headers().firstValue("allow"), method + " " + path);
                Problems.check(405, answer.body(), Optional.of(path));
            }
        }
        for (String path : List.of("/mirrorlog/logs", "/mirrorlog/counters", "/alive")) {
            assertEquals(200, send(path, "HEAD").statusCode(), path);
            assertEquals("", send(path, "HEAD").body(), path);
        }
    }

    @Test
    void shouldAnswer503WhileStartingAndWhenLogsCannotBeRead() throws Exception {
        assertEquals(503, get("/mirrorlog/logs").statusCode());

        port.show(new LogViews() {
            @Override
            public CompletionStage<List<LogView>> all() {
                return CompletableFuture.failedStage(new IllegalStateException("owner does not answer"));
            }

            @Override
            public CompletionStage<List<String>> names() {
                return CompletableFuture.completedStage(List.of("LVM-silent"));
            }

            @Override
            public CompletionStage<Optional<LogView>> one(String uuid) {
                return CompletableFuture.failedStage(new IllegalStateException("owner does not answer"));
            }

            @Override
            public CompletionStage<List<RequestView>> requests() {
                return CompletableFuture.failedStage(new IllegalStateException("the bridge does not answer"));
            }

            @Override
            public CompletionStage<Optional<MapView>> map(String uuid, MapView.Part part) {
                return CompletableFuture.failedStage(new IllegalStateException("owner does not answer"));
            }
        });
        assertEquals(503, get("/mirrorlog/requests").statusCode());
        assertEquals("[\"LVM-silent\"]", get("/mirrorlog/names").body(), "owners are not asked for it");
        HttpResponse<String> answer = get("/mirrorlog/logs/x");

        assertEquals(503, answer.statusCode());
        assertTrue(Problems.check(503, answer.body(), Optional.of("/mirrorlog/logs/x")).get("detail").asText()
                .contains("owner does not answer"));
    }

    @Test
    void shouldShowAMapOfTheRegionsAndSayWhatMayBeAsked() throws Exception {
        port.show(new FixedViews(List.of()));

        assertEquals("""
                {"uuid":"LVM-1","regionSize":1024,"regionCount":8,"from":2,"to":8,"starts":[2],"clean":[1],"held":[2],\
                "shared":[0],"left":[0],"unsynced":[5],"recovering":7,"holders":[{"node":"node1","luid":"01",\
                "marks":2}]}""", get("/mirrorlog/logs/LVM-1/map?from=2&cells=5").body());
        assertEquals(256, JSON.readTree(get("/mirrorlog/logs/LVM-1/map").body()).at("/unsynced/0").asLong());
        assertEquals(404, get("/mirrorlog/logs/LVM-2/map").statusCode());
        for (String wrong : List.of("cells=-1", "cells=5000", "from=x", "to=99999999999999999999", "from=9")) {
            HttpResponse<String> answer = get("/mirrorlog/logs/LVM-1/map?" + wrong);
            assertEquals(400, answer.statusCode(), wrong);
            assertTrue(Problems.check(400, answer.body(), Optional.of("/mirrorlog/logs/LVM-1/map")).get("detail")
                    .asText().contains(wrong.substring(0, 4)), answer.body());
        }
    }

    @Test
    void shouldShowWhatWaits() throws Exception {
        port.show(new FixedViews(List.of()));

        assertEquals("[{\"uuid\":\"LVM-1\",\"luid\":\"00000000000000aa\",\"type\":\"FLUSH\",\"waitsForSeconds\":7.25,"
                + "\"why\":\"held: why not\"}]", get("/mirrorlog/requests").body());
    }

    @Test
    void shouldShowHealthAndSayThatItIsUnknownBeforeAnybodyHasLooked() throws Exception {
        assertEquals("{\"status\":\"unknown\",\"lookedAt\":null,\"findings\":[]}", get("/mirrorlog/health").body());

        HealthBook book = new HealthBook();
        book.look(List.of(new Concern(HealthCode.CLOCK_JUMP, "this node", "it went back by 7 s")), 1_000);
        port.showHealth(book::report);

        assertEquals("{\"status\":\"warning\",\"lookedAt\":\"1970-01-01T00:00:01Z\",\"findings\":[{\"code\":"
                + "\"CLOCK_JUMP\",\"severity\":\"warning\",\"says\":\"" + HealthCode.CLOCK_JUMP.says()
                + "\",\"since\":\"1970-01-01T00:00:01Z\",\"count\":1,\"concerns\":[{\"subject\":\"this node\",\"why\":"
                + "\"it went back by 7 s\",\"since\":\"1970-01-01T00:00:01Z\"}],\"section\":"
                + "\"docs/operations.md#clock_jump\"}]}", get("/mirrorlog/health").body());
    }

    @Test
    void shouldShowCountersByGroup() throws Exception {
        port.count("kernel", () -> Map.of("received", 7L, "dropped", 0L));
        port.count("rounds", () -> Map.of("FLUSH", 3L));

        assertEquals(JSON.readTree("{\"kernel.dropped\": 0, \"kernel.received\": 7, \"rounds.FLUSH\": 3}"),
                JSON.readTree(get("/mirrorlog/counters").body()));
    }

    @Test
    void shouldBeReadyOnlyWhenOpenedAndEveryConditionHolds() throws Exception {
        AtomicBoolean bound = new AtomicBoolean();
        port.readyWhen("kernel socket not bound", bound::get);

        HttpResponse<String> starting = get("/ready");
        port.open();
        HttpResponse<String> unbound = get("/ready");
        bound.set(true);
        HttpResponse<String> ready = get("/ready");

        assertEquals(500, starting.statusCode());
        assertTrue(starting.body().contains("not ready: kernel socket not bound, still starting"), starting.body());
        assertEquals(500, unbound.statusCode());
        assertFalse(unbound.body().contains("starting"), unbound.body());
        assertEquals(200, ready.statusCode(), ready.body());
    }

    @Test
    void shouldSayWhyItIsNotReadyWhereThatIsKnown() throws Exception {
        AtomicBoolean isWell = new AtomicBoolean();
        port.readyUnless(() -> isWell.get() ? Optional.empty() : Optional.of("no log can commit for 4 s: disk full"));
        port.open();

        HttpResponse<String> full = get("/ready");
        JsonNode problem = Problems.check(500, client.send(HttpRequest.newBuilder(base.resolve("/ready"))
                .header("Accept", "application/problem+json").build(), HttpResponse.BodyHandlers.ofString()).body(),
                Optional.of("/ready"));
        int alive = get("/alive").statusCode();
        isWell.set(true);

        assertEquals("not ready: no log can commit for 4 s: disk full", full.body().strip());
        assertEquals("not ready: no log can commit for 4 s: disk full", problem.path("detail").asText());
        assertEquals(500, full.statusCode());
        assertEquals(200, alive);
        assertEquals(200, get("/ready").statusCode());
    }

    @Test
    void shouldBeAliveWhileEveryLoopTurns() throws Exception {
        AtomicBoolean turning = new AtomicBoolean(true);
        port.aliveWhen("receive loop", turning::get);

        int alive = get("/alive").statusCode();
        turning.set(false);
        HttpResponse<String> stuck = get("/alive");

        assertEquals(200, alive);
        assertEquals(500, send("/alive", "HEAD").statusCode());
        assertEquals("", send("/alive", "HEAD").body());
        assertEquals(405, send("/alive", "DELETE").statusCode());
        assertEquals(500, stuck.statusCode());
        assertTrue(stuck.body().contains("receive loop"), stuck.body());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(path, "GET");
    }

    private HttpResponse<String> send(String path, String method) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(10))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static LogView diskLog() {
        return new LogView("LVM-testdisk0001", "clustered-disk", 1024, 2048, 2000, 50, 17L, "node1",
                new DeviceView("254:3", "A", "open", 0),
                List.of(InstanceView.of("node1", 0xffff888003a4c000L, "active", 2)));
    }

    private static LogView coreLog(String uuid) {
        return new LogView(uuid, "clustered-core", 1024, 10, 10, 0, null, null, null, List.of());
    }

    private record FixedViews(List<LogView> logs) implements LogViews {
        @Override
        public CompletionStage<List<LogView>> all() {
            return CompletableFuture.completedStage(logs);
        }

        @Override
        public CompletionStage<List<String>> names() {
            return CompletableFuture.completedStage(logs.stream().map(LogView::uuid).toList());
        }

        @Override
        public CompletionStage<Optional<LogView>> one(String uuid) {
            return CompletableFuture.completedStage(logs.stream().filter(log -> log.uuid().equals(uuid)).findFirst());
        }

        @Override
        public CompletionStage<List<RequestView>> requests() {
            return CompletableFuture.completedStage(
                    List.of(new RequestView("LVM-1", "00000000000000aa", "FLUSH", 7.25, "held: why not")));
        }

        @Override
        public CompletionStage<Optional<MapView>> map(String uuid, MapView.Part part) {
            if (part.from() > 8) {
                return CompletableFuture.failedStage(
                        new IllegalArgumentException("from=" + part.from() + " is too far"));
            }
            return CompletableFuture.completedStage(Optional.of(part).filter(asked -> uuid.equals("LVM-1"))
                    .map(asked -> new MapView(uuid, 1024, 8, asked.from(), 8, List.of(asked.from()), List.of(1L),
                            List.of(2L), List.of(0L), List.of(0L), List.of((long) asked.cells()), 7L,
                            List.of(new MapView.Holder("node1", "01", 2)))));
        }
    }
}
