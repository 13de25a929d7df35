package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.OddNames;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.process.StartException;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** The whole daemon in this process: over its UNIX socket, its HTTP endpoints, and from one start to the next. */
@Timeout(120)
class DaemonTest {
    private static final byte[] NOTHING = {};
    private static final String LINE = "10240 clustered-core 1024";

    @TempDir
    private Path dir;

    private Daemon daemon;

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void shouldServeATableShowItAndRefuseToStopWhileItIsActive() throws Exception {
        daemon = Daemon.start(settings("a", ""));
        assertEquals(200, get("/ready").statusCode(), get("/ready").body());
        assertEquals(200, get("/alive").statusCode());
        assertTrue(get("/cluster/members").body().contains("\"status\":\"Up\""), get("/cluster/members").body());
        assertEquals("[]", get("/mirrorlog/logs").body());

        try (PlainKernel kernel = kernel("LVM a/1", 0xffff888003a4c000L)) {
            kernel.construct(LINE);
            assertEquals(1024, kernel.askNumber(RequestType.GET_REGION_SIZE));
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(0, kernel.askNumber(RequestType.GET_SYNC_COUNT));
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3, 4));
            kernel.askWell(RequestType.FLUSH, NOTHING);

            JsonNode log = json("/mirrorlog/logs/LVM%20a%2F1");
            assertEquals("LVM a/1", log.get("uuid").asText());
            assertEquals("clustered-core", log.get("type").asText());
            assertEquals(1024, log.get("regionSize").asLong());
            assertEquals(10, log.get("regionCount").asLong());
            assertEquals(0, log.get("inSync").asLong());
            assertEquals(10, log.get("dirty").asLong());
            assertEquals("node-a", log.get("owner").asText());
            assertTrue(log.get("logDevice").isNull());
            assertEquals("active", log.at("/instances/0/state").asText());
            assertEquals("ffff888003a4c000", log.at("/instances/0/luid").asText());
            assertEquals(2, log.at("/instances/0/marks").asLong());
            assertTrue(json("/mirrorlog/counters").get("journal.commits").asLong() > 0);

            assertFalse(daemon.stopUnlessUsed("SIGTERM"), "an active table forbids it");
            assertFalse(daemon.stopUnlessUsed("SIGTERM"), "asking twice does not force it");
            assertEquals("1 clustered-core", new String(kernel.askWell(RequestType.STATUS_INFO, NOTHING)));

            kernel.askWell(RequestType.PRESUSPEND, NOTHING);
            kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
            assertEquals("suspended", json("/mirrorlog/logs/LVM%20a%2F1").at("/instances/0/state").asText());
            kernel.askWell(RequestType.DTR, NOTHING);
            assertEquals("[]", get("/mirrorlog/logs").body());
        }
        assertTrue(daemon.stopUnlessUsed("SIGTERM"));
        assertEquals(ExitCode.OK, daemon.awaitEnd());
    }

    @Test
    void shouldGoOnWithALogWhereTheFormerDaemonWasForcedToLeaveIt() throws Exception {
        daemon = Daemon.start(settings("a", "mirrorlog.shutdown.force = true"));
        try (PlainKernel kernel = kernel("LVM-b", 7)) {
            kernel.construct(LINE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            recoverAll(kernel, 10);
            // A clear that is on its way when the daemon ends may be lost, and only costs a resync.
            await("clears are handed on").atMost(30, TimeUnit.SECONDS)
                    .until(() -> json("/mirrorlog/logs/LVM-b").get("dirty").asLong() == 0);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(5));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            assertTrue(daemon.stopUnlessUsed("SIGTERM"), "forced");

            daemon = Daemon.start(settings("a", ""));
            kernel.find(dir.resolve("kernel"));

            JsonNode log = json("/mirrorlog/logs/LVM-b");
            assertEquals("active", log.at("/instances/0/state").asText(), "taken up without a word from the kernel");
            await("the count is heard from the owner").atMost(30, TimeUnit.SECONDS)
                    .until(() -> kernel.askNumber(RequestType.GET_SYNC_COUNT) == 10);
            assertEquals(10, log.get("inSync").asLong());
            assertEquals(1, log.get("dirty").asLong(), "region 5");
        }
    }

    /** Whatever a kernel may call a log: through journal, records, sharding and HTTP, and over a restart. */
    @Test
    void shouldServeALogWhateverItsName() throws Exception {
        daemon = Daemon.start(settings("a", "mirrorlog.shutdown.force = true"));
        List<String> names = OddNames.all();
        List<PlainKernel> kernels = new ArrayList<>();
        try {
            for (String name : names) {
                PlainKernel kernel = kernel(name, 0x1000 + kernels.size());
                kernels.add(kernel);
                kernel.construct(LINE + " nosync");
                kernel.askWell(RequestType.RESUME, NOTHING);
                kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3, kernels.size() % 10));
                kernel.askWell(RequestType.FLUSH, NOTHING);
                assertEquals(name, json("/mirrorlog/logs/" + OddNames.encoded(name)).get("uuid").asText());
            }
            assertTrue(daemon.stopUnlessUsed("SIGTERM"), "forced");
            daemon = Daemon.start(settings("a", ""));
            assertEquals(Set.copyOf(names), Set.copyOf(json("/mirrorlog/logs").findValuesAsText("uuid")));
            for (int i = 0; i < names.size(); i++) {
                kernels.get(i).find(dir.resolve("kernel"));
                kernels.get(i).askWell(RequestType.FLUSH, NOTHING);
                JsonNode log = json("/mirrorlog/logs/" + OddNames.encoded(names.get(i)));
                assertEquals(names.get(i), log.get("uuid").asText());
                assertEquals("active", log.at("/instances/0/state").asText());
                assertEquals((i + 1) % 10 == 3 ? 1 : 2, log.get("dirty").asLong());
            }
        } finally {
            kernels.forEach(PlainKernel::close);
        }
    }

    @Test
    void shouldServeOnAfterRequestsThatMustFail() throws Exception {
        daemon = Daemon.start(settings("a", ""));
        try (PlainKernel kernel = kernel("LVM-c", 1)) {
            for (String bad
                    : new String[] {"", "0 clustered-core 1024", "10240 clustered-core 1000", "10240 clustered-core",
                    "10240 clustered-disk 1024", "10240 clustered-disk /no/such/device 1024",
                    "10240 clustered-disk /tmp 1024", "10240 clustered-disk 254:65000 1024", "10240 sharded 1024"}) {
                int error = kernel.ask(RequestType.CTR, bad.getBytes()).error();
                assertTrue(error < 0 && error != -Errno.ESRCH.number(), "'" + bad + "' was answered " + error);
            }
            kernel.construct(LINE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(-Errno.EINVAL.number(), kernel.ask(RequestType.IN_SYNC, PlainKernel.words(10)).error());
            assertEquals(-Errno.EINVAL.number(), kernel.ask(RequestType.MARK_REGION, new byte[7]).error());
            assertEquals(0, kernel.askNumber(RequestType.IN_SYNC, 9));
        }
    }

    @Test
    void shouldNotStartOnADamagedJournalNorTouchIt() throws Exception {
        daemon = Daemon.start(settings("a", ""));
        try (PlainKernel kernel = kernel("LVM-d", 1)) {
            kernel.construct(LINE);
            for (int i = 0; i < 5; i++) {
                kernel.askWell(RequestType.RESUME, NOTHING);
                kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(i));
                kernel.askWell(RequestType.FLUSH, NOTHING);
                kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
            }
        }
        daemon.close();
        Path segment = dir.resolve("data-a/journal/seg-00000001.log");
        byte[] bytes = Files.readAllBytes(segment);
        int first = indexOf(bytes, "LVM-d");
        bytes[first] ^= 1;
        Files.write(segment, bytes);

        StartException refusal = assertThrows(StartException.class, () -> daemon = Daemon.start(settings("a", "")));

        assertTrue(refusal.getMessage().contains(segment.toString()), refusal.getMessage());
        assertEquals(1, refusal.getMessage().lines().count(), refusal.getMessage());
        assertArrayEquals(bytes, Files.readAllBytes(segment));
    }

    @Test
    void shouldNotStartWhereAnotherDaemonServesTheSameSocket() throws Exception {
        daemon = Daemon.start(settings("a", ""));

        StartException refusal = assertThrows(StartException.class, () -> Daemon.start(settings("b", "")).close());

        assertTrue(refusal.getMessage().contains("another mirrorlogd, process " + ProcessHandle.current().pid()),
                refusal.getMessage());
        assertEquals(200, get("/ready").statusCode(), "the first one is not disturbed");
    }

    private static int indexOf(byte[] bytes, String text) {
        int index = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
        assertTrue(index > 0, text + " is in the journal");
        return index;
    }

    @Test
    void d18ShouldRetireLogsOfWhichNoTableIsLeft() throws Exception {
        daemon = Daemon.start(settings("a", "mirrorlog.retire-after = 1 s"));
        String nosync = "10240 clustered-core 1024 nosync";
        endWithMark("LVM-dirty", nosync);
        String dirty = "/mirrorlog/logs/LVM-dirty/retire";
        try (PlainKernel kernel = kernel("LVM-clean", 8)) {
            kernel.construct(nosync);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(409, post("/mirrorlog/logs/LVM-clean/retire").statusCode(), "in use");
            end(kernel);
        }
        Path snapshots = dir.resolve("data-a/snapshots");
        await("the clean one is retired").atMost(60, TimeUnit.SECONDS)
                .until(() -> Files.exists(snapshots.resolve("mirrorlog%7CLVM-clean")));
        assertFalse(Files.exists(snapshots.resolve("mirrorlog%7CLVM-dirty")), "not by itself");
        assertEquals(1, json(dirty).get("dirty").asLong());
        assertFalse(json(dirty).get("isLossless").asBoolean());
        JsonNode unused = json("/mirrorlog/unused");
        assertEquals(List.of("LVM-dirty"), unused.path("logs").findValuesAsText("uuid"), unused.toString());
        assertEquals(0, unused.path("silent").size());
        assertEquals(200, post(dirty).statusCode(), post(dirty).body());
        assertEquals(0, json("/mirrorlog/unused").path("logs").size(), "what is retired has no events");
        assertEquals(404, get("/mirrorlog/logs/LVM-nobody/retire").statusCode());
        assertEquals(404, post("/mirrorlog/logs/LVM-nobody/retire").statusCode(), "nobody knows it");
        assertEquals(404, get("/mirrorlog/logs/LVM-nobody/retire").statusCode(), "nor has it become a log by that");
        daemon.close();

        daemon = Daemon.start(settings("a", "mirrorlog.retire-after = 0 s"));
        assertEquals(0, dirtyWhenUsedAgain("LVM-clean", nosync));
        assertEquals(10, dirtyWhenUsedAgain("LVM-dirty", nosync));
    }

    private void endWithMark(String uuid, String line) throws Exception {
        try (PlainKernel kernel = kernel(uuid, 9)) {
            kernel.construct(line);
            kernel.askWell(RequestType.RESUME, NOTHING);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(4));
            kernel.askWell(RequestType.FLUSH, NOTHING);
            end(kernel);
        }
    }

    private static void end(PlainKernel kernel) throws Exception {
        kernel.askWell(RequestType.PRESUSPEND, NOTHING);
        kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
        kernel.askWell(RequestType.DTR, NOTHING);
    }

    private long dirtyWhenUsedAgain(String uuid, String line) throws Exception {
        try (PlainKernel kernel = kernel(uuid, 10)) {
            kernel.construct(line);
            kernel.askWell(RequestType.RESUME, NOTHING);
            long dirty = json("/mirrorlog/logs/" + uuid).get("dirty").asLong();
            end(kernel);
            return dirty;
        }
    }

    private OperatorOrders.Answer post(String path) throws Exception {
        return OperatorOrders.post(dir.resolve("data-a/operator.sock"), path, "{}");
    }

    private static void recoverAll(PlainKernel kernel, int regions) throws Exception {
        for (int i = 0; i < regions; i++) {
            byte[] work = kernel.askWell(RequestType.GET_RESYNC_WORK, NOTHING);
            long region = ByteBuffer.wrap(work).order(ByteOrder.nativeOrder()).getLong(8);
            kernel.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(region, 1));
            kernel.askWell(RequestType.CLEAR_REGION, PlainKernel.words(region));
        }
        assertEquals(regions, kernel.askNumber(RequestType.GET_SYNC_COUNT));
    }

    private Settings settings(String name, String more) {
        return Settings.read(Settings.load(ConfigFactory.parseString(more + "\n"
                + "mirrorlog.node-name = node-" + name + "\n"
                + "mirrorlog.data-dir = \"" + dir.resolve("data-" + name) + "\"\n"
                + "mirrorlog.kernel { connector = unix, boot-id = boot-1, unix-path = \""
                + dir.resolve("kernel") + "\" }\n"
                + "mirrorlog.marks.lazy-clear = 0 s\n"
                + "akka.management.http.port = 0\n")), MachineIdentity.current());
    }

    private PlainKernel kernel(String uuid, long luid) throws Exception {
        return new PlainKernel(dir.resolve("table-" + luid), dir.resolve("kernel"), uuid, luid);
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertEquals(200, answer.statusCode(), answer.body());
        return new ObjectMapper().readTree(answer.body());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(daemon.management().resolve(path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
