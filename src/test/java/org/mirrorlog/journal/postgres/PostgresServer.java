package org.mirrorlog.journal.postgres;

import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.mirrorlog.Commands;
import org.mirrorlog.FreePorts;

/** A PostgreSQL of its own for a test: on loopback, a free port, a directory that is removed at the end, fsync on. */
public final class PostgresServer implements AutoCloseable {

    public static final Duration LIMIT = Duration.ofSeconds(60);

    private static final int SMALL_DISK_MIB = 200;
    private static final Path SCHEMA = Path.of("deploy/postgresql/schema.sql");
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Path directory;
    private final int port;
    private final List<String> asUser;
    private final Path programs;
    private final List<String> options;
    private Process process;
    private boolean isOnSmallDisk;

    private PostgresServer(Path programs, List<String> asUser, List<String> options) throws IOException {
        this.programs = programs;
        this.asUser = asUser;
        this.options = options;
        this.directory = Files.createTempDirectory("mirrorlog-pg");
        this.port = FreePorts.take();
    }

    /** Starts one, or skips the test with a line that says why. */
    public static PostgresServer start(String... options) throws IOException, InterruptedException {
        return start(0, options);
    }

    /** The same on a disk of its own, so small that {@link #fillDisk} can fill it; needs root. */
    public static PostgresServer startOnSmallDisk(String... options) throws IOException, InterruptedException {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")),
                "a small disk is mounted, which needs root");
        return start(SMALL_DISK_MIB, options);
    }

    private static PostgresServer start(int diskMib, String... options) throws IOException {
        Optional<Path> programs = programs();
        Assumptions.assumeTrue(programs.isPresent(),
                "PostgreSQL's server is not installed (Debian package postgresql): tests of its journal are skipped");
        PostgresServer server = new PostgresServer(programs.get(), ordinaryUser(), List.of(options));
        try {
            if (diskMib > 0) {
                Commands.run(List.of("mount", "-t", "tmpfs", "-o", "size=" + diskMib + "m", "tmpfs",
                        server.directory.toString()));
                server.isOnSmallDisk = true;
            }
            server.create();
            server.up();
            return server;
        } catch (IOException | RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    private static Optional<Path> programs() throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(DEBIAN)) {
            try (Stream<Path> versions = Files.list(DEBIAN)) {
                versions.sorted(Comparator.comparing((Path version) -> Double.valueOf(version.getFileName().toString()))
                        .reversed()).map(version -> version.resolve("bin")).forEach(found::add);
            }
        }
        for (String path : System.getenv("PATH").split(File.pathSeparator)) {
            found.add(Path.of(path));
        }
        return found.stream().filter(bin -> Files.isExecutable(bin.resolve("initdb"))
                && Files.isExecutable(bin.resolve("postgres"))).findFirst();
    }

    /** PostgreSQL does not run as root. */
    private static List<String> ordinaryUser() {
        return "root".equals(System.getProperty("user.name"))
                ? List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups") : List.of();
    }

    private void create() throws IOException {
        if (!asUser.isEmpty()) {
            Commands.run(List.of("chown", "nobody", directory.toString()));
        }
        List<String> command = new ArrayList<>(asUser);
        command.addAll(List.of(programs.resolve("initdb").toString(), "--pgdata=" + directory.resolve("data"),
                "--username=admin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"));
        Commands.runAtRoot(command);
    }

    /** Starts the server's process and waits until it answers. */
    public void up() throws IOException {
        await("PostgreSQL to start").atMost(LIMIT).until(() -> {
            if (process == null || !process.isAlive()) {
                begin();
            }
            return answers();
        });
    }

    private void begin() throws IOException {
        List<String> command = new ArrayList<>(asUser);
        command.addAll(List.of(programs.resolve("postgres").toString(), "-D", directory.resolve("data").toString(),
                "-p", Integer.toString(port), "-c", "listen_addresses=127.0.0.1", "-c",
                "unix_socket_directories=" + directory, "-c", "fsync=on", "-c", "max_connections=60"));
        options.forEach(option -> command.addAll(List.of("-c", option)));
        process = new ProcessBuilder(command).directory(new File("/")).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("/dev/null"))).start();
    }

    private boolean answers() {
        try (Connection connection = admin("postgres")) {
            return connection.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    /** Leaves no byte free on its small disk. */
    public void fillDisk() throws IOException {
        byte[] block = new byte[64 << 10];
        for (int size = block.length; size > 0; size /= 2) {
            try (OutputStream ballast = Files.newOutputStream(ballast(), StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND)) {
                while (true) {
                    ballast.write(block, 0, size);
                }
            } catch (IOException e) {
                // That much does not fit any more: the next try is smaller.
                continue;
            }
        }
    }

    public void freeDisk() throws IOException {
        Files.delete(ballast());
    }

    private Path ballast() {
        return directory.resolve("ballast");
    }

    /** Stops it as an administrator does: connections are ended, what is committed stays. */
    public void stop() throws InterruptedException, IOException {
        Commands.run(List.of("kill", "-INT", Long.toString(process.pid())));
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException("PostgreSQL does not stop");
        }
    }

    /** Kills all its processes at once, as the loss of the machine does. */
    public void kill() throws InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
    }

    /** Stops all its processes where they are, or lets them go on. */
    public void signal(String name) throws IOException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name, Long.toString(process.pid())));
        process.descendants().forEach(child -> command.add(Long.toString(child.pid())));
        Commands.run(command);
    }

    public int port() {
        return port;
    }

    Path programsDirectory() {
        return programs;
    }

    public static String url(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    Connection admin(String database) throws SQLException {
        return DriverManager.getConnection(url(port, database), "admin", "");
    }

    /** A database without tables, and the role mirrorlog. */
    String emptyDatabase() throws SQLException {
        String name = "test" + DATABASES.incrementAndGet();
        execute("postgres", "CREATE DATABASE " + name);
        execute("postgres", "DO $$ BEGIN CREATE ROLE mirrorlog LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END"
                + " $$");
        return name;
    }

    /** A new database with an empty journal, made by the shipped script. */
    public String database() throws SQLException, IOException {
        String name = emptyDatabase();
        execute(name, Files.readString(SCHEMA));
        return name;
    }

    public void execute(String database, String sql) throws SQLException {
        try (Connection connection = admin(database); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** What "Backup and restore" of docs/operations.md says. */
    public void dump(String database, Path file) throws IOException {
        Commands.run(program("pg_dump", "-Fc", "-n", "mirrorlog", "-f", file.toString(), database));
    }

    /** Likewise. */
    public void restore(String database, Path file) throws IOException {
        Commands.run(program("pg_restore", "--clean", "--if-exists", "-d", database, file.toString()));
    }

    private List<String> program(String name, String... words) {
        List<String> command = new ArrayList<>(List.of(programs.resolve(name).toString(), "--host=127.0.0.1",
                "--port=" + port, "--username=admin"));
        command.addAll(List.of(words));
        return command;
    }

    /** The first column of the first row. */
    public String query(String database, String sql) throws SQLException {
        try (Connection connection = admin(database); Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** Selects the journal in a database, by a port that may be a proxy's. */
    static Config config(int port, String database, String... overrides) {
        return ConfigFactory.parseString(String.join("\n", overrides)).withFallback(ConfigFactory.parseString("""
                akka.persistence.journal.plugin = "mirrorlog.postgres.journal"
                akka.persistence.snapshot-store.plugin = "mirrorlog.postgres.snapshots"
                mirrorlog.postgres.url = "%s"
                """.formatted(url(port, database))));
    }

    @Override
    public void close() throws IOException {
        if (process != null && process.isAlive()) {
            try {
                stop();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (isOnSmallDisk) {
            Commands.run(List.of("umount", directory.toString()));
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
