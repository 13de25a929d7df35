package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

/** One daemon that serves two thousand logs is killed and started again. */
@Tag("slow")
@Timeout(300)
class ManyLogsTest {
    private static final int LOGS = 2_000;
    /** What docs/operations.md says that a log takes. */
    private static final long MOST_KIB_PER_LOG = 100;
    private static final byte[] LINE = "10240 clustered-core 1024 nosync".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};
    private static final int TIMEOUT_MS = 60_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration START_LIMIT = Duration.ofSeconds(120);

    @TempDir
    private Path dir;
    private int seq;

    @Test
    void shouldListThemAllWhileItServesThemAndTakeLittleMemoryForEach() throws Exception {
        DaemonProcess.Place place = new DaemonProcess.Place("boot-1", dir.resolve("kernel"), dir.resolve("data"),
                dir.resolve("log"));
        DaemonProcess daemon = DaemonProcess.start(place, List.of());
        long emptyKib = residentKib(daemon);
        try (UnixDatagramSocket kernel = UnixDatagramSocket.bind(dir.resolve("tables"))) {
            kernel.connect(UnixAddress.of(place.unixPath()));
            for (int i = 0; i < LOGS; i++) {
                ask(kernel, i, RequestType.CTR, LINE);
                ask(kernel, i, RequestType.RESUME, NOTHING);
            }
            daemon.kill();
            long killedNs = System.nanoTime();
            daemon = DaemonProcess.launch(place);
            DaemonProcess started = daemon;
            JsonNode logs = Await.until("all logs listed", START_LIMIT, () -> listed(started),
                    list -> list.size() == LOGS);
            long listedMs = msSince(killedNs);
            daemon.awaitReady();
            long readyMs = msSince(killedNs);
            kernel.connect(UnixAddress.of(place.unixPath()));
            ask(kernel, LOGS - 1, RequestType.GET_SYNC_COUNT, NOTHING);

            assertEquals(new TreeSet<>(IntStream.range(0, LOGS).mapToObj(ManyLogsTest::name).toList()),
                    new TreeSet<>(logs.findValuesAsText("uuid")), "answering or not");
            // A machine that starts all of them while the list is made has none.
            long unstarted = logs.findValues("silent").stream().filter(silent -> !silent.isNull()).count();
            Set<String> answering = new TreeSet<>();
            Await.until("each owner has answered", LIMIT, () -> {
                started.json("/mirrorlog/logs").forEach(log -> {
                    if (!log.has("silent")) {
                        answering.add(log.path("uuid").asText());
                    }
                });
                return answering.size();
            }, count -> count == LOGS);
            System.out.printf(Locale.ROOT, "%d logs: listed %d ms after the kill, %d of them without an owner yet;"
                    + " ready after %d ms, each owner there after %d ms; resident %d MiB, %d without logs%n", LOGS,
                    listedMs, unstarted, readyMs, msSince(killedNs), residentKib(daemon) >> 10, emptyKib >> 10);
            long perLog = (residentKib(daemon) - emptyKib) / LOGS;
            assertTrue(perLog < MOST_KIB_PER_LOG, perLog + " KiB resident for each log");
        } finally {
            daemon.kill();
        }
    }

    /** What it lists; nothing while it does not answer yet. */
    private static JsonNode listed(DaemonProcess daemon) {
        try {
            return daemon.json("/mirrorlog/logs");
        } catch (UncheckedIOException | AssertionError notYet) {
            return MissingNode.getInstance();
        }
    }

    private static long msSince(long ns) {
        return (System.nanoTime() - ns) / 1_000_000;
    }

    private static String name(int i) {
        return "LVM-" + i;
    }

    private static long residentKib(DaemonProcess daemon) throws IOException {
        String line = Files.readAllLines(Path.of("/proc/" + daemon.process().pid() + "/status")).stream()
                .filter(each -> each.startsWith("VmRSS:")).findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }

    private void ask(UnixDatagramSocket kernel, int log, RequestType type, byte[] payload) throws IOException {
        seq++;
        ByteBuffer request = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);
        UlogCodec.encodeRequest(new UlogRequest(log, name(log), 2, seq, type.code(), payload), request);
        kernel.send(request.flip(), TIMEOUT_MS);
        ByteBuffer answer = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
        assertTrue(kernel.receive(answer, TIMEOUT_MS) != UnixDatagramSocket.TIMED_OUT, "no answer to " + type);
        assertEquals(0, assertInstanceOf(UlogAnswer.class, UlogCodec.decodeReply(answer.flip())).error());
    }
}
