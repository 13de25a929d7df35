package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An HTTP server that plays the daemon, and mirrorlogctl, which asks it. */
abstract class CommandStage {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String WELL = """
            [{"uuid": "LVM-1", "type": "clustered-disk", "regionSize": 1024, "regionCount": 2048, "inSync": 2048,
              "dirty": 3, "recovering": null, "owner": "node1", "logDevice": {"path": "254:3", "health": "A"},
              "instances": [{"node": "node1", "luid": "00000000000000aa", "state": "active", "marks": 2}]}]""";
    static final String MEMBERS = """
            {"members": [{"node": "akka://mirrorlog@127.0.0.1:1", "status": "Up"}], "unreachable": []}""";

    record Answer(int status, String body) { }

    final Map<String, Answer> answers = new HashMap<>();
    /** Given one after the other, before those by path. */
    final Queue<Answer> later = new ArrayDeque<>();
    final List<String> changes = new ArrayList<>();
    /** Paths with their questions, and which event was seen last. */
    final List<String> asked = new CopyOnWriteArrayList<>();
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        answers.put("/ready", new Answer(200, ""));
        answers.put("/cluster/members", new Answer(200, MEMBERS));
        answers.put("/mirrorlog/logs", new Answer(200, WELL));
        answers.put("/mirrorlog/health", new Answer(200, "{\"status\": \"ok\", \"findings\": []}"));
        answers.put("/mirrorlog/nodes", new Answer(200, "{\"nodes\": []}"));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        if (exchange.getRequestMethod().equals("POST")) {
            changes.add(path + " " + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        }
        asked.add((exchange.getRequestURI() + " " + Objects.requireNonNullElse(exchange.getRequestHeaders()
                .getFirst("Last-Event-ID"), "")).strip());
        Answer answer = !later.isEmpty() ? later.remove()
                : answers.getOrDefault(path, new Answer(404, "{\"error\": \"nothing at " + path + "\"}"));
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Where it listens. */
    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    int run(String... words) {
        return run(Map.of(), false, words);
    }

    int run(Map<String, String> environment, boolean isTerminal, String... words) {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("MIRRORLOG_URL", url());
        return MirrorlogCtl.run(new Surroundings(new PrintWriter(out, true), new PrintWriter(err, true), all,
                isTerminal), words);
    }
}
