package org.mirrorlog.journal.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.persistence.JournalProtocol;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.AppendRefusedException;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;

/** Rule D1 with several daemons on one journal: two writers of a log are alive, one is refused, nobody else notices. */
@Tag("slow")
@Timeout(120)
class FencingTest {

    private static final String ID = "mirrorlog|contended";

    private static PostgresServer server;
    private String database;
    private JournalSystem one;
    private JournalSystem other;

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
    void start() throws Exception {
        database = server.database();
        one = open();
        other = open();
    }

    @AfterEach
    void stop() {
        one.close();
        other.close();
    }

    private JournalSystem open() {
        return new JournalSystem(JournalSystem.config(PostgresServer.config(server.port(), database,
                "mirrorlog.postgres.journal.refuse-gaps = off"), Path.of("/nowhere")));
    }

    private static Throwable refusal(JournalSystem system, String id, long sequenceNr) {
        system.write(JournalSystem.atomic(JournalSystem.event(id, sequenceNr, "stale")));
        Throwable cause = system.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesFailed.class)
                .cause();
        system.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageFailure.class);
        return cause;
    }

    @Test
    void shouldRefuseTheSlowerOfTwoWritersD1() {
        one.mustWrite(ID, 1, "a", "b");
        assertEquals(2, other.replay(ID).highest());
        other.mustWrite(ID, 3, "c");

        assertInstanceOf(AppendRefusedException.class, refusal(one, ID, 3));

        assertEquals(List.of("1:a", "2:b", "3:c"), one.replay(ID).events());
        one.mustWrite(ID, 4, "d");
        assertInstanceOf(AppendRefusedException.class, refusal(other, ID, 4));
    }

    @Test
    void shouldRefuseAStaleWriterAfterAllEventsAreDeletedD1() {
        one.mustWrite(ID, 1, "a", "b");
        assertEquals(2, other.replay(ID).highest());
        one.mustWrite(ID, 3, "c");
        one.mustDelete(ID, 3);
        assertEquals("0", count(), "no event is left to collide with");

        assertInstanceOf(AppendRefusedException.class, refusal(other, ID, 3));

        assertEquals(new JournalSystem.Replayed(List.of(), 3), other.replay(ID));
    }

    private String count() {
        try {
            return server.query(database, "SELECT count(*) FROM mirrorlog.events");
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldNotHarmOtherLogsInTheSameGroupD1() throws Exception {
        one.mustWrite(ID, 1, "a");
        int innocents = 60;
        try (Connection blocker = server.admin(database); Statement statement = blocker.createStatement()) {
            for (int i = 0; i < innocents; i++) {
                one.write(JournalSystem.atomic(JournalSystem.event("innocent-" + i, 1, "fine")));
                one.write(JournalSystem.atomic(JournalSystem.event(ID, 1, "stale")));
            }
            statement.execute("SELECT 1");
        }

        int accepted = 0;
        for (int i = 0; i < innocents * 2; i++) {
            Object outcome = one.probe.receiveOne(JournalSystem.LIMIT);
            Object message = one.probe.receiveOne(JournalSystem.LIMIT);
            if (outcome instanceof JournalProtocol.WriteMessagesSuccessful$) {
                accepted++;
                assertInstanceOf(JournalProtocol.WriteMessageSuccess.class, message);
            }
        }
        assertEquals(innocents, accepted);
        assertEquals(innocents, JournalExtension.get(one.system).journal().counters().refused());
        assertEquals(List.of("1:a"), one.replay(ID).events());
    }

    @Test
    void shouldWaitForNobodyWhoHoldsAHeadD1() throws Exception {
        one.mustWrite(ID, 1, "a");
        one.mustWrite("innocent", 1, "a");
        try (Connection hanging = server.admin(database); Statement statement = hanging.createStatement()) {
            hanging.setAutoCommit(false);
            statement.execute("UPDATE mirrorlog.heads SET head = 2, writer = 'zombie' WHERE persistence_id = '" + ID
                    + "'");

            Throwable refusal = refusal(one, ID, 2);
            assertInstanceOf(AppendRefusedException.class, refusal);
            assertTrue(refusal.getMessage().contains("or is writing now"), refusal.getMessage());
            one.mustWrite("innocent", 2, "b");

            hanging.rollback();
        }
        one.mustWrite(ID, 2, "b");
        assertEquals(List.of("1:a", "2:b"), other.replay(ID).events());
    }

    @Test
    void shouldRefuseAHeadOfTheSameNumberButAnotherHistoryD1D2() throws Exception {
        one.mustWrite(ID, 1, "a", "b");
        assertEquals(2, one.replay(ID).highest());
        server.execute(database, "UPDATE mirrorlog.heads SET writer = 'elsewhere', head = 2");

        Throwable refusal = refusal(one, ID, 3);

        assertInstanceOf(AppendRefusedException.class, refusal);
        one.replay(ID);
        one.mustWrite(ID, 3, "c");
    }

    @Test
    void shouldDeleteWhileAppendsGoOn() {
        one.mustWrite(ID, 1, "a", "b", "c");
        for (int i = 4; i <= 60; i++) {
            one.write(JournalSystem.atomic(JournalSystem.event(ID, i, "event")));
            one.journal.tell(new JournalProtocol.DeleteMessagesTo(ID, i - 1, other.probe.getRef()),
                    other.probe.getRef());
            one.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesSuccessful$.class);
            one.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageSuccess.class);
        }

        assertEquals(60, one.replay(ID).highest());
        assertEquals(0, JournalExtension.get(one.system).journal().counters().refused());
    }

    /**
     * Two owners that both go on after each refusal: every accepted event was decided on exactly the history before it.
     */
    @Test
    void shouldAcceptOneHistoryOfTwoLiveWritersD1() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        long[] head = {0, 0};
        int[] accepted = new int[2];
        JournalSystem[] systems = {one, other};
        for (int i = 0; i < 300; i++) {
            int who = random.nextInt(2);
            systems[who].write(JournalSystem.atomic(
                    JournalSystem.event(ID, head[who] + 1, "by " + who + " after " + head[who])));
            Object outcome = systems[who].probe.receiveOne(JournalSystem.LIMIT);
            systems[who].probe.receiveOne(JournalSystem.LIMIT);
            if (outcome instanceof JournalProtocol.WriteMessagesSuccessful$) {
                head[who]++;
                accepted[who]++;
            } else {
                head[who] = systems[who].replay(ID).highest();
            }
        }

        List<String> events = one.replay(ID).events();
        assertEquals(accepted[0] + accepted[1], events.size(), () -> "seed " + seed);
        for (int i = 0; i < events.size(); i++) {
            assertTrue(events.get(i).endsWith(" after " + i), events.get(i) + ", seed " + seed);
        }
        assertTrue(accepted[0] > 20 && accepted[1] > 20, () -> "both wrote, seed " + seed);
    }
}
