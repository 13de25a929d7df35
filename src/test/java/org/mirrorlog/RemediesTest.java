package org.mirrorlog;

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
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.daemon.Daemon;
import org.mirrorlog.daemon.PlainKernel;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.process.StartException;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/**
 * What docs/operations.md tells an operator to do about a damaged journal and a lost data directory, done as it says;
 * then the log serves again, and calls nothing clean that may not be.
 */
@Tag("slow")
@Timeout(120)
class RemediesTest {
    private static final byte[] NOTHING = {};
    private static final String UUID = "LVM-remedy";
    private static final String CORE = "10240 clustered-core 1024";
    private static final int REGIONS = 10;

    @TempDir
    private Path dir;

    private Daemon daemon;

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
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString(
                "mirrorlog.node-name = node-a\n"
                + "mirrorlog.data-dir = \"" + dataDir() + "\"\n"
                + "mirrorlog.kernel { connector = unix, boot-id = boot-1, unix-path = \"" + dir.resolve("kernel")
                + "\" }\n"
                + "mirrorlog.marks.lazy-clear = 0 s\n"
                + "mirrorlog.owner.snapshot-every = 10\n"
                + "mirrorlog.device.accept-regular-files = true\n"
                + "akka.management.http.port = 0\n")), MachineIdentity.current()));
    }

    private PlainKernel kernel(long luid) throws IOException {
        return new PlainKernel(dir.resolve("table-" + luid), dir.resolve("kernel"), UUID, luid);
    }

    /** A table all in sync, with one region marked if it is to stay in use. */
    private void use(PlainKernel kernel, String line, boolean staysInUse) throws Exception {
        kernel.construct(line);
        kernel.askWell(RequestType.RESUME, NOTHING);
        for (int i = 0; i < REGIONS; i++) {
            byte[] work = kernel.askWell(RequestType.GET_RESYNC_WORK, NOTHING);
            long region = ByteBuffer.wrap(work).order(ByteOrder.nativeOrder()).getLong(8);
            kernel.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(region, 1));
            kernel.askWell(RequestType.CLEAR_REGION, PlainKernel.words(region));
        }
        await("clears are handed on").until(() -> log().get("dirty").asLong() == 0);
        if (staysInUse) {
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(5));
            kernel.askWell(RequestType.FLUSH, NOTHING);
        } else {
            kernel.askWell(RequestType.PRESUSPEND, NOTHING);
            kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
            kernel.askWell(RequestType.DTR, NOTHING);
        }
    }

    private JsonNode log() throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(
                daemon.management().resolve("/mirrorlog/logs/" + UUID)).build(), HttpResponse.BodyHandlers.ofString());
        return new ObjectMapper().readTree(answer.body());
    }

    private void adopt() throws Exception {
        OperatorOrders.Answer answer = OperatorOrders.post(dataDir().resolve("operator.sock"),
                "/mirrorlog/logs/" + UUID + "/adopt", "{}");
        assertTrue(answer.statusCode() < 300, answer.body());
    }

    private String checkData(ExitCode expected) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(expected, new Main(printed, printed).run(List.of("check-data", dataDir().toString())),
                out::toString);
        return out.toString(StandardCharsets.UTF_8);
    }

    private void damageJournal() throws IOException {
        Path segment = dataDir().resolve("journal/seg-00000001.log");
        byte[] bytes = Files.readAllBytes(segment);
        bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf(UUID)] ^= 1;
        Files.write(segment, bytes);
        assertThrows(StartException.class, this::start);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each)));
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void shouldServeAsBeforeFromARestoredDirectory() throws Exception {
        start();
        try (PlainKernel kernel = kernel(7)) {
            use(kernel, CORE, true);
            daemon.close();
            copy(dataDir(), dir.resolve("copy"));
            damageJournal();
            assertTrue(checkData(ExitCode.DAMAGED).contains("concerned: log "), "it says whom that concerns");

            delete(dataDir());
            Files.move(dir.resolve("copy"), dataDir());
            checkData(ExitCode.OK);
            start();

            kernel.find(dir.resolve("kernel"));
            await("the count").until(() -> kernel.askNumber(RequestType.GET_SYNC_COUNT) == REGIONS);
            assertEquals(1, log().get("dirty").asLong(), "region 5");
        }
    }

    @Test
    void shouldResyncACoreLogInFullWhenItsJournalWasMovedAway() throws Exception {
        start();
        try (PlainKernel kernel = kernel(7)) {
            use(kernel, CORE, false);
        }
        daemon.close();
        damageJournal();

        Files.move(dataDir().resolve("journal"), dir.resolve("journal-damaged"));
        assertTrue(checkData(ExitCode.DAMAGED).contains("the journal is missing"), "it says so until the start");
        start();

        try (PlainKernel kernel = kernel(8)) {
            kernel.construct(CORE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(0, kernel.askNumber(RequestType.GET_SYNC_COUNT));
            assertEquals(REGIONS, log().get("dirty").asLong());
        }
        checkData(ExitCode.OK);
    }

    private void replaceJournal(Path copy) throws IOException {
        delete(dataDir().resolve("journal"));
        copy(copy, dataDir().resolve("journal"));
    }

    /** Only the machine remembers: no device, no table in use, and a line that says "equal". */
    @Test
    void shouldResyncANosyncLogInFullThatAnOlderJournalDoesNotKnow() throws Exception {
        start();
        daemon.close();
        copy(dataDir().resolve("journal"), dir.resolve("copy"));
        start();
        try (PlainKernel kernel = kernel(7)) {
            write(kernel);
        }
        daemon.close();

        replaceJournal(dir.resolve("copy"));
        start();

        try (PlainKernel kernel = kernel(8)) {
            kernel.construct(CORE + " nosync");
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(0, kernel.askNumber(RequestType.GET_SYNC_COUNT));
            assertEquals(REGIONS, log().get("dirty").asLong());
        }
    }

    @Test
    void shouldHoldALogOfWhichAnOlderJournalKnowsLessUntilItIsAdopted() throws Exception {
        start();
        try (PlainKernel kernel = kernel(7)) {
            write(kernel);
        }
        daemon.close();
        copy(dataDir().resolve("journal"), dir.resolve("copy"));
        start();
        try (PlainKernel kernel = kernel(8)) {
            write(kernel);
        }
        daemon.close();

        replaceJournal(dir.resolve("copy"));
        start();

        try (PlainKernel kernel = kernel(9)) {
            kernel.construct(CORE + " nosync");
            kernel.assertSilent(RequestType.RESUME, NOTHING, Duration.ofMillis(500));
            adopt();
            await("RESUME goes on").atMost(Duration.ofSeconds(60))
                    .until(() -> "active".equals(log().at("/instances/0/state").asText()));
            assertEquals(REGIONS, log().get("dirty").asLong());
        }
    }

    /** Nobody but a snapshot knows of the commits that are lost: not the machine, nor a device, nor a table in use. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void shouldHoldALogOfWhichASnapshotHoldsMoreThanTheJournalUntilThatIsBackOrItIsAdopted(int known) throws Exception {
        start();
        writeBy(7, known);
        daemon.close();
        copy(dataDir().resolve("journal"), dir.resolve("older"));
        start();
        writeBy(8, 15);
        daemon.close();
        copy(dataDir().resolve("journal"), dir.resolve("newer"));
        forget(dir.resolve("older"));
        assertTrue(checkData(ExitCode.DAMAGED).contains("bring the newer one back; else adopt the log"), "what helps");

        for (int luid = 20; luid < 22; luid++) {
            start();
            try (PlainKernel kernel = kernel(luid)) {
                kernel.construct(CORE + " nosync");
                kernel.assertSilent(RequestType.RESUME, NOTHING, Duration.ofMillis(500));
            }
            daemon.close();
        }
        forget(dir.resolve("newer"));
        checkData(ExitCode.OK);
        start();
        try (PlainKernel kernel = kernel(30)) {
            kernel.construct(CORE + " nosync");
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(REGIONS, kernel.askNumber(RequestType.GET_SYNC_COUNT), "as before");
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(5));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            daemon.close();
            forget(dir.resolve("older"));
            start();
            kernel.find(dir.resolve("kernel"));
            adopt();
            await("it is served").atMost(Duration.ofSeconds(60))
                    .until(() -> kernel.askNumber(RequestType.GET_SYNC_COUNT) == 0);
            assertEquals(REGIONS, log().get("dirty").asLong());
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(6));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            daemon.close();
            checkData(ExitCode.OK);
            start();
            kernel.find(dir.resolve("kernel"));
            await("it is served again").atMost(Duration.ofSeconds(60))
                    .until(() -> kernel.askNumber(RequestType.GET_SYNC_COUNT) == 0);
        }
    }

    private void writeBy(long luid, int times) throws Exception {
        try (PlainKernel kernel = kernel(luid)) {
            for (int i = 0; i < times; i++) {
                write(kernel);
            }
        }
    }

    /** Puts a copy of the journal in place, and loses what the machine has heard. */
    private void forget(Path copy) throws IOException {
        replaceJournal(copy);
        Files.deleteIfExists(dataDir().resolve("instances/heard"));
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

    @Test
    void shouldResyncACoreLogInFullWhenTheDirectoryIsLost() throws Exception {
        start();
        try (PlainKernel kernel = kernel(7)) {
            use(kernel, CORE, false);
        }
        daemon.close();

        delete(dataDir());
        start();

        try (PlainKernel kernel = kernel(8)) {
            kernel.construct(CORE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(0, kernel.askNumber(RequestType.GET_SYNC_COUNT));
        }
    }

    @Test
    void shouldTakeADiskLogFromItsDeviceWhenTheDirectoryIsLost() throws Exception {
        String line = diskLine();
        start();
        try (PlainKernel kernel = kernel(7)) {
            use(kernel, line, false);
        }
        daemon.close();

        delete(dataDir());
        start();

        try (PlainKernel kernel = kernel(8)) {
            kernel.construct(line);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(REGIONS, kernel.askNumber(RequestType.GET_SYNC_COUNT), "as the device says");
        }
    }

    @Test
    void shouldHoldADiskLogThatIsInUseUntilItIsAdoptedWhenTheDirectoryIsLost() throws Exception {
        String line = diskLine();
        start();
        try (PlainKernel kernel = kernel(7)) {
            use(kernel, line, true);
        }
        daemon.close();

        delete(dataDir());
        start();

        try (PlainKernel kernel = kernel(8)) {
            kernel.construct(line);
            kernel.assertSilent(RequestType.RESUME, NOTHING, Duration.ofMillis(500));
            adopt();
            await("RESUME goes on").until(() -> "active".equals(log().at("/instances/0/state").asText()));
            assertEquals(0, log().get("inSync").asLong());
            assertEquals(REGIONS, log().get("dirty").asLong());
        }
    }

    @Test
    void shouldServeADiskLogAsBeforeOnceTheRightJournalIsBack() throws Exception {
        String line = diskLine();
        start();
        try (PlainKernel kernel = kernel(7)) {
            use(kernel, line, true);
            daemon.close();
            Files.move(dataDir(), dir.resolve("right"));

            start();
            try (PlainKernel other = kernel(8)) {
                other.construct(line);
                other.assertSilent(RequestType.RESUME, NOTHING, Duration.ofMillis(500));
            }
            daemon.close();
            Files.move(dataDir(), dir.resolve("wrong"));
            Files.move(dir.resolve("right"), dataDir());
            start();

            // Another data directory has served this kernel meanwhile: the table connects anew.
            kernel.find(dir.resolve("kernel"));
            kernel.construct(line);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(REGIONS - 1, kernel.askNumber(RequestType.GET_SYNC_COUNT));
            assertEquals(1, log().get("dirty").asLong(), "region 5, which is resynced");
        }
    }

    private String diskLine() throws IOException {
        Path device = dir.resolve("log-device");
        Files.write(device, new byte[1 << 20]);
        return "10240 clustered-disk " + device + " 1024";
    }

    private Path loseSnapshots(String aside) throws IOException {
        Path snapshots = dataDir().resolve("snapshots/mirrorlog%7C" + UUID);
        Files.move(snapshots, dir.resolve(aside));
        return snapshots;
    }

    @Test
    void shouldServeAsBeforeOnceTheSnapshotsOfALogAreBackOrAllDirtyOnceItIsAdopted() throws Exception {
        start();
        try (PlainKernel kernel = kernel(7)) {
            for (int i = 0; i < 15; i++) {
                write(kernel);
            }
        }
        daemon.close();
        Path snapshots = loseSnapshots("snapshots");
        assertTrue(checkData(ExitCode.DAMAGED).contains("start the daemon and adopt the log"), "what helps");

        start();
        try (PlainKernel kernel = kernel(8)) {
            kernel.construct(CORE + " nosync");
            kernel.assertSilent(RequestType.RESUME, NOTHING, Duration.ofMillis(500));
        }
        daemon.close();
        assertFalse(Files.exists(snapshots), "nothing was saved over what is missing");
        Files.move(dir.resolve("snapshots"), snapshots);
        checkData(ExitCode.OK);
        start();

        try (PlainKernel kernel = kernel(9)) {
            kernel.construct(CORE + " nosync");
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(REGIONS, kernel.askNumber(RequestType.GET_SYNC_COUNT));
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(5));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            daemon.close();
            loseSnapshots("lost");
            start();
            kernel.find(dir.resolve("kernel"));
            adopt();

            await("it is served").until(() -> kernel.askNumber(RequestType.GET_SYNC_COUNT) == 0);
            assertEquals(REGIONS, log().get("dirty").asLong());
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(6));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            daemon.close();
            checkData(ExitCode.OK);
            start();
            kernel.find(dir.resolve("kernel"));
            await("it is served again").until(() -> kernel.askNumber(RequestType.GET_SYNC_COUNT) == 0);
        }
    }
}
