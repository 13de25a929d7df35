package org.mirrorlog.journal.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.JournalSystem;

/** A server that takes no writes any more is left by those who read, too: behind a proxy another one may serve. */
@Timeout(120)
class LeftServerTest {
    private static final Background.Work<Integer> BACKEND = connection -> {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    };
    private static final Background.Work<Integer> WRITE = connection -> {
        try (var statement = connection.createStatement()) {
            return statement.executeUpdate("DELETE FROM mirrorlog.leases WHERE name = 'nobody'");
        }
    };

    private final AtomicLong skipped = new AtomicLong();

    private static <T> T get(PostgresJournal journal, Background.Work<T> work) throws Exception {
        return journal.snapshots("a test", work).toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void setReadOnly(PostgresServer server, String database, boolean isReadOnly) throws SQLException {
        server.execute(database, "ALTER SYSTEM SET default_transaction_read_only = " + (isReadOnly ? "on" : "off"));
        server.execute(database, "SELECT pg_reload_conf()");
    }

    /** The session hears of its server's new settings at one of its next statements. */
    private static ExecutionException refusal(PostgresJournal journal) throws Exception {
        while (true) {
            try {
                get(journal, WRITE);
            } catch (ExecutionException e) {
                return e;
            }
        }
    }

    @Test
    void shouldReadFromNoServerThatTakesNoWritesAndGoOnOnceItDoes() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            String database = server.database();
            PostgresSettings settings = PostgresSettings.read(JournalSystem.config(PostgresServer.config(server.port(),
                    database, "mirrorlog.postgres { connections = 1, hold-for = 2 s, answer-timeout = 1 s }"),
                    Path.of("/nowhere")));
            try (PostgresJournal journal = PostgresJournal.open(settings, new ServerCheckTest.Lines(),
                    () -> System.nanoTime() + skipped.get())) {
                int before = get(journal, BACKEND);
                setReadOnly(server, database, true);

                ExecutionException write = refusal(journal);
                assertTrue(write.getMessage().contains("read only"), write.getMessage());
                skipped.addAndGet(TimeUnit.SECONDS.toNanos(2));
                ExecutionException read = assertThrows(ExecutionException.class, () -> get(journal, BACKEND));
                assertTrue(read.getMessage().contains("read only"), read.getMessage());

                setReadOnly(server, database, false);
                ExecutionException defect = assertThrows(ExecutionException.class, () -> get(journal, connection -> {
                    throw new StackOverflowError("a test's");
                }));
                assertTrue(defect.getMessage().contains("a test's"), "and the one worker goes on");
                assertEquals(0, get(journal, WRITE));
                assertTrue(before != get(journal, BACKEND), "by another connection");
            }
        }
    }
}
