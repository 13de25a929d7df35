package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.posix.Credentials;
import org.mirrorlog.process.StartException;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** The socket for operators where somebody has put it, and who can come in there. */
@Timeout(60)
class OperatorSocketTest {
    private static final byte[] NOTHING = {};
    private static final String TABLE = "10240 clustered-core 1024 nosync";
    /** A group that every Linux has, and its number; nobody is logged in with it. */
    private static final String GROUP = "daemon";
    private static final int GID = 1;
    private static final int NOBODY = 65_534;
    private static final String ADOPT = "/mirrorlog/logs/LVM-operated/adopt";
    private static final String ORDER = "{\"evenIfHealthy\": true}";
    /** Gives up what root may, as that group's member or as nobody, asks, and prints the answer. */
    private static final String ASK = """
            use IO::Socket::UNIX;
            my ($gid, $path, $request) = @ARGV;
            $) = "$gid $gid";
            $> = 65534;
            my $socket = IO::Socket::UNIX->new(Peer => $path) or do { print "cannot connect: $!"; exit };
            print $socket $request;
            print while <$socket>;
            """;

    @TempDir
    private Path dir;

    private Daemon daemon;

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    private void start() throws StartException {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = storage-1, data-dir = "%1$s/data", shutdown.force = true
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%1$s/kernel" }
                  operator { socket = "%1$s/run/operator.sock", group = %2$s }
                }
                akka.management.http.port = 0
                """.formatted(dir, GROUP))), MachineIdentity.current()));
    }

    private String askAs(int gid, Path socket) throws Exception {
        String request = "POST " + ADOPT + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + ORDER.length() + "\r\n\r\n" + ORDER;
        Process perl = new ProcessBuilder("perl", "-e", ASK, Integer.toString(gid), socket.toString(), request)
                .redirectErrorStream(true).start();
        String answer = new String(perl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(perl.waitFor(20, TimeUnit.SECONDS), answer);
        return answer;
    }

    private PlainKernel kernel(long luid) throws IOException {
        return new PlainKernel(dir.resolve("table-" + luid), dir.resolve("kernel"), "LVM-operated", luid);
    }

    private static void letThrough(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The directory of the socket is missing first; then it is there, and lets the members of the group through. */
    @Test
    void shouldServeWithoutItsSocketAndTakeOrdersThereOnceItsDirectoryIsThere() throws Exception {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root, to ask as somebody else");
        Path socket = dir.resolve("run/operator.sock");
        start();
        try (PlainKernel kernel = kernel(7)) {
            kernel.construct(TABLE);
            kernel.askWell(RequestType.RESUME, NOTHING);
            assertEquals(1, kernel.askNumber(RequestType.IN_SYNC, 3), "mirrors do not need it");
            assertFalse(Files.exists(socket));
            daemon.close();

            letThrough(dir);
            letThrough(Files.createDirectory(socket.getParent()));
            start();
            kernel.find(dir.resolve("kernel"));
            kernel.askPatiently(RequestType.STATUS_INFO, NOTHING);

            for (String page : List.of("config", "log", "threads", "journal", "members",
                    "version")) {
                OperatorOrders.Answer told = OperatorOrders.send(socket, "GET", "/mirrorlog/inside/" + page,
                        "application/json", "");
                assertTrue(told.statusCode() == 200 && told.body().length() > 1, page + ": " + told.body());
            }
            assertEquals(200, OperatorOrders.post(socket, "/mirrorlog/loglevel",
                    "{\"room\": \"posix\", \"level\": \"usual\", \"seconds\": 1}").statusCode());
            assertTrue(askAs(NOBODY, socket).contains("cannot connect: Permission denied"));
            String answer = askAs(GID, socket);
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            await("it is adopted").until(() -> kernel.askNumber(RequestType.GET_SYNC_COUNT) == 0);
            kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3));
            kernel.askWell(RequestType.FLUSH, NOTHING);
        }
    }
}
