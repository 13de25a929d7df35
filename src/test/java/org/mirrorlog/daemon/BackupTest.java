package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.cli.Ctl;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.process.StartException;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** A data directory that is lost and restored from a backup calls nothing clean, and awaits whoever may write. */
@Tag("slow")
@Timeout(240)
class BackupTest {
    private static final byte[] NOTHING = {};
    private static final String UUID = "LVM-backup";
    private static final String CORE = "10240 clustered-core 1024";
    private static final int REGIONS = 10;

    @TempDir
    private Path dir;
    private Daemon daemon;
    private String bootId = "boot-1";

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    private Path dataDir() {
        return dir.resolve("data");
    }

    private void start() throws StartException {
        daemon = Daemon.start(settings());
    }

    private Settings settings() {
        return Settings.read(Settings.load(ConfigFactory.parseString("mirrorlog.node-name = node-a\n"
                + "mirrorlog.data-dir = \"" + dataDir() + "\"\n"
                + "mirrorlog.kernel { connector = unix, boot-id = " + bootId + ", unix-path = \""
                + dir.resolve("kernel") + "\" }\n"
                + "mirrorlog.marks.lazy-clear = 0 s\n"
                + "akka.management.http.port = 0\n")), MachineIdentity.current());
    }

    private PlainKernel kernel(long luid) throws IOException {
        return kernel(luid, UUID);
    }

    private PlainKernel kernel(long luid, String uuid) throws IOException {
        return new PlainKernel(dir.resolve("table-" + luid), dir.resolve("kernel"), uuid, luid);
    }

    private JsonNode log() throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(
                daemon.management().resolve("/mirrorlog/logs/" + UUID)).build(), HttpResponse.BodyHandlers.ofString());
        return new ObjectMapper().readTree(answer.body());
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private Ctl.Ended backup(Path to) {
        return Ctl.run(Map.of("MIRRORLOG_URL", daemon.management().toString()), "backup", to.toString(), "--socket",
                dataDir().resolve("operator.sock").toString());
    }

    private String restore(Path from, ExitCode expected) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(expected, new Restore(settings(), printed, printed).run(from), out::toString);
        return out.toString(StandardCharsets.UTF_8);
    }

    private void declareDead(String bootId) throws Exception {
        OperatorOrders.Answer answer = OperatorOrders.post(dataDir().resolve("operator.sock"), "/mirrorlog/deaths",
                "{\"bootIds\": [\"" + bootId + "\"], \"powerIsOff\": true}");
        assertEquals(200, answer.statusCode(), answer.body());
    }

    /** As the kernel does where it is told that nobody knows its table: it introduces that anew. */
    private static void reconnect(PlainKernel kernel, String line) throws Exception {
        await("it is asked to introduce its table").atMost(Duration.ofSeconds(60)).until(() ->
                kernel.ask(RequestType.IN_SYNC, PlainKernel.words(0)).error() != 0);
        kernel.construct(line);
        await("it is taken up").atMost(Duration.ofSeconds(60)).until(() ->
                kernel.ask(RequestType.RESUME, NOTHING).error() == 0);
    }

    /** A kernel that wrote before and after the backup, and goes on; a log from after it; one that nobody uses. */
    @Test
    void d21ShouldCallNothingCleanThatWasRestoredFromABackupAndRecoverAllOfIt() throws Exception {
        Path backup = dir.resolve("backup");
        String line = CORE + " nosync";
        start();
        try (PlainKernel kernel = kernel(7); PlainKernel unused = kernel(9, "LVM-unused")) {
            kernel.construct(line);
            kernel.askWell(RequestType.RESUME, NOTHING);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(5));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            write(unused);

            assertEquals(0, backup(backup).status());
            assertEquals(1, backup(backup).status(), "what is there is left as it is");
            assertTrue(restore(backup, ExitCode.NOT_STARTED).contains("stop it first"), "the daemon uses it");
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(7));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            daemon.close();
            assertTrue(restore(backup, ExitCode.NOT_STARTED).contains("move it away"), "it is newer");

            delete(dataDir());
            Files.writeString(backup.resolve("mirrorlog-backup"), "x", StandardOpenOption.APPEND);
            assertTrue(restore(backup, ExitCode.NOT_STARTED).contains("does not fit its sum"));
            Path file = backup.resolve("mirrorlog-backup");
            Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) Files.size(file) - 1));
            assertTrue(restore(backup, ExitCode.OK).contains("node node-a (boot id boot-1)"));
            Files.move(dataDir().resolve("journal-id"), dir.resolve("journal-id"));
            assertThrows(StartException.class, this::start, "an interrupted restore serves nobody");
            assertEquals(1, restore(backup, ExitCode.OK).lines().filter(text -> text.startsWith("restored")).count());
            start();
            kernel.find(dir.resolve("kernel"));

            reconnect(kernel, line);
            await("it is adopted").atMost(Duration.ofSeconds(60)).until(() -> log().path("inSync").asLong() == 0
                    && log().path("dirty").asLong() == REGIONS);
            isWork(kernel);
            kernel.askWell(RequestType.PRESUSPEND, NOTHING);
            kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(0, kernel.askNumber(RequestType.GET_SYNC_COUNT));
            recoverAll(kernel);

            unused.find(dir.resolve("kernel"));
            unused.construct(line);
            unused.askWell(RequestType.RESUME, NOTHING);
            assertEquals(0, unused.askNumber(RequestType.GET_SYNC_COUNT), "nosync notwithstanding");
            recoverAll(unused);
        }
    }

    private static boolean isWork(PlainKernel kernel) throws IOException {
        return ByteBuffer.wrap(kernel.askWell(RequestType.GET_RESYNC_WORK, NOTHING)).order(ByteOrder.nativeOrder())
                .getLong(0) != 0;
    }

    private static void recoverAll(PlainKernel kernel) throws Exception {
        for (int i = 0; i < REGIONS; i++) {
            byte[][] work = new byte[1][];
            await("work").atMost(Duration.ofSeconds(60)).until(() -> {
                work[0] = kernel.askWell(RequestType.GET_RESYNC_WORK, NOTHING);
                return ByteBuffer.wrap(work[0]).order(ByteOrder.nativeOrder()).getLong(0) != 0;
            });
            long region = ByteBuffer.wrap(work[0]).order(ByteOrder.nativeOrder()).getLong(8);
            kernel.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(region, 1));
        }
        assertEquals(REGIONS, kernel.askNumber(RequestType.GET_SYNC_COUNT));
    }

    /** D16: who was dead stays so; and whose kernel may write elsewhere is awaited. */
    @Test
    void d21ShouldAwaitTheKernelsOfABackupUntilTheyAreDeclaredDead() throws Exception {
        Path backup = dir.resolve("backup");
        start();
        try (PlainKernel kernel = kernel(7)) {
            kernel.construct(CORE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(0, backup(backup).status());
        }
        daemon.close();
        delete(dataDir());
        bootId = "boot-2";
        restore(backup, ExitCode.OK);
        start();

        try (PlainKernel kernel = kernel(8)) {
            kernel.construct(CORE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertFalse(isWork(kernel), "the machine of the backup may still write");
            declareDead("boot-1");
            recoverAll(kernel);
            assertEquals(0, backup(dir.resolve("second")).status());
        }
        daemon.close();
        delete(dataDir());
        bootId = "boot-1";
        restore(dir.resolve("second"), ExitCode.OK);
        start();

        try (PlainKernel kernel = kernel(9)) {
            kernel.assertSilent(RequestType.CTR, CORE.getBytes(StandardCharsets.US_ASCII), Duration.ofSeconds(1));
        }
    }

    private static void write(PlainKernel kernel) throws Exception {
        kernel.construct(CORE + " nosync");
        kernel.askWell(RequestType.RESUME, NOTHING);
        kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(5));
        kernel.askWell(RequestType.FLUSH, NOTHING);
        kernel.askWell(RequestType.CLEAR_REGION, PlainKernel.words(5));
        kernel.askWell(RequestType.PRESUSPEND, NOTHING);
        kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
        kernel.askWell(RequestType.DTR, NOTHING);
    }
}
