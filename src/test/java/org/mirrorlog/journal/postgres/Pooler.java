package org.mirrorlog.journal.postgres;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.mirrorlog.FreePorts;

/** A pgbouncer of its own before a test's server, on loopback, at one port however often it is started. */
final class Pooler implements AutoCloseable {

    private static final List<String> PLACES = List.of("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer",
            "/usr/local/bin/pgbouncer");

    private final Path directory;
    private final String program;
    private final int port;
    private final int serverPort;
    private Process process;

    /** Skips the test with a line that says why where there is none. */
    Pooler(PostgresServer server) throws IOException {
        program = PLACES.stream().filter(place -> Files.isExecutable(Path.of(place))).findFirst().orElse("");
        Assumptions.assumeFalse(program.isEmpty(),
                "pgbouncer is not installed (Debian package pgbouncer): tests behind a pooler are skipped");
        serverPort = server.port();
        directory = Files.createTempDirectory("mirrorlog-pooler");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        port = FreePorts.take();
    }

    int port() {
        return port;
    }

    /** Starts it, or starts it anew. */
    void up(String mode) throws IOException {
        down();
        Files.writeString(directory.resolve("users"), "\"mirrorlog\" \"\"\n");
        Path settings = Files.writeString(directory.resolve("pgbouncer.ini"), """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = trust
                auth_file = %s
                pool_mode = %s
                ignore_startup_parameters = extra_float_digits
                """.formatted(serverPort, port, directory.resolve("users"), mode));
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
        }
        command.addAll(List.of(program, "-q", settings.toString()));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(new File("/dev/null")).start();
        await("pgbouncer to start").atMost(PostgresServer.LIMIT).until(this::answers);
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    void down() {
        if (process != null) {
            process.destroyForcibly();
            await("pgbouncer to end").atMost(PostgresServer.LIMIT).until(() -> !process.isAlive());
        }
    }

    @Override
    public void close() throws IOException {
        down();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
