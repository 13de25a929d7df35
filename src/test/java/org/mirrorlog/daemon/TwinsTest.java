package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.SharedJournal;
import org.mirrorlog.process.StartException;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** D16: real daemons over one journal; whose kernel is over, and whose may still write. */
@Tag("slow")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class TwinsTest {
    private static final byte[] NOTHING = {};
    private static final String LINE = "10240 clustered-core 1024 nosync";
    private static final String UUID = "LVM-twins";
    private static final int REGIONS = 10;

    @TempDir
    private Path dir;
    private Daemon daemon;
    private int kernels;

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    private void start(String machineId, String data, String bootId) throws StartException {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString(SharedJournal.CONFIG + """
                shared-journal.name = "%s"
                mirrorlog {
                  node-name = node-a, machine-id = "%s", data-dir = "%s"
                  kernel { connector = unix, boot-id = %s, unix-path = "%s" }
                }
                akka.management.http.port = 0
                """.formatted(dir, machineId, dir.resolve(data), bootId, dir.resolve("kernel")))), MachineIdentity.current()));
    }

    /** Its daemon is gone, its kernel goes on. */
    private void leaveWithTwoMarks(String machineId, String data, String bootId) throws Exception {
        start(machineId, data, bootId);
        try (PlainKernel kernel = kernel()) {
            kernel.construct(LINE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3, 4));
            kernel.askWell(RequestType.FLUSH, NOTHING);
        }
        daemon.close();
    }

    private void resume() throws Exception {
        try (PlainKernel kernel = kernel()) {
            kernel.construct(LINE);
            kernel.askWell(RequestType.RESUME, NOTHING);
        }
    }

    private PlainKernel kernel() throws IOException {
        return new PlainKernel(dir.resolve("table-" + ++kernels), dir.resolve("kernel"), UUID, kernels);
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(daemon.management().resolve(path)).build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), path + ": " + answer.body());
        return new ObjectMapper().readTree(answer.body());
    }

    private void assertFrozen(String bootId) throws Exception {
        assertEquals(REGIONS, json("/mirrorlog/logs/" + UUID).get("inSync").asLong(), "nobody is taken for dead");
        assertEquals(2, json("/mirrorlog/logs/" + UUID).get("dirty").asLong());
        JsonNode former = json("/mirrorlog/nodes/" + bootId).at("/runs/0");
        assertEquals("undecided", former.path("state").asText(), former.toString());
        assertEquals(2, former.path("marks").asLong(), former.toString());
    }

    private void assertOver() throws Exception {
        assertEquals(REGIONS - 2, json("/mirrorlog/logs/" + UUID).get("inSync").asLong(), "what it had marked");
    }

    /** A replacement host is given the name of a machine that is merely cut off. */
    @Test
    void shouldNotTakeAReplacementHostForTheMachineItself() throws Exception {
        leaveWithTwoMarks("machine-1", "data-1", "boot-1");

        start("machine-2", "data-2", "boot-t");
        resume();

        assertFrozen("boot-1");
    }

    @Test
    void shouldTakeTheSameMachineForBootedAgain() throws Exception {
        leaveWithTwoMarks("machine-1", "data-1", "boot-1");

        start("machine-1", "data-1", "boot-2");
        resume();

        assertOver();
    }

    /** The disks are in another machine, the directory is lost, or the machine has no id: nothing is proven. */
    @Test
    void shouldProveNothingWithoutMachineAndDirectory() throws Exception {
        leaveWithTwoMarks("machine-1", "data-1", "boot-1");
        start("machine-2", "data-1", "boot-2");
        resume();
        assertFrozen("boot-1");
        daemon.close();

        start("machine-1", "data-new", "boot-3");
        resume();

        assertFrozen("boot-1");
        assertTrue(Files.exists(dir.resolve("data-new/boots")));
    }
}
