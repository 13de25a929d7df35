package org.mirrorlog.journal.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.persistence.JournalProtocol;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;

/**
 * The server, or the way to it, goes away: nothing acknowledged is lost, nothing unknown is claimed, and it goes on.
 */
@Tag("slow")
@Timeout(180)
class OutageTest {

    private static final String ID = "mirrorlog|some-log";

    private static PostgresServer server;
    private CuttingProxy proxy;
    private String database;
    private JournalSystem system;

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
        proxy = new CuttingProxy(server.port());
        system = open();
    }

    @AfterEach
    void stop() throws Exception {
        system.close();
        proxy.close();
    }

    private JournalSystem open(String... overrides) {
        return new JournalSystem(JournalSystem.config(PostgresServer.config(proxy.port(), database, overrides),
                Path.of("/nowhere")));
    }

    private Journal journal() {
        return JournalExtension.get(system.system).journal();
    }

    private void write(long sequenceNr, String payload) {
        system.write(JournalSystem.atomic(JournalSystem.event(ID, sequenceNr, payload)));
    }

    private boolean isAccepted() {
        Object outcome = system.probe.receiveOne(PostgresServer.LIMIT);
        system.probe.receiveOne(JournalSystem.LIMIT);
        return outcome instanceof JournalProtocol.WriteMessagesSuccessful$;
    }

    @Test
    void shouldClaimNothingWhenTheAnswerToACommitIsLostD1() {
        system.mustWrite(ID, 1, "a");
        proxy.cutAnswerTo("the lost one");

        write(2, "the lost one");

        String message = system.probe.expectMsgClass(PostgresServer.LIMIT, JournalProtocol.WriteMessagesFailed.class)
                .cause().getMessage();
        system.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageFailure.class);
        assertTrue(proxy.hasCut());
        assertTrue(message.contains("whether it was written is unknown"), message);
        assertEquals(new JournalSystem.Replayed(List.of("1:a", "2:the lost one"), 2), system.replay(ID),
                "its owner replays and finds it");
        system.mustWrite(ID, 3, "c");
    }

    @Test
    void shouldHoldAppendsWhileTheServerIsAwayFor20Seconds() throws Exception {
        system.mustWrite(ID, 1, "a");
        server.stop();
        await("the outage to be noticed without a request").atMost(PostgresServer.LIMIT)
                .until(() -> !journal().isWritable());

        write(2, "held");
        long stoppedNs = System.nanoTime();
        await("20 s to pass").atMost(PostgresServer.LIMIT).until(() -> System.nanoTime() - stoppedNs > 20_000_000_000L);
        server.up();

        assertTrue(isAccepted(), "it was never sent, so it was held");
        assertTrue(journal().isWritable());
        assertEquals(List.of("1:a", "2:held"), system.replay(ID).events());
    }

    @Test
    void shouldFailCleanlyWhatIsHeldForTooLong() throws Exception {
        system.close();
        system = open("mirrorlog.postgres.hold-for = 3 s", "mirrorlog.postgres.answer-timeout = 2 s");
        system.mustWrite(ID, 1, "a");
        server.stop();
        try {
            await("the outage to be noticed").atMost(PostgresServer.LIMIT).until(() -> !journal().isWritable());
            write(2, "b");

            String message = system.probe.expectMsgClass(PostgresServer.LIMIT,
                    JournalProtocol.WriteMessagesFailed.class)
                    .cause().getMessage();
            system.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageFailure.class);
            assertTrue(message.contains("nothing of it was written"), message);
        } finally {
            server.up();
        }
        assertEquals(1, system.replay(ID).highest());
        system.mustWrite(ID, 2, "again");
    }

    /** Writes while the server dies and comes back; after each failure replays, as an owner does. */
    @Test
    void shouldKeepWhatItAcknowledgedWhenTheServerIsKilled() throws Exception {
        long head = 0;
        int failed = 0;
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 50; i++) {
                write(head + 1, "event");
                if (i == 25) {
                    server.kill();
                    server.up();
                }
                if (isAccepted()) {
                    head++;
                } else {
                    failed++;
                    long found = system.replay(ID).highest();
                    assertTrue(found == head || found == head + 1, head + " were acknowledged, " + found + " found");
                    head = found;
                }
            }
        }

        assertEquals(head, system.replay(ID).events().size());
        assertTrue(failed <= 8, failed + " failed: only what was under way");
    }

    @Test
    void shouldNoticeAServerThatHangsThoughNobodyWritesAndLongBeforeItCountsAsLost() throws Exception {
        system.close();
        system = open("mirrorlog.postgres { answer-timeout = 8 minutes, hold-for = 9 minutes, stalled-after = 1 s }");
        system.mustWrite(ID, 1, "a");
        server.signal("STOP");
        try {
            await("the hang to be noticed").atMost(PostgresServer.LIMIT).until(() -> !journal().isWritable());
        } finally {
            server.signal("CONT");
        }

        await("its end to be noticed").atMost(PostgresServer.LIMIT).until(() -> journal().isWritable());
        system.mustWrite(ID, 2, "b");
    }

    @Test
    void shouldTakeAServerThatHangsForLostAndGoOnWhenItWakes() throws Exception {
        system.close();
        system = open("mirrorlog.postgres.answer-timeout = 3 s", "mirrorlog.postgres.connect-timeout = 2 s",
                "mirrorlog.postgres.stalled-after = 1 s");
        system.mustWrite(ID, 1, "a");
        server.signal("STOP");
        try {
            write(2, "b");
            await("the hang to be noticed").atMost(PostgresServer.LIMIT).until(() -> !journal().isWritable());
            assertFalse(isAccepted(), "its outcome is unknown");
        } finally {
            server.signal("CONT");
        }

        long head = system.replay(ID).highest();
        await("the head to stay").atMost(PostgresServer.LIMIT).until(() -> journal().isWritable());
        write(head + 1, "c");
        if (!isAccepted()) {
            // What hung was written after the replay: refused, as D1 wants it; the next replay finds it.
            head = system.replay(ID).highest();
            system.mustWrite(ID, head + 1, "c");
        }
        assertEquals(head + 1, system.replay(ID).events().size());
    }
}
