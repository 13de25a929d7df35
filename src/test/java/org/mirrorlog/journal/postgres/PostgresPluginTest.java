package org.mirrorlog.journal.postgres;


import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ExtendedActorSystem;import static org.junit.jupiter.api.Assertions.assertEquals;
import akka.persistence.JournalProtocol;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mirrorlog.journal.EventCodec;
import org.mirrorlog.journal.JournalContract;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;

/** The contract of a journal, kept by PostgreSQL's; and what only that one can show. */
@Tag("slow")
class PostgresPluginTest extends JournalContract {

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
    protected JournalSystem open(boolean isGapRefused) {
        try {
            database = database == null ? server.database() : database;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return new JournalSystem(JournalSystem.config(PostgresServer.config(server.port(), database,
                "mirrorlog.postgres.journal.refuse-gaps = " + isGapRefused), Path.of("/nowhere")));
    }

    @Test
    void shouldKeepItsIdentityOverRestartsD21() throws Exception {
        String id = JournalExtension.get(journal.system).journal().id().toString();

        restart(true);

        assertEquals(id, JournalExtension.get(journal.system).journal().id().toString());
        assertEquals(id, server.query(database, "SELECT replace(journal_id::text, '-', '') FROM mirrorlog.journal"));
    }

    @Test
    void shouldRefuseToReplayWhatWasTakenAwayByHandUntilItIsRestored() throws Exception {
        journal.mustWrite(ID, 1, "a", "b", "c");
        server.execute(database, "CREATE TABLE copy AS TABLE mirrorlog.events");
        server.execute(database, "DELETE FROM mirrorlog.events WHERE sequence_nr = 2");

        journal.journal.tell(new JournalProtocol.ReplayMessages(1, Long.MAX_VALUE, Long.MAX_VALUE, ID,
                journal.probe.getRef()), journal.probe.getRef());

        Object first = journal.probe.receiveOne(JournalSystem.LIMIT);
        assertTrue(first instanceof JournalProtocol.ReplayedMessage, () -> "the first event, not " + first);
        String message = journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.ReplayMessagesFailure.class)
                .cause().getMessage();
        assertTrue(message.startsWith("event 2 of " + ID + " is missing"), message);

        List<Object> left = new CopyOnWriteArrayList<>();
        EventCodec codec = new EventCodec((ExtendedActorSystem) journal.system);
        JournalExtension.get(journal.system).journal().remains(ID, event ->
                left.add(codec.decode(ID, 0, event).payload())).toCompletableFuture().get(1, TimeUnit.MINUTES);
        assertEquals(List.of("a", "c"), left, "what is left, for an adoption");

        server.execute(database, "TRUNCATE mirrorlog.events; INSERT INTO mirrorlog.events TABLE copy");

        assertEquals(List.of("1:a", "2:b", "3:c"), journal.replay(ID).events());
    }

    @Test
    void shouldReplayManyLargeEvents() {
        String large = "x".repeat(100_000);
        for (int i = 1; i <= 150; i++) {
            journal.mustWrite(ID, i, large + i);
        }

        List<String> events = journal.replay(ID).events();

        assertEquals(150, events.size());
        assertEquals("150:" + large + "150", events.get(149));
    }

    @Test
    void shouldRefuseAnAppendThatNoStatementHolds() {
        journal.write(JournalSystem.atomic(JournalSystem.event(ID, 1, "x".repeat(33 << 20))));

        String message = journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesFailed.class)
                .cause().getMessage();
        assertTrue(message.contains("larger than mirrorlog.postgres.max-group-bytes = 33554432"), message);
        journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageFailure.class);
        journal.mustWrite(ID, 1, "small");
    }

    @Test
    void shouldBeAllowedNothingButItsWork() throws Exception {
        journal.mustWrite(ID, 1, "a");

        assertEquals("f", server.query(database, "SELECT has_table_privilege('mirrorlog', 'mirrorlog.heads',"
                + " 'DELETE')"));
        assertEquals("f", server.query(database, "SELECT has_table_privilege('mirrorlog', 'mirrorlog.events',"
                + " 'UPDATE')"));
        server.execute(database, java.nio.file.Files.readString(Path.of("deploy/postgresql/schema.sql")));
        assertEquals(List.of("1:a"), journal.replay(ID).events(), "the script changes nothing when it runs again");
    }
}
