package org.mirrorlog.management;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ActorSystem;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.Problems;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.Limits;
import org.mirrorlog.door.OperatorDoor;

/** What can be changed at the operators' socket, and nowhere else. */
@Timeout(60)
class ActionRoutesTest {
    private static final String CONFIRM = "{\"bootIds\": [\"boot-b\"]}";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> done = new CopyOnWriteArrayList<>();
    /** What some answers wait for. */
    private final CompletableFuture<Void> late = new CompletableFuture<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    /** How far the doors' clock is ahead. */
    private final AtomicLong aheadNs = new AtomicLong();
    private ActorSystem system;
    private URI base;
    private Door door;
    private OperatorDoor operators;
    private Path socket;

    @TempDir
    private Path directory;

    private final Actions actions = new Actions() {
        @Override
        public CompletionStage<List<DeathView>> deaths() {
            return CompletableFuture.completedStage(List.of(new DeathView("boot-a", "node-a",
                    "2026-11-22T16:00:00Z", "x")));
        }

        @Override
        public CompletionStage<List<NodeView>> nodes() {
            return CompletableFuture.completedStage(List.of(nodeB()));
        }

        @Override
        public CompletionStage<List<NodeView>> candidates(String name) {
            if (name.equals("node-late")) {
                return waiting().thenApply(nothing -> List.of(nodeB()));
            }
            return name.equals("node-b") ? CompletableFuture.completedStage(List.of(nodeB()))
                    : CompletableFuture.failedStage(ActionRefusedException.unknown("no " + name));
        }

        private CompletableFuture<Void> waiting() {
            asked.countDown();
            return late;
        }

        private NodeView nodeB() {
            return new NodeView("boot-b", "node-b", "undecided", "may write", "2026-11-22T16:00:00Z", false, false,
                    true, List.of("K", "L"), List.of("L"), 3, new NodeView.Lost(2, 1), List.of("M"), "1.2");
        }

        @Override
        public CompletionStage<List<DeathView>> confirmDeath(List<String> bootIds, boolean isPowerOff) {
            if (bootIds.contains("boot-alive")) {
                return CompletableFuture.failedStage(ActionRefusedException.conflict("it is connected"));
            }
            if (bootIds.contains("boot-slow")) {
                return CompletableFuture.failedStage(new IllegalStateException("no answer"));
            }
            if (bootIds.contains("boot-silent")) {
                return CompletableFuture.failedStage(new TimeoutException("Ask timed out on [EntityRef(x)]"));
            }
            if (bootIds.contains("boot-late")) {
                return waiting().thenCompose(nothing -> confirmDeath(List.of("boot-b"), isPowerOff));
            }
            done.add("dead " + bootIds + (isPowerOff ? " and off" : ""));
            return deaths();
        }

        @Override
        public CompletionStage<String> setLogLevel(String room, String level, Duration time) {
            if (room.equals("nowhere")) {
                return CompletableFuture.failedStage(ActionRefusedException.wrong("room: there is none"));
            }
            done.add(room + " " + level + " for " + time);
            return CompletableFuture.completedStage("16:00");
        }

        @Override
        public CompletionStage<Void> adopt(String uuid, boolean isForced) {
            done.add("adopt " + uuid + (isForced ? " even if healthy" : ""));
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<DrainView> drain(boolean isUndone) {
            done.add(isUndone ? "undo the drain" : "drain");
            return drained();
        }

        @Override
        public CompletionStage<DrainView> drained() {
            return CompletableFuture.completedStage(new DrainView("node-a", true, 1, 0,
                    List.of(new DrainView.Log("L", true, "on its way"))));
        }

        @Override
        public CompletionStage<BackupView> backup() {
            return CompletableFuture.completedStage(new BackupView(1, "now", "node-a", "00", List.of(), List.of(),
                    List.of("L")));
        }

        @Override
        public CompletionStage<ResyncView> resync(String uuid, Resync order) {
            done.add("resync " + uuid + ": " + order);
            return resyncs();
        }

        @Override
        public CompletionStage<ResyncView> resyncs() {
            return CompletableFuture.completedStage(new ResyncView(List.of("L"), null));
        }

        @Override
        public CompletionStage<RetirementView> retirement(String uuid) {
            return CompletableFuture.completedStage(new RetirementView(uuid, 12, 10, 3, false,
                    List.of("node b"), null));
        }

        @Override
        public CompletionStage<UnusedView> unused() {
            return retirement("LVM-old").thenApply(log -> new UnusedView(List.of(log), List.of("LVM-silent"), false));
        }

        @Override
        public CompletionStage<Void> retire(String uuid) {
            done.add("retire " + uuid);
            return CompletableFuture.completedStage(null);
        }
    };

    @BeforeEach
    void start() throws Exception {
        system = ActorSystem.create("actions-test", ConfigFactory.parseString("""
                akka.actor.provider = local
                akka.loglevel = OFF
                akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                akka.logger-startup-timeout = 30s
                akka.management {
                  http { hostname = "127.0.0.1", port = 0, route-providers-read-only = true }
                  http.routes { mirrorlog = "org.mirrorlog.management.LogRoutes" }
                  http.routes { cluster-management = "", health-checks = "" }
                }
                """).withFallback(ConfigFactory.defaultReference()));
        ManagementPort.get(system).act(actions);
        socket = directory.resolve("operator.sock");
        ManagementDoor shown = new ManagementDoor(system, List.of("storage-1"), System::currentTimeMillis);
        operators = shown.openForOperators(socket, Optional.empty(), this::nowNs);
        door = shown.open(new InetSocketAddress("127.0.0.1", 0), this::nowNs);
        base = URI.create("http://127.0.0.1:" + door.address().getPort());
    }

    private long nowNs() {
        return System.nanoTime() + aheadNs.get();
    }

    @AfterEach
    void stop() throws Exception {
        door.close();
        operators.close();
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private HttpResponse<String> send(String method, String path, String type, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        if (type != null) {
            request.header("Content-Type", type);
        }
        return client.send(request.method(method, HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private OperatorOrders.Answer post(String path, String body) throws IOException {
        return OperatorOrders.post(socket, path, body);
    }

    @Test
    void shouldShowDeathsAndTheRunsOfANode() throws Exception {
        assertEquals(new ObjectMapper().readTree("""
                {"deaths": [{"bootId": "boot-a", "node": "node-a", "by": "x",
                             "declaredAt": "2026-11-22T16:00:00Z"}]}"""),
                new ObjectMapper().readTree(send("GET", "/mirrorlog/deaths", null, "").body()));
        String nodeB = """
                [{"bootId": "boot-b", "node": "node-b", "state": "undecided", "says": "may write",
                  "silentSince": "2026-11-22T16:00:00Z", "isConnected": false, "isDeclared": false,
                  "isPowerOffNeeded": true, "logs": ["K", "L"], "writable": ["L"], "marks": 3,
                  "lost": {"regions": 2, "logs": 1}, "silentLogs": ["M"], "version": "1.2"}]""";
        assertEquals(new ObjectMapper().readTree("{\"runs\": " + nodeB + "}"),
                new ObjectMapper().readTree(send("GET", "/mirrorlog/nodes/node-b", null, "").body()));
        assertEquals(new ObjectMapper().readTree("{\"nodes\": " + nodeB + "}"),
                new ObjectMapper().readTree(send("GET", "/mirrorlog/nodes", null, "").body()));
        assertEquals(404, send("GET", "/mirrorlog/nodes/node-x", null, "").statusCode());
    }

    @Test
    void shouldDoWhatIsAsked() throws Exception {
        assertEquals(200, post("/mirrorlog/deaths", CONFIRM).statusCode());
        assertEquals(200, post("/mirrorlog/deaths", "{\"bootIds\": [\"boot-b\"], \"powerIsOff\": true}")
                .statusCode());
        assertEquals(200, post("/mirrorlog/logs/LVM%20a%2F1/adopt", "").statusCode());

        assertEquals(200, post("/mirrorlog/logs/L/adopt", "{\"evenIfHealthy\": true}").statusCode());

        assertEquals(200, post("/mirrorlog/drain", "").statusCode());
        assertEquals(200, post("/mirrorlog/drain", "{\"undo\": true}").statusCode());
        assertEquals(200, post("/mirrorlog/logs/L/resync", "{\"order\": \"priority\"}").statusCode());
        assertEquals(400, post("/mirrorlog/logs/L/resync", "{\"order\": \"PAUSE\"}").statusCode());
        assertEquals("{\"paused\":[\"L\"],\"first\":null}", send("GET", "/mirrorlog/resync", null, "").body());

        assertEquals(List.of("dead [boot-b]", "dead [boot-b] and off", "adopt LVM a/1", "adopt L even if healthy",
                "drain", "undo the drain", "resync L: PRIORITY"), done);
        assertEquals(new ObjectMapper().readTree("""
                {"node": "node-a", "isDrained": true, "moving": 1, "staying": 0,
                 "logs": [{"uuid": "L", "isMoving": true, "why": "on its way"}]}"""),
                new ObjectMapper().readTree(send("GET", "/mirrorlog/drain", null, "").body()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"bootIds\": [\"boot-alive\"]}  | 409 | it is connected",
        "{\"bootIds\": [\"boot-slow\"]}   | 503 | not done, ask again",
        "{\"bootIds\": [\"boot-silent\"]} | 503 | no answer in time; it may yet be done: look before you ask again",
        "{\"bootIds\": []}                | 400 | 1 to 16",
        "{\"bootIds\": [\" \"]}           | 400 | 1 to 16",
        "{}                               | 400 | 1 to 16",
        "[1, 2                            | 400 | no JSON",
    })
    void shouldRefuseClearly(String body, int status, String why) throws Exception {
        OperatorOrders.Answer answer = post("/mirrorlog/deaths", body);

        assertEquals(status, answer.statusCode(), answer.body());
        assertTrue(Problems.check(status, answer.body(), Optional.of("/mirrorlog/deaths")).get("detail").asText()
                .contains(why), answer.body());
        assertFalse(answer.body().contains("EntityRef"), "in words of this program's inside");
        assertEquals(List.of(), done);
    }

    @Test
    void shouldTellTheInsideAndSetLevelsAtTheSocketOnly() throws Exception {
        ManagementPort.get(system).tellOperators("secret", () -> List.of("for operators"));

        HttpResponse<String> answer = send("GET", "/mirrorlog/inside/secret", null, "");
        assertEquals(403, answer.statusCode());
        assertFalse(answer.body().contains("for operators"), answer.body());
        assertEquals("[\"for operators\"]", OperatorOrders.send(socket, "GET", "/mirrorlog/inside/secret",
                "application/json", "").body());
        assertEquals(404, OperatorOrders.send(socket, "GET", "/mirrorlog/inside/x", "application/json", "")
                .statusCode());

        String order = "{\"room\": \"owner\", \"level\": \"DEBUG\", \"seconds\": 60}";
        assertEquals(403, send("POST", "/mirrorlog/loglevel", "application/json", order).statusCode());
        assertEquals(List.of(), done);
        assertTrue(post("/mirrorlog/loglevel", order).body().contains("\"until\":\"16:00\""));
        for (String bad : List.of(order.replace("60", "0"), order.replace("60", "86401"), "{}",
                order.replace("owner", "nowhere"))) {
            assertEquals(400, post("/mirrorlog/loglevel", bad).statusCode(), bad);
        }
        assertEquals(List.of("owner DEBUG for PT1M"), done);
    }

    @Test
    void shouldTakeNoOtherFormNorMethodNorLargeBody() throws Exception {
        assertRefused(415, OperatorOrders.send(socket, "POST", "/mirrorlog/deaths", "text/plain", CONFIRM));
        assertRefused(405, OperatorOrders.send(socket, "PUT", "/mirrorlog/deaths", "application/json", CONFIRM));
        assertEquals(405, send("GET", "/mirrorlog/logs/L/adopt", null, "").statusCode());
        assertRefused(405, post("/mirrorlog/nodes/node-b", "{}"));

        assertEquals(List.of(), done);
    }

    private static void assertRefused(int status, OperatorOrders.Answer answer) throws IOException {
        assertEquals(status, answer.statusCode(), answer.body());
        Problems.check(status, answer.body(), Optional.ofNullable(
                new ObjectMapper().readTree(answer.body()).get("instance")).map(JsonNode::asText));
    }

    /** Any user of the machine, and any page in a browser, can send these. */
    @Test
    void shouldChangeNothingOverTcpAndSayWhereToGo() throws Exception {
        for (String path : List.of("/mirrorlog/deaths", "/mirrorlog/logs/L/adopt")) {
            HttpResponse<String> answer = send("POST", path, "application/json", CONFIRM);

            assertEquals(403, answer.statusCode(), path);
            assertEquals(socket.toString(), Problems.check(403, answer.body(), Optional.of(path)).get("socket")
                    .asText());
        }

        assertEquals(List.of(), done);
    }

    @Test
    void shouldShowAtTheSocketWhatIsShownElsewhere() throws Exception {
        assertEquals(send("GET", "/mirrorlog/deaths", null, "").body(),
                OperatorOrders.send(socket, "GET", "/mirrorlog/deaths", "application/json", "").body());
    }

    @Test
    void shouldLetNobodyElseIn() throws Exception {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    }

    /** Its answer is not there in time, however long the doors wait. */
    private void letTimePass() {
        aheadNs.addAndGet(Limits.USUAL.answer().multipliedBy(3).toNanos());
    }

    @Test
    void shouldAnswerWhoAsksAgainBecauseNoAnswerCameInTime() throws Exception {
        CompletableFuture<HttpResponse<String>> first = client.sendAsync(HttpRequest.newBuilder(
                base.resolve("/mirrorlog/nodes/node-late")).build(), HttpResponse.BodyHandlers.ofString());
        assertTrue(asked.await(20, TimeUnit.SECONDS));
        letTimePass();
        assertEquals(503, first.get().statusCode());
        assertTrue(first.get().body().contains("no answer in time; ask again"), first.get().body());

        late.complete(null);

        assertEquals(200, send("GET", "/mirrorlog/nodes/node-late", null, "").statusCode());
    }

    @Test
    void shouldBeSeenToHaveBeenDoneThoughNoAnswerCameInTime() throws Exception {
        CompletableFuture<OperatorOrders.Answer> first = CompletableFuture.supplyAsync(() -> {
            try {
                return post("/mirrorlog/deaths", CONFIRM.replace("boot-b", "boot-late"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertTrue(asked.await(20, TimeUnit.SECONDS));
        letTimePass();
        assertEquals(503, first.get().statusCode());
        assertTrue(first.get().body().contains("it may yet be done: look before you ask again"), first.get().body());

        late.complete(null);

        await("what was asked for is done, once").until(() -> done.equals(List.of("dead [boot-b]")));
        assertTrue(OperatorOrders.send(socket, "GET", "/mirrorlog/deaths", "application/json", "").body()
                .contains("boot-a"), "who looks is answered");
    }

    @Test
    void shouldServeOnWhileConnectionsSayNothing() throws Exception {
        List<SocketChannel> silent = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            silent.add(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        }

        assertEquals(200, post("/mirrorlog/deaths", CONFIRM).statusCode());

        for (SocketChannel channel : silent) {
            channel.close();
        }
    }
}
