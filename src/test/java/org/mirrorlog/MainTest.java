package org.mirrorlog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.daemon.DataDir;
import org.mirrorlog.kernel.SingleInstanceLock;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.process.StartWatch;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;
import org.slf4j.LoggerFactory;

/** The command line's answers and exit codes, in this process; none of these cases gets as far as serving. */
@Timeout(60)
class MainTest {
    @TempDir
    private Path dir;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Set<String> properties = new HashSet<>();

    @BeforeEach
    void setHarmlessSettings() {
        set(Map.of("mirrorlog.data-dir", dir.resolve("data").toString(),
                "mirrorlog.kernel.connector", "unix",
                "mirrorlog.kernel.unix-path", dir.resolve("kernel").toString(),
                "mirrorlog.memory.lock", "false",
                "mirrorlog.memory.io-flusher", "false",
                "mirrorlog.memory.oom-score-adjust", "0",
                "akka.management.http.port", "0",
                "akka.loglevel", "OFF"));
    }

    @AfterEach
    void clearSettings() {
        properties.forEach(System::clearProperty);
        ConfigFactory.invalidateCaches();
    }

    @Test
    void shouldExplainItselfAndEndWell() throws Exception {
        for (String flag : List.of("-h", "--help")) {
            assertEquals(ExitCode.OK, run("-f", flag));
        }

        assertTrue(output().contains("--foreground") && output().contains("check-config"), output());
        assertEquals("", errors());
    }

    @Test
    void shouldExplainAndRefuseWhatIsToBeEmulated() throws Exception {
        assertEquals(ExitCode.OK, run("emulate", "--help"));
        assertTrue(output().contains("--socket=PATH") && output().contains("mirrorlogd emulate"), output());
        assertEquals("", errors());

        assertEquals(ExitCode.USAGE, run("emulate", "--regions=7"));
        assertTrue(errors().contains("--regions=7: allowed are 16 to 8192"), errors());
        err.reset();
        assertEquals(ExitCode.USAGE, run("emulate", "--second=3"));
        assertEquals("mirrorlogd emulate: unknown option '--second=3', did you mean '--seconds'?; mirrorlogd emulate"
                + " --help explains\n", errors());
        assertEquals(1, ExitCode.ofEmulation(1).status());
    }

    @Test
    void shouldRefuseUnknownArgumentsWithExitCode2() throws Exception {
        assertEquals(ExitCode.USAGE, run("--frobnicate"));

        assertEquals(2, ExitCode.USAGE.status());
        assertTrue(errors().startsWith("mirrorlogd: unknown argument '--frobnicate'"), errors());
        assertEquals("mirrorlogd: unknown argument '--frobnicate'; mirrorlogd --help explains\n", errors());
    }

    @ParameterizedTest
    @CsvSource({"chek-config, check-config", "--verison, --version", "free, free-cluster", "emulat, emulate"})
    void shouldSayInOneLineWhichWordIsNearest(String typed, String meant) throws Exception {
        assertEquals(ExitCode.USAGE, run(typed));

        assertEquals("mirrorlogd: unknown argument '" + typed + "', did you mean '" + meant
                + "'?; mirrorlogd --help explains\n", errors());
    }

    @Test
    void shouldSayWhereSettingsBelongWhenTheyComeAsArguments() throws Exception {
        assertEquals(ExitCode.USAGE, run("-Dmirrorlog.node-name=x"));

        assertTrue(errors().contains("settings go to java, before -jar"), errors());
    }

    /** The disk of the data directory hangs: what it is that nobody else can see, and nothing is touched or ended. */
    @Test
    void shouldSayWhichDirectoryKeepsTheStartWaiting() throws Exception {
        Logger log = (Logger) LoggerFactory.getLogger(StartWatch.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try (HungDirectory hung = HungDirectory.at(dir.resolve("disk"))) {
            set(Map.of("mirrorlog.data-dir", dir.resolve("disk/data").toString()));
            CompletableFuture<ExitCode> run = CompletableFuture.supplyAsync(() -> {
                try {
                    return run();
                } catch (InterruptedException | IOException e) {
                    throw new IllegalStateException(e);
                }
            });

            await().atMost(40, TimeUnit.SECONDS).until(() -> List.copyOf(lines.list).stream().anyMatch(line ->
                    line.getFormattedMessage().startsWith("the start waits for mirrorlog.data-dir "
                            + dir.resolve("disk/data") + ", which has not answered for ")));
            assertFalse(run.isDone());
            assertEquals("", errors());

            hung.fail();
            assertEquals(ExitCode.NOT_STARTED, run.get());
        } finally {
            log.detachAppender(lines);
        }
    }

    @Test
    void shouldCheckSettingsWithoutStartingAnything() throws Exception {
        assertEquals(ExitCode.OK, run("check-config"));

        assertEquals("settings are sound\n", output());
        assertFalse(Files.exists(dir.resolve("data")), "nothing may be touched");
    }

    @Test
    void shouldListEveryBadSettingAndEndWithExitCode2() throws Exception {
        set(Map.of("mirrorlog.marks.lazy-clear", "1 year", "mirrorlog.kernel.conector", "unix"));

        assertEquals(ExitCode.USAGE, run());

        assertTrue(errors().contains("mirrorlog.marks.lazy-clear = \"1 year\" is not allowed (system properties); "
                + "allowed: a duration, 0 s to 10 minutes"), errors());
        assertTrue(errors().contains("mirrorlog.kernel.conector"), errors());
        assertEquals(3, errors().lines().count());
    }

    @Test
    void shouldReportAFileOfSettingsThatIsMissingOrBroken() throws Exception {
        Path file = dir.resolve("mine.conf");
        set(Map.of("config.file", file.toString()));
        assertEquals(ExitCode.USAGE, run("check-config"));
        assertTrue(errors().contains(file.toString()), errors());

        Files.writeString(file, "mirrorlog {\n  node-name = \n");
        assertEquals(ExitCode.USAGE, run("check-config"));
        assertTrue(errors().contains("mine.conf: "), errors());
    }

    @Test
    void shouldOverlayTheShippedFileWithAFileOfSettings() throws Exception {
        Path file = dir.resolve("mine.conf");
        Files.writeString(file, "mirrorlog.node-name = mine\n");
        set(Map.of("config.file", file.toString()));

        Settings settings = Settings.read(Settings.load(), MachineIdentity.current());

        assertEquals("mine", settings.nodeName());
        assertEquals(dir.resolve("data"), settings.dataDir(), "system properties win over the file");
    }

    @Test
    void shouldNotStartWhereDataCannotBeWritten() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "");
        for (Path impossible : List.of(file, file.resolve("below"), Path.of("/proc/mirrorlog"))) {
            set(Map.of("mirrorlog.data-dir", impossible.toString()));

            assertEquals(ExitCode.NOT_STARTED, run(), impossible.toString());

            assertTrue(errors().startsWith("mirrorlogd: cannot start: mirrorlog.data-dir " + impossible), errors());
            assertEquals(1, errors().lines().count(), errors());
            err.reset();
        }
    }

    @Test
    void shouldNotStartBesideAnotherDaemonWithTheSameData() throws Exception {
        SingleInstanceLock other = DataDir.hold(dir.resolve("data"), false);

        assertEquals(ExitCode.NOT_STARTED, run());

        other.close();
        assertTrue(errors().contains("another mirrorlogd, process " + ProcessHandle.current().pid() + ","), errors());
    }

    @Test
    void shouldNotStartWhereThePortOfManagementIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            set(Map.of("akka.management.http.port", String.valueOf(taken.getLocalPort())));

            assertEquals(ExitCode.NOT_STARTED, run("--foreground"));

            assertTrue(errors().contains("akka.management.http.port: 127.0.0.1:" + taken.getLocalPort() + " is in use"),
                    errors());
            assertEquals(1, errors().lines().count(), errors());
        }
        assertFalse(Files.exists(dir.resolve("data")), "nothing was touched");
    }

    @Test
    void shouldTellAllFaultsThatCanBeSeenBeforeAnythingIsTouched() throws Exception {
        Path inTheWay = Files.writeString(dir.resolve("no-socket"), "");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            set(Map.of("akka.management.http.port", String.valueOf(taken.getLocalPort()),
                    "mirrorlog.cluster.port", String.valueOf(taken.getLocalPort()),
                    "mirrorlog.kernel.unix-path", inTheWay.toString(),
                    "akka.persistence.journal.plugin", "mirrorlog.postgres.journal",
                    "akka.persistence.snapshot-store.plugin", "mirrorlog.postgres.snapshots",
                    "mirrorlog.postgres.password-file", dir.resolve("no-password").toString()));

            assertEquals(ExitCode.NOT_STARTED, run());
        }

        for (String part : List.of("akka.management.http.port: ", "mirrorlog.cluster.port: ",
                "mirrorlog.kernel.unix-path " + inTheWay + " is there and is no socket",
                "mirrorlog.postgres.password-file " + dir.resolve("no-password") + " cannot be read")) {
            assertTrue(errors().contains("mirrorlogd: cannot start: " + part), () -> part + " is not in " + errors());
        }
        assertEquals(4, errors().lines().count(), errors());
        assertFalse(Files.exists(dir.resolve("data")), "nothing was touched");
    }

    @Test
    void shouldSeeThatSomebodyElseServesThePathBeforeAnythingIsTouched() throws Exception {
        Path path = dir.resolve("kernel");
        try (UnixDatagramSocket other = UnixDatagramSocket.bindOverStale(path)) {
            assertEquals(UnixDatagramSocket.TIMED_OUT, other.receive(ByteBuffer.allocateDirect(1), 0));

            assertEquals(ExitCode.NOT_STARTED, run());

            assertTrue(errors().startsWith("mirrorlogd: cannot start: mirrorlog.kernel.unix-path: socket path " + path
                    + " is served by another process"), errors());
            assertEquals(1, errors().lines().count(), errors());
        }
        assertFalse(Files.exists(dir.resolve("data")), "nothing was touched");
    }

    @Test
    void shouldSeeThatThePortOfDiscoveryIsInUseBeforeAnythingIsTouched() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            set(Map.of("mirrorlog.cluster.discovery.method", "config", "mirrorlog.cluster.host", "127.0.0.1",
                    "mirrorlog.cluster.port", taken.getLocalPort() == 25520 ? "25521" : "25520",
                    "mirrorlog.cluster.discovery.port", String.valueOf(taken.getLocalPort()),
                    "akka.persistence.journal.plugin", "mirrorlog.postgres.journal",
                    "akka.persistence.snapshot-store.plugin", "mirrorlog.postgres.snapshots"));

            assertEquals(ExitCode.NOT_STARTED, run(), this::errors);

            assertTrue(errors().contains("mirrorlog.cluster.discovery.port: 127.0.0.1:" + taken.getLocalPort()
                    + " is in use"), errors());
        }
        assertFalse(Files.exists(dir.resolve("data")), "nothing was touched");
    }

    @Test
    void shouldNotMakeADataDirectoryThatIsNotWritable() throws Exception {
        set(Map.of("mirrorlog.data-dir", "/sys/mirrorlog/below"));

        assertEquals(ExitCode.NOT_STARTED, run());

        assertTrue(errors().startsWith("mirrorlogd: cannot start: mirrorlog.data-dir /sys/mirrorlog/below"), errors());
        assertEquals(1, errors().lines().count(), errors());
    }

    private ExitCode run(String... words) throws InterruptedException, IOException {
        try (PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
                PrintStream complained = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            return new Main(printed, complained).run(List.of(words));
        }
    }

    private void set(Map<String, String> values) {
        values.forEach(System::setProperty);
        properties.addAll(values.keySet());
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
