package org.mirrorlog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.daemon.PlainKernel;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.protocol.RequestType;

/** The daemon as a process of its own: what signals do to it, and its exit status. */
@Tag("slow")
@Timeout(180)
class SignalsTest {
    private static final byte[] NOTHING = {};

    @TempDir
    private Path dir;

    private final Map<String, String> environment = new HashMap<>();
    private Process process;

    @AfterEach
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldRefuseSignalsWhileATableIsActiveAndStopWhenNoneIs() throws Exception {
        start();
        String last;
        try (PlainKernel kernel = kernel()) {
            kernel.construct("10240 clustered-core 1024");
            kernel.askWell(RequestType.RESUME, NOTHING);
            List<String> signals = Stream.of("TERM", "INT", "HUP", "TERM")
                    .filter(signal -> !isIgnored(signal)).toList();
            for (String signal : signals) {
                long refusals = refusals();
                signal(signal);
                await("the refusal of SIG" + signal).atMost(30, TimeUnit.SECONDS)
                        .until(() -> refusals() == refusals + 1);
                kernel.askWell(RequestType.STATUS_INFO, NOTHING);
            }
            kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
            last = signals.get(1);
            signal(last);
        }

        assertTrue(process.waitFor(60, TimeUnit.SECONDS), output());
        assertEquals(ExitCode.OK.status(), process.exitValue(), output());
        assertTrue(output().contains("SIG" + last + ": stopping"), output());
    }

    /**
     * Under nohup this process and its children ignore SIGHUP, in a shell's background SIGINT; a JVM leaves that so.
     */
    private static boolean isIgnored(String signal) {
        int number = Map.of("HUP", 1, "INT", 2, "TERM", 15).get(signal);
        try {
            String mask = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("SigIgn:"))
                    .findFirst().orElseThrow().substring("SigIgn:".length()).trim();
            return (Long.parseUnsignedLong(mask, 16) >> number - 1 & 1) != 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldStopWithActiveTablesWhereForcedAndGoOnWithThem() throws Exception {
        start("-Dmirrorlog.shutdown.force=true");
        try (PlainKernel kernel = kernel()) {
            kernel.construct("10240 clustered-core 1024 nosync");
            kernel.askWell(RequestType.RESUME, NOTHING);
            signal("TERM");
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), output());
            assertEquals(ExitCode.OK.status(), process.exitValue(), output());

            start();
            kernel.find(dir.resolve("kernel"));

            assertEquals(1, kernel.askNumber(RequestType.IN_SYNC, 3), "taken up by itself");
        }
    }

    @Test
    void shouldEndWithStatus1And2WhereItCannotStart() throws Exception {
        try (UnixDatagramSocket manager = UnixDatagramSocket.bind(dir.resolve("manager"))) {
            environment.putAll(Map.of("NOTIFY_SOCKET", dir.resolve("manager").toString(), "WATCHDOG_USEC", "2000000"));
            start();
            assertSignsOfLife(manager);
        }
        Process second = launch(dir.resolve("second.log"), List.of());
        assertTrue(second.waitFor(60, TimeUnit.SECONDS));
        assertEquals(ExitCode.NOT_STARTED.status(), second.exitValue(), Files.readString(dir.resolve("second.log")));

        Process third = launch(dir.resolve("third.log"), List.of("-Dmirrorlog.no-such-key=1"));
        assertTrue(third.waitFor(60, TimeUnit.SECONDS));
        assertEquals(ExitCode.USAGE.status(), third.exitValue(), Files.readString(dir.resolve("third.log")));
    }

    /** A first one when it is ready, others after it; a manager may want other things before. */
    private void assertSignsOfLife(UnixDatagramSocket manager) throws Exception {
        String first = next(manager);
        while (!first.contains("WATCHDOG=1")) {
            first = next(manager);
        }
        assertEquals("READY=1\nSTATUS=\nWATCHDOG=1", first);
        assertEquals("WATCHDOG=1", next(manager));
        assertEquals("WATCHDOG=1", next(manager));
    }

    private static String next(UnixDatagramSocket manager) throws Exception {
        ByteBuffer into = ByteBuffer.allocateDirect(1000);
        assertNotEquals(UnixDatagramSocket.TIMED_OUT, manager.receive(into, 60_000), "the manager is told nothing");
        return StandardCharsets.US_ASCII.decode(into.flip()).toString();
    }

    private void start(String... options) throws IOException {
        Files.deleteIfExists(dir.resolve("daemon.log"));
        process = launch(dir.resolve("daemon.log"), List.of(options));
        await("the daemon is ready").atMost(120, TimeUnit.SECONDS).until(() -> {
            assertTrue(process.isAlive(), output());
            return output().contains("ready:");
        });
    }

    private Process launch(Path log, List<String> options) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                "-Dmirrorlog.data-dir=" + dir.resolve("data"), "-Dmirrorlog.kernel.connector=unix",
                "-Dmirrorlog.kernel.unix-path=" + dir.resolve("kernel"), "-Dmirrorlog.memory.lock=false",
                "-Dmirrorlog.memory.oom-score-adjust=0", "-Dakka.management.http.port=0",
                "-Dlogback.configurationFile=logback.xml"));
        command.addAll(options);
        command.add(Main.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private void signal(String name) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor());
    }

    private PlainKernel kernel() throws IOException {
        return new PlainKernel(dir.resolve("table"), dir.resolve("kernel"), "LVM-signals", 1);
    }

    private long refusals() throws IOException {
        return output().lines().filter(line -> line.contains("refused: 1 instance is active")).count();
    }

    private String output() throws IOException {
        return Files.readString(dir.resolve("daemon.log"));
    }
}
