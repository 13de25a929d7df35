package org.mirrorlog.journal.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.JournalSystem;

/** Which servers are refused or warned of (rules D2 and D21), and that the line says what to do. */
@Tag("slow")
@Timeout(120)
class ServerCheckTest {

    private static PostgresServer server;
    private String database;
    private final Lines lines = new Lines();

    /** What the operator is told. */
    static final class Lines implements JournalLog {

        final List<String> all = new CopyOnWriteArrayList<>();

        @Override
        public void info(String line) {
            all.add("INFO " + line);
        }

        @Override
        public void warn(String line) {
            all.add("WARN " + line);
        }

        @Override
        public void error(String line) {
            all.add("ERROR " + line);
        }
    }

    @BeforeAll
    static void startServer() throws Exception {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void makeDatabase() throws Exception {
        database = server.database();
    }

    private PostgresSettings settings(PostgresServer at, String... overrides) throws JournalException {
        Config config = JournalSystem.config(PostgresServer.config(at.port(), database, overrides),
                Path.of("/nowhere"));
        return PostgresSettings.read(config);
    }

    private PostgresJournal open(PostgresServer at, String... overrides) throws JournalException {
        return PostgresJournal.open(settings(at, overrides), lines, System::nanoTime);
    }

    /** What "Backup and restore" of docs/operations.md says: the journal is what it was, and the daemons may use it. */
    @Test
    void shouldBeOpenedAgainAfterItWasDumpedAndPutBack(@TempDir Path dir) throws Exception {
        server.execute(database, "INSERT INTO mirrorlog.heads VALUES ('mirrorlog|a', 7, 'w')");
        String id = server.query(database, "SELECT journal_id FROM mirrorlog.journal");
        PostgresJournal journal = open(server);
        try {
            server.dump(database, dir.resolve("dump"));
        } finally {
            journal.close();
        }
        server.execute(database, "UPDATE mirrorlog.heads SET head = 9; DELETE FROM mirrorlog.journal");

        server.restore(database, dir.resolve("dump"));

        assertEquals("7", server.query(database, "SELECT head FROM mirrorlog.heads"));
        assertEquals(id, server.query(database, "SELECT journal_id FROM mirrorlog.journal"));
        open(server).close();
    }

    private void mustRefuse(String because, String... overrides) {
        String message = assertThrows(JournalException.class, () -> open(server, overrides).close()).getMessage();
        assertTrue(message.contains(because), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void shouldTakeASoundServerWithoutAWord() throws Exception {
        open(server).close();

        assertEquals(List.of(), lines.all);
    }

    @Test
    void shouldCommitSynchronouslyWhateverTheServersDefaultIsD2() throws Exception {
        server.execute(database, "ALTER ROLE mirrorlog IN DATABASE " + database + " SET synchronous_commit = off");

        open(server).close();

        assertEquals(List.of(), lines.all);
    }

    @Test
    void shouldRefuseAServerThatDoesNotForceD2() throws Exception {
        try (PostgresServer careless = PostgresServer.start("fsync=off", "full_page_writes=off")) {
            database = careless.database();

            String message = assertThrows(JournalException.class, () -> open(careless).close()).getMessage();
            open(careless, "mirrorlog.postgres.accept-unsafe-server = on").close();

            assertTrue(message.contains("fsync = off and loses acknowledged appends"), message);
            assertEquals(2, lines.all.size(), lines.all::toString);
            assertTrue(lines.all.get(0).contains("UNSAFE: fsync = off"), lines.all::toString);
            assertTrue(lines.all.get(1).contains("full_page_writes = off"), lines.all::toString);
        }
    }

    @Test
    void shouldWarnOfAStandbyThatNoCommitWaitsForD2() throws Exception {
        Path target = java.nio.file.Files.createTempDirectory("wal");
        Process standby = new ProcessBuilder(server.programsDirectory().resolve("pg_receivewal").toString(), "-h",
                "127.0.0.1",
                "-p", Integer.toString(server.port()), "-U", "admin", "-D", target.toString(), "--no-loop")
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            await("the standby").atMost(PostgresServer.LIMIT).until(() -> "1".equals(
                    server.query(database, "SELECT count(*) FROM pg_stat_replication")));

            open(server).close();

            assertEquals(1, lines.all.size(), lines.all::toString);
            assertTrue(lines.all.get(0).startsWith("WARN ") && lines.all.get(0).contains("UNSAFE AFTER A FAILOVER"),
                    lines.all::toString);
        } finally {
            standby.destroyForcibly().waitFor();
            try (var files = java.nio.file.Files.list(target)) {
                for (Path file : files.toList()) {
                    java.nio.file.Files.delete(file);
                }
            }
            java.nio.file.Files.delete(target);
        }
    }

    @Test
    void shouldRefuseADatabaseWithoutTables() throws Exception {
        database = server.emptyDatabase();

        mustRefuse("run deploy/postgresql/schema.sql there");
    }

    @Test
    void shouldRefuseUnloggedTablesD2() throws Exception {
        server.execute(database, "ALTER TABLE mirrorlog.events SET UNLOGGED");

        mustRefuse("are UNLOGGED, so a crash empties them");
    }

    @Test
    void shouldRefuseAReadOnlyServerAndTakeThePrimaryOnceItIsNamedAloneOrWithAllServers() throws Exception {
        try (PostgresServer standby = PostgresServer.start()) {
            String there = standby.database();
            standby.execute(there, "ALTER DATABASE " + there + " SET default_transaction_read_only = on");
            String message = assertThrows(JournalException.class, () -> open(standby, "mirrorlog.postgres.url = \""
                    + PostgresServer.url(standby.port(), there) + '"').close()).getMessage();
            assertTrue(message.contains("standby or read only; name the primary in"), message);
            server.execute("postgres", "CREATE DATABASE " + there + " TEMPLATE " + database);

            open(server, "mirrorlog.postgres.url = \"" + PostgresServer.url(server.port(), there) + '"').close();
            open(server, "mirrorlog.postgres.url = \"jdbc:postgresql://127.0.0.1:" + standby.port() + ",127.0.0.1:"
                    + server.port() + '/' + there + "?targetServerType=primary\"").close();
        }
    }

    @Test
    void shouldRefuseTablesOfAnotherVersionAndAJournalWithoutIdentityD21() throws Exception {
        server.execute(database, "UPDATE mirrorlog.journal SET schema_version = 2");
        mustRefuse("tables have version 2; this program knows version 1");

        server.execute(database, "DELETE FROM mirrorlog.journal");
        mustRefuse("has no identity");
    }

    @Test
    void shouldEndAStartAtOnceThatWaitingDoesNotHelp() {
        mustRefuse("does not exist", "mirrorlog.postgres.user = nobody-knows-me");
        mustRefuse("cannot be read", "mirrorlog.postgres.password-file = /no/such/file");
    }

    @Test
    void shouldGiveUpAStartWhenNobodyAnswers() {
        mustRefuse("cannot be opened", "mirrorlog.postgres.url = \"jdbc:postgresql://127.0.0.1:1/x\"",
                "mirrorlog.postgres.start-within = 1 s");
    }

    @Test
    void shouldNotUseAnotherJournalThanItStartedWithD21() throws Exception {
        String id = server.query(database, "SELECT journal_id FROM mirrorlog.journal");
        try (PostgresJournal journal = open(server, "mirrorlog.postgres.stalled-after = 1 s")) {
            server.execute(database, "UPDATE mirrorlog.journal SET journal_id = gen_random_uuid()");
            server.execute("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ="
                    + " 'mirrorlog'");

            await("the journal to be refused").atMost(PostgresServer.LIMIT).until(() -> !journal.isWritable());

            assertTrue(journal.problem().orElseThrow().contains("but this daemon started with"), journal::toString);
            server.execute(database, "UPDATE mirrorlog.journal SET journal_id = '" + id + "'");
            await("the one that is back to be used").atMost(PostgresServer.LIMIT).until(journal::isWritable);
        }
    }
}
