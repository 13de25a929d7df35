package org.mirrorlog.journal.postgres;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.mirrorlog.journal.JournalSystem;
import org.mirrorlog.journal.OwnerContract;

/** An event-sourced actor on PostgreSQL's journal. */
@Tag("slow")
class PostgresOwnerTest extends OwnerContract {

    private static PostgresServer server;
    private String database;

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

    @Override
    protected Config config() {
        try {
            database = database == null ? server.database() : database;
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
        return JournalSystem.config(PostgresServer.config(server.port(), database), Path.of("/nowhere"));
    }

    private long number(String sql) {
        try {
            return Long.parseLong(server.query(database, sql));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected long deletedTo(String id) {
        return number("SELECT coalesce(max(deleted_to), 0) FROM mirrorlog.deletions WHERE persistence_id = '"
                + id + "'");
    }

    @Override
    protected long snapshots(String id) {
        return number("SELECT count(*) FROM mirrorlog.snapshots WHERE persistence_id = '" + id + "'");
    }

    @Override
    protected void damageSnapshots(String id) {
        try {
            server.execute(database, "UPDATE mirrorlog.snapshots SET snapshot ="
                    + " set_byte(snapshot, length(snapshot) - 1, 1 # get_byte(snapshot, length(snapshot) - 1))");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
