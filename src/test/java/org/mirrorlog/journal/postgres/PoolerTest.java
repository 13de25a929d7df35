package org.mirrorlog.journal.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.EncodedWrites;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalSystem;

/** A pooler between daemon and server, which hands sessions on: refused by name, and nothing lost by it (rule D2). */
@Tag("slow")
@Timeout(120)
class PoolerTest {

    private static PostgresServer server;
    private String database;
    private final ServerCheckTest.Lines lines = new ServerCheckTest.Lines();

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

    private PostgresJournal open(int port, String... overrides) throws JournalException {
        return PostgresJournal.open(PostgresSettings.read(JournalSystem.config(
                PostgresServer.config(port, database, overrides), Path.of("/nowhere"))), lines, System::nanoTime);
    }

    private static CompletableFuture<Optional<IOException>> append(PostgresJournal journal, long sequenceNr) {
        CompletableFuture<Optional<IOException>> outcome = new CompletableFuture<>();
        journal.append(new EncodedWrites("log", "writer", sequenceNr,
                List.of("event".getBytes(StandardCharsets.UTF_8)), List.of()),
                failure -> outcome.complete(Optional.ofNullable(failure)));
        return outcome;
    }

    private static void mustAppend(PostgresJournal journal, long sequenceNr) throws Exception {
        assertEquals(Optional.empty(), append(journal, sequenceNr).get(60, TimeUnit.SECONDS));
    }

    @Test
    void shouldRefuseAPoolerThatHandsSessionsOnAndNameIt() throws Exception {
        try (Pooler pooler = new Pooler(server)) {
            for (String mode : List.of("transaction", "statement")) {
                pooler.up(mode);

                mustRefuse(pooler);
                // As behind one that keeps prepared statements apart.
                mustRefuse(pooler, "mirrorlog.postgres.url = \"" + PostgresServer.url(pooler.port(), database)
                        + "?prepareThreshold=0\"");
            }
        }
    }

    private void mustRefuse(Pooler pooler, String... overrides) {
        String message = assertThrows(JournalException.class, () -> open(pooler.port(), overrides).close())
                .getMessage();
        assertTrue(message.contains("there is a pooler in between"), message);
        assertTrue(message.contains("pool_mode = session"), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void shouldHoldWhatComesWhileThePoolerHandsSessionsOnAndGoOnWhenItKeepsThem() throws Exception {
        try (Pooler pooler = new Pooler(server)) {
            pooler.up("session");
            try (PostgresJournal journal = open(pooler.port(), "mirrorlog.postgres.stalled-after = 1 s")) {
                mustAppend(journal, 1);
                assertEquals(List.of(), lines.all);

                pooler.up("transaction");
                await("the pooler to be named").atMost(PostgresServer.LIMIT).until(() ->
                        journal.problem().orElse("").contains("there is a pooler in between"));
                CompletableFuture<Optional<IOException>> held = append(journal, 2);
                assertFalse(held.isDone(), "neither lost nor acknowledged");
                assertEquals("1", server.query(database, "SELECT head FROM mirrorlog.heads"));
                pooler.up("session");

                assertEquals(Optional.empty(), held.get(60, TimeUnit.SECONDS));
                await("readiness").atMost(PostgresServer.LIMIT).until(journal::isWritable);
                assertEquals(1, lines.all.stream().filter(line -> line.contains("logs can commit again")).count());
            }
        }
    }

    /** What a pooler does that the connection's begin has not shown: the append itself meets another session. */
    @Test
    void shouldAppendNothingInASessionThatIsNotTheOneThatWasSetUp() throws Exception {
        Connector connector = new Connector(PostgresSettings.read(JournalSystem.config(
                PostgresServer.config(server.port(), database), Path.of("/nowhere"))), lines);
        DatabaseSession own = connector.open();
        try (Connection connection = own.connection(); var statement = connection.createStatement()) {
            own.check();

            statement.execute("SET synchronous_commit = off");
            mustAppendNothing(own, "synchronous_commit = off");
            statement.execute("SET synchronous_commit = on");
            mustAppendNothing(new DatabaseSession(connection, "another", own.backend(), "on"), "instead of process");
            statement.execute("RESET mirrorlog.session");
            mustAppendNothing(own, "there is a pooler in between");
            assertThrows(JournalException.class, own::check);
            statement.execute("SET mirrorlog.session = '" + own.marker() + "'");

            assertTrue(AppendStatement.run(own, List.of(request())).appended().contains("log"));
            assertEquals("1", server.query(database, "SELECT head FROM mirrorlog.heads"));
        }
    }

    private static DatabaseWrite.Append request() {
        return new DatabaseWrite.Append("log", "writer", null, 1, List.of(new byte[1]), failure -> { }, 0);
    }

    private void mustAppendNothing(DatabaseSession session, String because) throws Exception {
        String message = assertThrows(JournalException.class, () -> AppendStatement.run(session, List.of(request())))
                .getMessage();
        assertTrue(message.contains(because), message);
        assertEquals("0", server.query(database, "SELECT head FROM mirrorlog.heads"));
        assertEquals("0", server.query(database, "SELECT count(*) FROM mirrorlog.events"));
    }
}
