package org.mirrorlog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/** A page in a real browser, asked over its debugging port: so it is seen as it is, while time passes as it does. */
public final class Browser implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final int LIMIT_S = 30;

    private final Process process;
    private final Map<Integer, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();
    private WebSocket socket;
    private int number;

    private Browser(Process process) {
        this.process = process;
    }

    public static boolean isThere() {
        return Files.isExecutable(PROGRAM);
    }

    /**
     * Opens a page.
     *
     * @param profile a directory of its own
     */
    public static Browser open(URI page, Path profile, int width, int height) throws IOException {
        Browser browser = new Browser(new ProcessBuilder(PROGRAM.toString(), "--headless", "--no-sandbox",
                "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--no-first-run",
                "--user-data-dir=" + profile, "--remote-debugging-port=0", "--window-size=" + width + "," + height,
                page.toString()).redirectErrorStream(true)
                .redirectOutput(Files.createDirectories(profile).resolve("output").toFile()).start());
        try {
            browser.connect(profile.resolve("DevToolsActivePort"), page);
            return browser;
        } catch (RuntimeException e) {
            browser.close();
            throw e;
        }
    }

    private void connect(Path portFile, URI page) {
        await("the browser").atMost(LIMIT_S, TimeUnit.SECONDS).ignoreExceptions().until(() -> {
            String port = Files.readAllLines(portFile).get(0);
            JsonNode targets = JSON.readTree(HTTP.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port
                    + "/json")).build(), HttpResponse.BodyHandlers.ofString()).body());
            for (JsonNode target : targets) {
                if (target.path("url").asText().startsWith(page.toString())) {
                    socket = HTTP.newWebSocketBuilder().buildAsync(URI.create(target.path("webSocketDebuggerUrl")
                            .asText()), new Answers()).get(LIMIT_S, TimeUnit.SECONDS);
                }
            }
            return socket != null;
        });
    }

    private final class Answers implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
            message.append(data);
            if (isLast) {
                try {
                    JsonNode answer = JSON.readTree(message.toString());
                    CompletableFuture<JsonNode> asked = open.remove(answer.path("id").asInt());
                    if (asked != null) {
                        asked.complete(answer.path("result"));
                    }
                } catch (IOException e) {
                    open.values().forEach(asked -> asked.completeExceptionally(e));
                }
                message.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private JsonNode ask(String method, Map<String, ?> parameters) throws Exception {
        number++;
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        open.put(number, answer);
        socket.sendText(JSON.writeValueAsString(Map.of("id", number, "method", method, "params", parameters)), true);
        return answer.get(LIMIT_S, TimeUnit.SECONDS);
    }

    /** Goes to another page. */
    public void go(URI page) throws Exception {
        ask("Page.navigate", Map.of("url", page.toString()));
    }

    /** What this JavaScript says, as text. */
    public String evaluate(String script) throws Exception {
        return ask("Runtime.evaluate", Map.of("expression", script)).at("/result/value").asText();
    }

    /** The page as it is now. */
    String html() throws Exception {
        return evaluate("document.documentElement.outerHTML");
    }

    /** The page once it contains this. */
    public String htmlWith(String text) {
        AtomicReference<String> page = new AtomicReference<>("");
        await("\"" + text + "\" in the page").atMost(LIMIT_S, TimeUnit.SECONDS).untilAsserted(() -> {
            page.set(html());
            assertTrue(page.get().contains(text), page::get);
        });
        return page.get();
    }

    /** The page once this regular expression finds something in it. */
    public String matching(String regex) {
        AtomicReference<String> page = new AtomicReference<>("");
        await("\"" + regex + "\" in the page").atMost(LIMIT_S, TimeUnit.SECONDS).untilAsserted(() -> {
            page.set(html());
            assertTrue(Pattern.compile(regex).matcher(page.get()).find(), page::get);
        });
        return page.get();
    }

    /** From now on a screen so wide, for people who want it dark, or light, and without movements. */
    public void look(boolean isDark, int width) throws Exception {
        ask("Emulation.setDeviceMetricsOverride", Map.of("width", width, "height", 1400, "deviceScaleFactor", 1,
                "mobile", false));
        ask("Emulation.setEmulatedMedia", Map.of("features", List.of(
                Map.of("name", "prefers-color-scheme", "value", isDark ? "dark" : "light"),
                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    }

    /** What a screen reader is told: every node that is not ignored. */
    public List<JsonNode> accessibilityTree() throws Exception {
        List<JsonNode> nodes = new ArrayList<>();
        ask("Accessibility.getFullAXTree", Map.of()).path("nodes").forEach(node -> {
            if (!node.path("ignored").asBoolean()) {
                nodes.add(node);
            }
        });
        return nodes;
    }

    /** Presses a key, as a person does. */
    public void press(String key, int code) throws Exception {
        for (String type : List.of("rawKeyDown", "keyUp")) {
            ask("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "windowsVirtualKeyCode", code));
        }
    }

    /** Leaves a picture there. */
    public void picture(Path file) throws Exception {
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(ask("Page.captureScreenshot", Map.of("captureBeyondViewport",
                true)).path("data").asText()));
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.abort();
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().orTimeout(LIMIT_S, TimeUnit.SECONDS).join();
    }
}
