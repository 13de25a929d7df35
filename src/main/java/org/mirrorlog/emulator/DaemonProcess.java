package org.mirrorlog.emulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A daemon as a child process: started from a command line with our settings appended, killed or stopped, and never
 * left behind. Its output goes to a file. For one thread.
 */
final class DaemonProcess implements AutoCloseable {
    private static final long STOP_MS = 10_000;
    private static final int TAIL_LINES = 20;
    private static final int USUAL_PORT = 8558;

    private static final Pattern READY_LINE = Pattern.compile("ready: .* management at (http\\S+)");

    private final List<String> command;
    private final Path socketPath;
    private final Path directory;
    private final Path logFile;
    private final Thread cleaner = new Thread(this::cleanUp, "daemon-killer");
    private final Map<String, String> environment;
    private volatile Process process;
    private long linesBefore;

    /**
     * Starts nothing yet.
     *
     * @param command the daemon's command line up to its settings
     * @param directory for all its files; removed if this process is ended by a signal
     * @param bootId of the emulated kernel that it is to serve
     */
    DaemonProcess(List<String> command, Path directory, Path socketPath, String bootId) {
        this(command, directory, socketPath, bootId, 0);
    }

    /**
     * The same.
     *
     * @param port where its management listens, at each start; 0: somewhere else each time
     */
    DaemonProcess(List<String> command, Path directory, Path socketPath, String bootId, int port) {
        this.command = new ArrayList<>(command);
        this.command.addAll(settings(directory, socketPath, bootId));
        this.command.add("-Dakka.management.http.port=" + port);
        this.socketPath = socketPath;
        this.directory = directory;
        this.logFile = directory.resolve("daemon.log");
        this.environment = Map.of();
        Runtime.getRuntime().addShutdownHook(cleaner);
    }

    /**
     * One of several, which their owner {@link #cleanUp cleans up} if this process is ended by a signal.
     *
     * @param command the whole command line
     * @param environment what is not set already
     */
    DaemonProcess(List<String> command, Path directory, Path socketPath, Map<String, String> environment) {
        this.command = List.copyOf(command);
        this.socketPath = socketPath;
        this.directory = directory;
        this.logFile = directory.resolve("daemon.log");
        this.environment = Map.copyOf(environment);
    }

    /** Settings of a daemon that serves an emulated kernel and keeps everything in that directory. */
    private static List<String> settings(Path directory, Path socketPath, String bootId) {
        return List.of("-Dmirrorlog.kernel.connector=unix", "-Dmirrorlog.kernel.unix-path=" + socketPath,
                "-Dmirrorlog.kernel.boot-id=" + bootId, "-Dmirrorlog.machine-id=emulated",
                "-Dmirrorlog.data-dir=" + directory.resolve("data"),
                "-Dmirrorlog.device.accept-regular-files=true", "-Dmirrorlog.memory.lock=false",
                "-Dmirrorlog.memory.oom-score-adjust=0");
    }

    /** Starts it; it is not ready yet. */
    void start() throws IOException {
        linesBefore = Files.exists(logFile) ? Files.readAllLines(logFile, StandardCharsets.UTF_8).size() : 0;
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
        environment.forEach(builder.environment()::putIfAbsent);
        process = builder.start();
    }

    /** Whether it runs. */
    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /**
     * Whether it listens.
     *
     * @throws IOException it has ended by itself; the message has the end of its output
     */
    boolean isReady() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the daemon has ended with status " + process.exitValue() + ":\n" + tail());
        }
        return KernelSocket.isListening(socketPath);
    }

    /**
     * Where its management listens, once it has said that it is ready; empty before, and for a daemon that does not
     * say.
     *
     * @throws IOException its output cannot be read
     */
    Optional<URI> management() throws IOException {
        try (Stream<String> lines = Files.lines(logFile, StandardCharsets.UTF_8)) {
            return lines.skip(linesBefore).map(READY_LINE::matcher).filter(Matcher::find)
                    .map(said -> URI.create(said.group(1))).findFirst();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The usual port of a daemon's management if it is free, else another one that is. */
    static int freePort() throws IOException {
        try (ServerSocket usual = new ServerSocket(USUAL_PORT, 1, InetAddress.getLoopbackAddress())) {
            return usual.getLocalPort();
        } catch (BindException e) {
            try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return other.getLocalPort();
            }
        }
    }

    long pid() {
        return process.pid();
    }

    /** kill -9, as a crash would do; returns when it is gone. */
    void kill() throws InterruptedException {
        killNow();
        process.waitFor();
    }

    /** The end of its output. */
    String tail() {
        try {
            List<String> lines = Files.readAllLines(logFile, StandardCharsets.UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(" + logFile + ": " + e.getMessage() + ")";
        }
    }

    private void killNow() {
        Process child = process;
        if (child != null) {
            List<ProcessHandle> family = child.descendants().toList();
            child.destroyForcibly();
            family.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Asks it to stop, and kills it if it does not. */
    @Override
    public void close() {
        Process child = process;
        try {
            if (child != null && child.isAlive()) {
                child.destroy();
                child.waitFor(STOP_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            killNow();
            removeCleaner();
        }
    }

    /** This process goes down by a signal: kills it, and removes all its files. */
    void cleanUp() {
        killNow();
        try {
            if (process != null) {
                process.waitFor(STOP_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        deleteTree(directory);
    }

    private void removeCleaner() {
        try {
            Runtime.getRuntime().removeShutdownHook(cleaner);
        } catch (IllegalStateException e) {
            // This process is going down already: the hook runs anyway and finds nothing to kill.
            process = null;
        }
    }

    /** Removes a directory and all in it, as far as that goes. */
    static void deleteTree(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            System.err.println("cannot remove " + directory + ": " + e.getMessage());
        }
    }
}
