package org.mirrorlog.kernelguest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mirrorlog.FreePorts;

/**
 * The daemon as an operator starts it, on this machine, serving a kernel over its UNIX connector.
 *
 * <p>Which program: the system property {@code kernel.guest.daemon}, a command to which the settings are appended as
 * {@code -Dkey=value}; else {@code deploy/run}, if the packaged jar is newer than all sources; else the compiled
 * classes.
 */
final class DaemonProcess {
    private static final Duration READY_LIMIT = Duration.ofSeconds(120);
    private static final Duration HTTP_LIMIT = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path JAR = Path.of("target/mirrorlogd.jar");
    private static final Path RUN = Path.of("deploy/run").toAbsolutePath();

    private final Process process;
    private final int port;
    private final Path log;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(HTTP_LIMIT).build();

    private DaemonProcess(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /** What a daemon needs to know of the kernel it serves. */
    record Place(String bootId, Path unixPath, Path dataDir, Path log) { }

    /** Starts a daemon and waits until it says that it is ready. */
    static DaemonProcess start(Place place, List<String> moreSettings) {
        return start(place, moreSettings, List.of());
    }

    /** Starts a daemon and does not wait for it. */
    static DaemonProcess launch(Place place) {
        return launch(place, List.of(), List.of());
    }

    /** The same by a program that becomes what its last arguments say, once it has made the daemon's surroundings. */
    static DaemonProcess start(Place place, List<String> moreSettings, List<String> starter) {
        DaemonProcess daemon = launch(place, moreSettings, starter);
        daemon.awaitReady();
        return daemon;
    }

    private static DaemonProcess launch(Place place, List<String> moreSettings, List<String> starter) {
        int port = FreePorts.take();
        List<String> settings = new ArrayList<>(List.of("-Dmirrorlog.kernel.connector=unix",
                "-Dmirrorlog.kernel.unix-path=" + place.unixPath(), "-Dmirrorlog.kernel.boot-id=" + place.bootId(),
                "-Dmirrorlog.machine-id=guest-" + Integer.toHexString(place.dataDir().hashCode()),
                "-Dmirrorlog.data-dir=" + place.dataDir(), "-Dmirrorlog.node-name=kernelguest",
                "-Dakka.management.http.port=" + port));
        settings.addAll(moreSettings);
        List<String> command = new ArrayList<>(starter);
        command.addAll(command(settings));
        return new DaemonProcess(Shell.start(place.log(), command), port, place.log());
    }

    /** Waits until it says that it is ready; ends it where it does not. */
    void awaitReady() {
        try {
            Await.until("the daemon's /ready", READY_LIMIT, this::readiness, status -> status == 200);
        } catch (AssertionError e) {
            Shell.killAtOneMoment(process);
            throw e;
        }
    }

    Process process() {
        return process;
    }

    /** {@code GET /mirrorlog/logs/{uuid}} as text; empty while the daemon does not know the log. */
    String logJson(String uuid) {
        HttpResponse<String> response = get("/mirrorlog/logs/" + uuid);
        return response.statusCode() == 200 ? response.body() : "";
    }

    /** What it answers to GET at that path; AssertionError unless it is found there. */
    JsonNode json(String path) {
        HttpResponse<String> response = get(path);
        if (response.statusCode() != 200) {
            throw new AssertionError("GET " + path + ": " + response.statusCode() + " " + response.body());
        }
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException("GET " + path + ": " + response.body(), e);
        }
    }

    /** Where its HTTP endpoints are. */
    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Ends the daemon at once, as a machine that runs out of memory does. */
    void kill() {
        Shell.killAtOneMoment(process);
    }

    private int readiness() {
        if (!process.isAlive()) {
            throw new AssertionError("the daemon has ended with " + process.exitValue() + ", see " + log);
        }
        try {
            return get("/ready").statusCode();
        } catch (UncheckedIOException notYet) {
            return 0;
        }
    }

    private HttpResponse<String> get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(HTTP_LIMIT).build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException("GET " + path + " on port " + port, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in GET " + path, e);
        }
    }

    private static List<String> command(List<String> settings) {
        List<String> command = new ArrayList<>();
        String given = System.getProperty("kernel.guest.daemon", "");
        if (!given.isBlank()) {
            command.addAll(Arrays.asList(given.strip().split("\\s+")));
            command.addAll(settings);
        } else if (isPackaged()) {
            command.add(RUN.toString());
            command.addAll(settings);
        } else {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"));
            command.addAll(settings);
            command.addAll(List.of("-cp", classPath(), "org.mirrorlog.Main"));
        }
        return command;
    }

    private static String classPath() {
        String mine = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(mine.split(":")).filter(entry -> !entry.endsWith("/test-classes"))
                .collect(Collectors.joining(":"));
    }

    /** Whether {@code deploy/run} would start the program without building it first. */
    private static boolean isPackaged() {
        if (!Files.exists(JAR)) {
            return false;
        }
        long packaged = JAR.toFile().lastModified();
        try (Stream<Path> sources = Files.walk(Path.of("src/main"))) {
            return Stream.concat(sources, Stream.of(Path.of("pom.xml")))
                    .allMatch(file -> file.toFile().lastModified() <= packaged);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list src/main", e);
        }
    }
}
