package org.mirrorlog.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.mirrorlog.Commands;
import org.mirrorlog.OperatorOrders;

/**
 * One daemon as a process, started by {@code deploy/run} and started again by a supervisor whenever it ends by itself.
 * Its output is gathered in one file over all starts.
 */
public final class FleetNode implements AutoCloseable {
    private static final Path RUN = Path.of("deploy/run").toAbsolutePath();
    private static final Path CTL = Path.of("deploy/mirrorlogctl").toAbsolutePath();
    private static final Duration READY = Duration.ofSeconds(90);
    private static final Duration HTTP = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(HTTP).build();
    private static final int TAIL_LINES = 25;

    private final String host;
    private final Path directory;
    private final List<String> settings;
    private final Map<String, String> environment;
    private final List<Integer> exits = new CopyOnWriteArrayList<>();
    private volatile String bootId;
    private volatile Process process;
    /** Ended by the test: the supervisor leaves them alone. */
    private final Set<Process> dismissed = ConcurrentHashMap.newKeySet();

    FleetNode(String host, Path directory, List<String> settings, Map<String, String> environment) {
        this.host = host;
        this.directory = directory;
        this.settings = List.copyOf(settings);
        this.environment = environment;
        this.bootId = "boot-1-of-" + host;
    }

    /** What it calls itself, and how others name it. */
    public String name() {
        return "node-" + host;
    }

    String host() {
        return host;
    }

    public String bootId() {
        return bootId;
    }

    /** Its machine has booted: the next start serves another kernel. */
    public void setBootId(String next) {
        bootId = next;
    }

    public Path socket() {
        return directory.resolve(host + ".sock");
    }

    Path dataDir() {
        return directory.resolve(host);
    }

    Path log() {
        return directory.resolve(host + ".log");
    }

    private Path clock() {
        return directory.resolve(host + ".clock");
    }

    /** From now on its wall clock is so many seconds ahead; only in a fleet with clocks of their own. */
    void setClock(long aheadSeconds) {
        WallClocks.set(clock(), aheadSeconds);
    }

    /** Seconds since 1970, as it says itself. */
    long clockSeconds() {
        String date = get("/alive").headers().firstValue("Date").orElseThrow();
        return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toEpochSecond();
    }

    // --- its process ----------------------------------------------------------------------------------------------

    /** Starts it; see {@link #awaitReady}. */
    public void start(String... more) {
        launch(List.of(more));
    }

    private synchronized void launch(List<String> more) {
        List<String> command = new ArrayList<>(List.of(RUN.toString()));
        command.add("-Dmirrorlog.kernel.boot-id=" + bootId);
        command.add("-Dmirrorlog.machine-id=machine-" + host);
        command.addAll(settings);
        command.addAll(more);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().put("MIRRORLOG_HEAP", "128m");
        // They live for seconds: what a second compiler gains is gone before it is used.
        builder.environment().put("MIRRORLOG_JVM", "-XX:TieredStopAtLevel=1");
        builder.environment().putAll(environment);
        builder.environment().putAll(WallClocks.ofNode(environment, clock()));
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name(), e);
        }
        process.onExit().thenAccept(ended -> ended(ended, more));
    }

    private synchronized void ended(Process which, List<String> more) {
        if (!dismissed.contains(which)) {
            exits.add(which.exitValue());
            launch(more);
        }
    }

    public void awaitReady() {
        Waiting.until("/ready of " + name(), READY, () -> get("/ready").statusCode() == 200, () -> tail());
    }

    boolean isReady() {
        try {
            return get("/ready").statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** kill -9. The supervisor does not notice until {@link #start}. */
    public void kill() {
        Process victim = dismiss();
        victim.destroyForcibly();
        join(victim);
    }

    /** Asks it to end, as a service manager does, and says how it ended. */
    int stop() {
        Process victim = dismiss();
        victim.destroy();
        join(victim);
        return victim.exitValue();
    }

    /** Waits until it ends by itself, and says how; it is not started again. */
    int awaitEnd() {
        Process last = dismiss();
        try {
            join(last);
        } finally {
            close();
        }
        return last.exitValue();
    }

    private synchronized Process dismiss() {
        if (process != null) {
            dismissed.add(process);
        }
        return process;
    }

    private void join(Process victim) {
        try {
            if (!victim.waitFor(READY.toSeconds(), TimeUnit.SECONDS)) {
                victim.destroyForcibly();
                throw new AssertionError(name() + " does not end: " + tail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** SIGSTOP. */
    void freeze() {
        signal("STOP");
    }

    /** SIGCONT. */
    void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
            if (kill.waitFor() != 0) {
                throw new AssertionError("kill -" + name + " " + name() + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** Exit codes of the times it ended by itself. */
    List<Integer> exits() {
        return List.copyOf(exits);
    }

    // --- what it says ---------------------------------------------------------------------------------------------

    HttpResponse<String> get(String path) {
        return send(request(path).build());
    }

    /** Asks for a change where the daemon says, and returns the status of the answer. */
    public int post(String path, String json) {
        HttpResponse<String> elsewhere = send(request(path).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)).build());
        try {
            Path operators = Path.of(JSON.readTree(elsewhere.body()).path("socket").asText());
            return OperatorOrders.post(operators, path, json).statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException("POST " + path + " of " + name() + ": " + elsewhere.body(), e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + host + ":8558" + path)).timeout(HTTP);
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(request.method() + " " + request.uri() + " of " + name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    public JsonNode json(String path) {
        HttpResponse<String> answer = get(path);
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("GET " + path + " of " + name() + ": " + answer.statusCode() + " "
                    + answer.body());
        }
        try {
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code deploy/mirrorlogctl}, as an operator on its machine. */
    Commands.Ended mirrorlogctl(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(CTL.toString()));
        command.addAll(List.of(words));
        command.add("--url=http://" + host + ":8558");
        return Commands.tryRun(command);
    }

    /** One log, as this node shows it. */
    JsonNode log(String uuid) {
        return json("/mirrorlog/logs/" + URLEncoder.encode(uuid, StandardCharsets.UTF_8));
    }

    /** What it says of its logs now, or why it does not; for the message of a failure. */
    String logs() {
        try {
            return get("/mirrorlog/logs").body();
        } catch (UncheckedIOException e) {
            return e.toString();
        }
    }

    /** A counter since the daemon's start. */
    long counter(String name) {
        return json("/mirrorlog/counters").path(name).asLong();
    }

    /** Everything it has written so far, all starts. */
    public List<String> lines() {
        try {
            return Files.exists(log()) ? Files.readAllLines(log(), StandardCharsets.UTF_8) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines at level ERROR, from line {@code from} on. */
    List<String> errors(int from) {
        Stream<String> lines = lines().stream().skip(from);
        return lines.filter(line -> line.matches("\\S+ ERROR .*")).map(line -> name() + ": " + line).toList();
    }

    String tail() {
        List<String> all = lines();
        return name() + (isRunning() ? " runs" : " does not run") + ", exits " + exits + ", says:\n"
                + String.join("\n", all.subList(Math.max(0, all.size() - TAIL_LINES), all.size()));
    }

    @Override
    public void close() {
        Process victim = dismiss();
        if (victim != null) {
            victim.descendants().forEach(ProcessHandle::destroyForcibly);
            victim.destroyForcibly();
            join(victim);
        }
    }
}
