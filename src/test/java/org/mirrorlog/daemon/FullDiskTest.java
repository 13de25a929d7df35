package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.process.StartException;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** The file system of the data directory is full, or that of the records alone: who is served, and who is told what. */
@Tag("slow")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class FullDiskTest {
    private static final byte[] NOTHING = {};
    private static final String LINE = "10240 clustered-core 1024 nosync";
    /** A record that needs 1.5 MiB. */
    private static final String LARGE = "2097152 clustered-core 2 nosync";

    @TempDir
    private Path dir;
    private Path mounted;
    private Daemon daemon;
    private int kernels;

    @AfterEach
    void stop() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
        if (mounted != null) {
            Commands.run(List.of("umount", "-l", mounted.toString()));
        }
    }

    private void mount(Path where, String size) throws Exception {
        Files.createDirectories(where);
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", where.toString())
                .redirectErrorStream(true).start();
        Assumptions.assumeTrue(mount.waitFor() == 0, "a tmpfs cannot be mounted here");
        mounted = where;
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

    private void makeRoom() throws IOException {
        Files.delete(mounted.resolve("ballast"));
    }

    private void start() throws Exception {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s"
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%s" }
                  device.accept-regular-files = true
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")))), MachineIdentity.current()));
    }

    private PlainKernel kernel(String uuid) throws Exception {
        return new PlainKernel(dir.resolve("table-" + ++kernels), dir.resolve("kernel"), uuid, 0x10 + kernels);
    }

    private void use(PlainKernel kernel) throws IOException {
        kernel.construct(LINE);
        kernel.askWell(RequestType.RESUME, NOTHING);
        mark(kernel, 1);
    }

    private void mark(PlainKernel kernel, long region) throws IOException {
        kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(region));
        kernel.askWell(RequestType.FLUSH, NOTHING);
    }

    private static UlogAnswer construct(PlainKernel kernel, String line) throws IOException {
        return kernel.ask(RequestType.CTR, line.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void shouldServeAllTablesButTheOneWithoutRoomForItsRecord() throws Exception {
        mount(dir.resolve("data/instances"), "256k");
        start();
        try (PlainKernel served = kernel("LVM-served"); PlainKernel large = kernel("LVM-large");
                PlainKernel late = kernel("LVM-late")) {
            use(served);
            assertEquals(-Errno.ENOSPC.number(), construct(large, LARGE).error());
            mark(served, 2);
            fill();
            assertEquals(-Errno.ENOSPC.number(), construct(late, LINE).error());
            for (long region = 0; region < 10; region++) {
                // Far more than the first half of its record has room for.
                for (int again = 0; again < 100; again++) {
                    served.askWell(RequestType.MARK_REGION, PlainKernel.words(region));
                    served.askWell(RequestType.CLEAR_REGION, PlainKernel.words(region));
                }
                mark(served, region);
            }

            daemon.close();
            start();
            served.find(dir.resolve("kernel"));
            late.find(dir.resolve("kernel"));
            mark(served, 3);
            assertEquals(-Errno.ENOSPC.number(), construct(late, LINE).error());
            assertEquals(10, json("/mirrorlog/logs/LVM-served").path("dirty").asLong());

            makeRoom();
            use(late);
            served.askWell(RequestType.PRESUSPEND, NOTHING);
            served.askWell(RequestType.POSTSUSPEND, NOTHING);
            served.askWell(RequestType.DTR, NOTHING);
        }
    }

    @Test
    void shouldStartWhileTheWholeDataDirectoryIsFullAndServeAgainWhenItIsNot() throws Exception {
        mount(dir.resolve("data"), "80m");
        start();
        try (PlainKernel kernel = kernel("LVM-a"); PlainKernel late = kernel("LVM-late")) {
            use(kernel);
            String first = Files.readString(dir.resolve("data/instances/starts"));
            fill();
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(4));
            daemon.close();

            start();

            assertNotEquals(first, Files.readString(dir.resolve("data/instances/starts")));
            HealthPage.awaitCode(daemon.management(), HealthCode.DATA_DISK_LOW);
            kernel.find(dir.resolve("kernel"));
            late.find(dir.resolve("kernel"));
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(5));
            assertEquals(1, kernel.askNumber(RequestType.IN_SYNC, 4));
            assertEquals(-Errno.ENOSPC.number(), construct(late, LINE).error());

            makeRoom();
            kernel.askWell(RequestType.FLUSH, NOTHING);
            await("all marks to be in the log").atMost(20, TimeUnit.SECONDS)
                    .until(() -> json("/mirrorlog/logs/LVM-a").path("dirty").asLong() >= 3);
            use(late);
            HealthPage.awaitGone(daemon.management(), HealthCode.DATA_DISK_LOW);
        }
    }

    @Test
    void shouldRefuseToStartOnAReadOnlyDirectoryInOneLineAndServeOnceItIsWritable() throws Exception {
        mount(dir.resolve("data"), "80m");
        start();
        try (PlainKernel kernel = kernel("LVM-a")) {
            use(kernel);
            daemon.close();
            // Over the file system, which may still have files open.
            Commands.run(List.of("mount", "--bind", mounted.toString(), mounted.toString()));
            Commands.run(List.of("mount", "-o", "remount,bind,ro", mounted.toString()));

            String refusal = assertThrows(StartException.class, this::start).getMessage();

            assertEquals("mirrorlog.data-dir " + mounted + " cannot be written: Read-only file system; it must be a"
                    + " directory in which this user may create files", refusal);
            Commands.run(List.of("umount", mounted.toString()));
            start();
            kernel.find(dir.resolve("kernel"));
            assertEquals(1, kernel.askNumber(RequestType.IN_SYNC, 1));
            mark(kernel, 2);
            assertEquals(2, json("/mirrorlog/logs/LVM-a").path("dirty").asLong());
        }
    }

    /** The log device's writes fail: said of its log until its table is replaced. */
    @Test
    void shouldSayThatALogDeviceFailsUntilItsTableIsReplaced() throws Exception {
        mount(dir.resolve("devices"), "256k");
        Path device = mounted.resolve("log-device");
        try (var file = new RandomAccessFile(device.toFile(), "rw")) {
            file.setLength(4 << 20);
        }
        start();
        String line = "67108864 clustered-disk " + device + " 8 nosync";
        try (PlainKernel kernel = kernel("LVM-on-device")) {
            kernel.construct(line);
            kernel.ask(RequestType.RESUME, NOTHING);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(8_000_000));
            assertNotEquals(0, kernel.ask(RequestType.FLUSH, NOTHING).error(), "no bitmap of 1 MiB fits in there");
            HealthPage.awaitCode(daemon.management(), HealthCode.LOG_DEVICE_FAILED);

            Commands.run(List.of("mount", "-o", "remount,size=4m", mounted.toString()));
            kernel.askWell(RequestType.PRESUSPEND, NOTHING);
            kernel.askWell(RequestType.POSTSUSPEND, NOTHING);
            kernel.askWell(RequestType.DTR, NOTHING);
            kernel.construct(line);
            kernel.askWell(RequestType.RESUME, NOTHING);
            mark(kernel, 2);
            HealthPage.awaitGone(daemon.management(), HealthCode.LOG_DEVICE_FAILED);
        }
    }

    /** An ext4 in a file, which can be frozen: its writes wait. */
    private void mountExt4(Path where) throws Exception {
        Path image = dir.resolve("image");
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(16 << 20);
        }
        Commands.run(List.of("mkfs.ext4", "-q", "-F", image.toString()));
        Files.createDirectories(where);
        Commands.Ended mount = Commands.tryRun(List.of("mount", "-o", "loop", image.toString(), where.toString()));
        Assumptions.assumeTrue(mount.status() == 0, "no loop devices here: " + mount.text());
        mounted = where;
    }

    /** The log device hangs: said of its log until it answers, and its mirror waits and loses nothing. */
    @Test
    void shouldSayThatALogDeviceDoesNotAnswerUntilItDoes() throws Exception {
        mountExt4(dir.resolve("devices"));
        Path device = mounted.resolve("log-device");
        Files.write(device, new byte[64 << 10]);
        start();
        try (PlainKernel kernel = kernel("LVM-on-device"); PlainKernel other = kernel("LVM-other")) {
            kernel.construct("10240 clustered-disk " + device + " 1024 nosync");
            kernel.askWell(RequestType.RESUME, NOTHING);
            use(other);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3));
            Commands.run(List.of("fsfreeze", "--freeze", mounted.toString()));
            CompletableFuture<Void> flush = CompletableFuture.runAsync(() -> {
                try {
                    kernel.askPatiently(RequestType.FLUSH, NOTHING);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            try {
                HealthPage.awaitCode(daemon.management(), HealthCode.LOG_DEVICE_SLOW);
                assertFalse(flush.isDone());
                JsonNode log = json("/mirrorlog/logs/LVM-on-device");
                assertTrue(log.path("logDevice").path("lateSeconds").asLong() >= 5, log.toString());
                mark(other, 5);
            } finally {
                Commands.run(List.of("fsfreeze", "--unfreeze", mounted.toString()));
            }

            HealthPage.awaitGone(daemon.management(), HealthCode.LOG_DEVICE_SLOW);
            flush.get(60, TimeUnit.SECONDS);
            assertFalse(HealthPage.codes(daemon.management()).contains(HealthCode.LOG_DEVICE_FAILED.name()));
            mark(kernel, 4);
            assertEquals(2, json("/mirrorlog/logs/LVM-on-device").path("dirty").asLong());
        }
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(daemon.management().resolve(path)).build(),
                HttpResponse.BodyHandlers.ofString());
        assertTrue(answer.statusCode() == 200, path + ": " + answer.body());
        return new ObjectMapper().readTree(answer.body());
    }
}
