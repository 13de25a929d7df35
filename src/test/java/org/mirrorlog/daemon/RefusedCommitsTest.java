package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.journal.postgres.PostgresServer;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;
import org.slf4j.LoggerFactory;

/** A journal takes no commit for a while: who is told, how often, and that nothing is lost. */
@Tag("slow")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RefusedCommitsTest {
    private static final byte[] NOTHING = {};
    private static final int OK = 200;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** Long enough for many attempts. */
    private static final long TROUBLE_NS = Duration.ofSeconds(8).toNanos();

    @TempDir
    private Path dir;
    private Daemon daemon;
    private Path mounted;
    private final Events events = new Events();

    /** What is logged, whoever logs it. */
    private static final class Events extends AppenderBase<ILoggingEvent> {
        private final List<ILoggingEvent> all = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            event.getFormattedMessage();
            all.add(event);
        }

        private List<String> with(String part) {
            return all.stream().map(ILoggingEvent::getFormattedMessage).filter(line -> line.contains(part)).toList();
        }

        private List<String> stacks() {
            return all.stream().filter(event -> event.getThrowableProxy() != null)
                    .map(event -> event.getLoggerName() + ": " + event.getFormattedMessage()).toList();
        }
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    @BeforeEach
    void listen() {
        events.start();
        logger("ROOT").addAppender(events);
        logger("org.mirrorlog").setLevel(Level.INFO);
    }

    @AfterEach
    void stop() throws Exception {
        logger("ROOT").detachAppender(events);
        logger("org.mirrorlog").setLevel(null);
        if (daemon != null) {
            daemon.close();
        }
        if (mounted != null) {
            Commands.run(List.of("umount", "-l", mounted.toString()));
        }
    }

    private void start(String more) throws Exception {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s"
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%s" }
                  marks.lazy-clear = 0 s
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")) + more)), MachineIdentity.current()));
    }

    private HttpResponse<String> get(String path) {
        try {
            return HttpClient.newHttpClient().send(HttpRequest.newBuilder(daemon.management().resolve(path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A kernel that marks one region after the other, each waited for, until it is told to end. */
    private CompletableFuture<Integer> write(String uuid, AtomicBoolean isOver) {
        return CompletableFuture.supplyAsync(() -> {
            try (PlainKernel kernel = new PlainKernel(dir.resolve("table-" + uuid), dir.resolve("kernel"), uuid, 7)) {
                kernel.construct("10240 clustered-core 1024 nosync");
                kernel.askWell(RequestType.RESUME, NOTHING);
                int region = 0;
                while (!isOver.get()) {
                    kernel.askPatiently(RequestType.MARK_REGION, PlainKernel.words(region % 10));
                    kernel.askPatiently(RequestType.FLUSH, NOTHING);
                    kernel.askPatiently(RequestType.CLEAR_REGION, PlainKernel.words(region % 10));
                    region++;
                }
                return region;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Something that breaks the journal, or mends it. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    private void mustBeToldOnce(Step breaks, Step mends, String why, HealthCode code) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        List<CompletableFuture<Integer>> kernels = List.of(write("LVM-a", isOver), write("LVM-b", isOver));
        await("both to write").atMost(LIMIT).until(() -> commits() > 20);
        assertEquals(OK, get("/ready").statusCode());

        breaks.run();
        long brokenNs = System.nanoTime();

        await("readiness to say so").atMost(LIMIT).until(() -> get("/ready").statusCode() != OK);
        String said = get("/ready").body();
        assertTrue(said.contains("no log can commit for ") && said.contains(why), said);
        assertTrue(HealthPage.codes(daemon.management()).contains(code.name()), "health says so as soon as readiness");
        assertEquals(1, events.with("no log can commit").size(), "and a line has said so by then");
        while (System.nanoTime() - brokenNs < TROUBLE_NS) {
            TimeUnit.MILLISECONDS.sleep(200);
            assertEquals(OK, get("/alive").statusCode());
        }
        HealthPage.awaitCode(daemon.management(), code);
        HealthPage.awaitCode(daemon.management(), HealthCode.MIRROR_LOG_HELD);
        assertTrue(get("/mirrorlog/requests").body().contains("\"type\":\"FLUSH\""), get("/mirrorlog/requests").body());
        mends.run();

        await("readiness to come back").atMost(LIMIT).until(() -> get("/ready").statusCode() == OK);
        long commits = commits();
        await("both to go on").atMost(LIMIT).until(() -> commits() > commits + 20);
        isOver.set(true);
        for (CompletableFuture<Integer> kernel : kernels) {
            assertTrue(kernel.get(60, TimeUnit.SECONDS) > 0);
        }
        HealthPage.awaitGone(daemon.management(), code);
        HealthPage.awaitGone(daemon.management(), HealthCode.MIRROR_LOG_HELD);
        assertEquals(List.of(), events.stacks());
        List<String> lines = events.with("no log can commit");
        assertTrue(lines.size() == 1 && lines.get(0).contains(why), lines::toString);
        assertEquals(1, events.with("logs can commit again").size());
    }

    private long commits() {
        String counters = get("/mirrorlog/counters").body();
        return Long.parseLong(counters.replaceAll(".*\"journal\\.commits\":(\\d+).*", "$1"));
    }

    @Test
    void shouldTellOnceOfAServerThatTurnedReadOnly() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            String database = server.database();
            start("""
                    akka.persistence.journal.plugin = "mirrorlog.postgres.journal"
                    akka.persistence.snapshot-store.plugin = "mirrorlog.postgres.snapshots"
                    mirrorlog.postgres.url = "%s"
                    """.formatted(PostgresServer.url(server.port(), database)));

            mustBeToldOnce(() -> readOnly(server, database, "on"), () -> readOnly(server, database, "off"),
                    "read", HealthCode.JOURNAL_FAILS);
            daemon.close();
        }
    }

    private static void readOnly(PostgresServer server, String database, String is) throws Exception {
        server.execute(database, "ALTER SYSTEM SET default_transaction_read_only = " + is);
        server.execute(database, "SELECT pg_reload_conf()");
    }

    @Test
    void shouldTellOnceOfAJournalWhoseDiskIsFull() throws Exception {
        Files.createDirectories(dir.resolve("data/journal"));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs",
                dir.resolve("data/journal").toString()).redirectErrorStream(true).start();
        Assumptions.assumeTrue(mount.waitFor() == 0, "a tmpfs cannot be mounted here");
        mounted = dir.resolve("data/journal");
        start("mirrorlog.journal { segment-bytes = 1 MiB, extend-bytes = 16 KiB, max-group-bytes = 64 KiB }");

        mustBeToldOnce(this::fill, () -> Files.delete(mounted.resolve("ballast")), "no space left",
                HealthCode.JOURNAL_FULL);
    }

    private void fill() throws IOException {
        byte[] block = new byte[4096];
        try (var file = Files.newOutputStream(mounted.resolve("ballast"), StandardOpenOption.CREATE,
                StandardOpenOption.APPEND)) {
            while (true) {
                file.write(block);
            }
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("No space left"), e.getMessage());
        }
    }
}
