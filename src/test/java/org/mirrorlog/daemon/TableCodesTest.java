package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** What a daemon says of a table whose record, whose resync or whose number heard is not as it should be. */
@Tag("slow")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class TableCodesTest {
    private static final byte[] NOTHING = {};
    private static final String LINE = "10240 clustered-core 1024";

    @TempDir
    private Path dir;
    private Daemon daemon;
    private PlainKernel kernel;

    @BeforeEach
    void start() throws Exception {
        startDaemon();
        kernel = new PlainKernel(dir.resolve("table"), dir.resolve("kernel"), "LVM-codes", 7);
        kernel.construct(LINE);
        kernel.askWell(RequestType.RESUME, NOTHING);
    }

    private void startDaemon() throws Exception {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%1$s/data", shutdown.force = true
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%1$s/kernel" }
                }
                akka.management.http.port = 0
                """.formatted(dir))), MachineIdentity.current()));
    }

    @AfterEach
    void stop() {
        kernel.close();
        daemon.close();
    }

    private URI management() {
        return daemon.management();
    }

    private void write(long region) throws IOException {
        kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(region));
        kernel.askWell(RequestType.FLUSH, NOTHING);
    }

    @Test
    void shouldSayThatAResyncDoesNotMoveUntilItDoes() throws Exception {
        await("a minute without progress").atMost(240, TimeUnit.SECONDS)
                .until(() -> HealthPage.codes(management()).contains(HealthCode.RESYNC_WAITING.name()));
        assertTrue(HealthPage.read(management()).toString().contains("10 of 10 regions are out of sync"));

        long region = PlainKernel.second(kernel.askWell(RequestType.GET_RESYNC_WORK, NOTHING));
        kernel.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(region, 1));

        HealthPage.awaitGone(management(), HealthCode.RESYNC_WAITING);
    }

    @Test
    void shouldSayThatWhatItHasHeardIsNotKeptUntilItIs() throws Exception {
        Path heard = dir.resolve("data/instances/heard");
        await("a file of numbers heard").atMost(60, TimeUnit.SECONDS).until(() -> Files.exists(heard));
        Path away = Files.move(heard, dir.resolve("away"));
        write(1);
        HealthPage.awaitCode(management(), HealthCode.HEARD_NOT_KEPT);

        Files.move(away, heard);

        HealthPage.awaitGone(management(), HealthCode.HEARD_NOT_KEPT);
        assertEquals(List.of(), HealthPage.codes(management()));
    }

    @Test
    void shouldSayThatARecordIsLostUntilTheTableIsSuspended() throws Exception {
        write(1);
        daemon.close();
        try (Stream<Path> files = Files.list(dir.resolve("data/instances"))) {
            for (Path record : files.filter(file -> file.getFileName().toString().startsWith("LVM-")).toList()) {
                Files.delete(record);
            }
        }
        startDaemon();
        kernel.find(dir.resolve("kernel"));
        kernel.construct(LINE + '\0');
        kernel.askWell(RequestType.RESUME, NOTHING);
        HealthPage.awaitCode(management(), HealthCode.RECORD_LOST);

        kernel.askWell(RequestType.PRESUSPEND, NOTHING);
        kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
        HealthPage.awaitGone(management(), HealthCode.RECORD_LOST);
        kernel.askWell(RequestType.RESUME, NOTHING);
        assertEquals(List.of(), HealthPage.codes(management()));
    }
}
