package org.mirrorlog.journal.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.persistence.SaveSnapshotFailure;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotProtocol;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mirrorlog.journal.JournalSystem;
import org.mirrorlog.journal.SnapshotContract;

/** The contract of a snapshot store, kept by PostgreSQL's. */
@Tag("slow")
class PostgresSnapshotTest extends SnapshotContract {

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
    protected JournalSystem open() {
        try {
            database = database == null ? server.database() : database;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return new JournalSystem(JournalSystem.config(PostgresServer.config(server.port(), database),
                Path.of("/nowhere")));
    }

    @Test
    void shouldSkipADamagedSnapshotAndTakeAnOlderOne() throws Exception {
        server.execute(database, "UPDATE mirrorlog.snapshots SET snapshot = set_byte(snapshot, 50, 1 #"
                + " get_byte(snapshot, 50)) WHERE sequence_nr = 50");

        assertEquals("40:state 4", latest());
    }

    @Test
    void shouldSetThoseOfAnotherJournalAside() throws Exception {
        system.close();
        server.execute(database, "UPDATE mirrorlog.journal SET journal_id = gen_random_uuid()");
        system = open();

        assertEquals("none", latest());

        assertEquals("5", server.query(database, "SELECT count(*) FROM mirrorlog.snapshots WHERE sequence_nr < 0"));
    }

    @Test
    void shouldNotSaveWhereTheServerWritesNoRow() throws Exception {
        server.execute(database, "CREATE RULE nowhere AS ON INSERT TO mirrorlog.snapshots DO INSTEAD NOTHING");

        system.snapshots.tell(new SnapshotProtocol.SaveSnapshot(new SnapshotMetadata(ID, 60, 0), "lost"),
                system.probe.getRef());

        system.probe.expectMsgClass(JournalSystem.LIMIT, SaveSnapshotFailure.class);
    }

    @Test
    void shouldStoreSnapshotsAsTheyAre() throws Exception {
        save(60, "x".repeat(300_000));

        String stored = server.query(database, "SELECT pg_column_size(snapshot) >= length(snapshot) FROM"
                + " mirrorlog.snapshots WHERE sequence_nr = 60");
        assertEquals("t", stored, "not compressed");
    }
}
