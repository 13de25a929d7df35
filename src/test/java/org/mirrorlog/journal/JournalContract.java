package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ActorCell;
import akka.actor.ActorRef;
import akka.actor.ActorRefWithCell;
import akka.persistence.JournalProtocol;
import akka.persistence.PersistentRepr;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.OddNames;

/**
 * The contract of an Akka Persistence journal, asked by the messages a persistent actor sends; for each journal of
 * ours.
 */
@Timeout(60)
public abstract class JournalContract {

    protected static final String ID = "mirrorlog|some-log";

    /** Serializable by nobody: Java serialization is off. */
    private static final class Unserializable {
    }

    protected JournalSystem journal;

    /** Opens the same journal each time in one test, an empty one in each test. */
    protected abstract JournalSystem open(boolean isGapRefused);

    @BeforeEach
    void start() {
        journal = open(false);
    }

    @AfterEach
    void stop() {
        journal.close();
    }

    protected final void restart(boolean isGapRefused) {
        journal.close();
        journal = open(isGapRefused);
    }

    @Test
    void shouldKeepLogsApartWhateverTheirNames() {
        OddNames.all().forEach(name -> journal.mustWrite("mirrorlog|" + name, 1, "of " + name));
        restart(true);

        OddNames.all().forEach(name ->
                assertEquals(List.of("1:of " + name), journal.replay("mirrorlog|" + name).events(), name));
    }

    @Test
    void shouldReplayInOrderWithinBounds() {
        journal.mustWrite(ID, 1, "a", "b", "c", "d", "e");

        assertEquals(List.of("1:a", "2:b", "3:c", "4:d", "5:e"), journal.replay(ID).events());
        assertEquals(List.of("3:c", "4:d", "5:e"), journal.replay(ID, 3, Long.MAX_VALUE, Long.MAX_VALUE).events());
        assertEquals(List.of("1:a", "2:b"), journal.replay(ID, 1, 2, Long.MAX_VALUE).events());
        assertEquals(List.of("1:a", "2:b", "3:c"), journal.replay(ID, 1, Long.MAX_VALUE, 3).events());
        assertEquals(List.of("2:b", "3:c"), journal.replay(ID, 2, 3, Long.MAX_VALUE).events());
        assertEquals(List.of("2:b"), journal.replay(ID, 2, 4, 1).events());
        assertEquals(List.of("4:d"), journal.replay(ID, 4, 4, Long.MAX_VALUE).events());
        assertEquals(List.of(), journal.replay(ID, 3, 2, Long.MAX_VALUE).events());
        assertEquals(List.of(), journal.replay(ID, 1, 5, 0).events());
        assertEquals(List.of(), journal.replay("somebody else").events());
    }

    @Test
    void shouldTellHighestSequenceNumberAfterDeletionsAndRestarts() {
        journal.mustWrite(ID, 1, "a", "b", "c", "d", "e");
        assertEquals(5, journal.replay(ID, 1, 0, 0).highest());

        journal.mustDelete(ID, 3);
        assertEquals(new JournalSystem.Replayed(List.of("4:d", "5:e"), 5), journal.replay(ID));

        journal.mustDelete(ID, Long.MAX_VALUE);
        assertEquals(new JournalSystem.Replayed(List.of(), 5), journal.replay(ID));

        restart(false);
        assertEquals(new JournalSystem.Replayed(List.of(), 5), journal.replay(ID));
        journal.mustWrite(ID, 6, "f");
        assertEquals(new JournalSystem.Replayed(List.of("6:f"), 6), journal.replay(ID));
    }

    @Test
    void shouldKeepEventsOverARestartWithAllTheirParts() {
        PersistentRepr event = JournalSystem.event(ID, 1, "payload").withManifest("manifest").withTimestamp(1234567);
        journal.write(JournalSystem.atomic(event));
        journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesSuccessful$.class);
        journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageSuccess.class);

        restart(true);
        journal.journal.tell(new JournalProtocol.ReplayMessages(1, 1, 1, ID, journal.probe.getRef()),
                journal.probe.getRef());

        PersistentRepr found = journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.ReplayedMessage.class)
                .persistent();
        assertEquals("payload", found.payload());
        assertEquals("manifest", found.manifest());
        assertEquals("writer-1", found.writerUuid());
        assertEquals(1234567, found.timestamp());
        assertEquals(ID, found.persistenceId());
        assertEquals(1, found.sequenceNr());
    }

    @Test
    void shouldWriteSeveralEventsAsOne() {
        journal.write(JournalSystem.atomic(JournalSystem.event(ID, 1, "a"), JournalSystem.event(ID, 2, "b")),
                JournalSystem.atomic(JournalSystem.event(ID, 3, "c")));
        journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesSuccessful$.class);
        for (int i = 0; i < 3; i++) {
            journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageSuccess.class);
        }

        assertEquals(List.of("1:a", "2:b", "3:c"), journal.replay(ID).events());
        assertEquals(1, JournalExtension.get(journal.system).journal().counters().appends(), "one append");
    }

    @Test
    void shouldAnswerInTheOrderOfWrites() {
        for (int i = 1; i <= 200; i++) {
            journal.write(JournalSystem.atomic(JournalSystem.event(ID, i, "event " + i)));
        }

        for (int i = 1; i <= 200; i++) {
            journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesSuccessful$.class);
            assertEquals(i, journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageSuccess.class)
                    .persistent().sequenceNr());
        }
        JournalCounters.Snapshot counters = JournalExtension.get(journal.system).journal().counters();
        assertEquals(200, counters.events());
        assertTrue(counters.commits() < 200, () -> "writes that wait share a commit: " + counters);
    }

    @Test
    void shouldRejectWhatCannotBeSerializedAndKeepWhatCameBefore() {
        journal.write(JournalSystem.atomic(JournalSystem.event(ID, 1, "good")),
                JournalSystem.atomic(JournalSystem.event(ID, 2, "half"), JournalSystem.event(ID, 3,
                        new Unserializable())),
                JournalSystem.atomic(JournalSystem.event(ID, 4, "behind")));

        journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesSuccessful$.class);
        journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageSuccess.class);
        for (int i = 2; i <= 4; i++) {
            assertEquals(i, journal.probe.expectMsgClass(JournalSystem.LIMIT,
                    JournalProtocol.WriteMessageRejected.class)
                    .message().sequenceNr());
        }
        assertEquals(new JournalSystem.Replayed(List.of("1:good"), 1), journal.replay(ID));
    }

    @Test
    void shouldRefuseAnAppendThatDoesNotFollowTheHeadD1() {
        journal.mustWrite(ID, 1, "a", "b");
        journal.mustDelete(ID, 2);

        for (long first : new long[] {1, 2, 4, 0}) {
            journal.write(JournalSystem.atomic(JournalSystem.event(ID, first, "stale")));
            Throwable cause = journal.probe.expectMsgClass(JournalSystem.LIMIT,
                    JournalProtocol.WriteMessagesFailed.class)
                    .cause();
            assertInstanceOf(AppendRefusedException.class, cause);
            journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageFailure.class);
        }

        assertEquals(2, journal.replay(ID).highest());
        journal.mustWrite(ID, 3, "c");
        assertEquals(List.of("3:c"), journal.replay(ID).events());
    }

    @Test
    void shouldRefuseOneWriterWithoutHarmToOthersHoweverOftenD1() {
        journal.mustWrite(ID, 1, "a");
        for (int i = 0; i < 50; i++) {
            journal.write(JournalSystem.atomic(JournalSystem.event(ID, 1, "stale")));
            journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessagesFailed.class);
            journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.WriteMessageFailure.class);
        }

        journal.mustWrite("an innocent log", 1, "fine");
        assertEquals(50, JournalExtension.get(journal.system).journal().counters().refused());
    }

    @Test
    void shouldRefuseAReplayWithAHole() {
        journal.mustWrite(ID, 1, "a", "b", "c");
        journal.mustDelete(ID, 2);
        restart(true);

        journal.journal.tell(new JournalProtocol.ReplayMessages(2, Long.MAX_VALUE, Long.MAX_VALUE, ID,
                journal.probe.getRef()), journal.probe.getRef());

        String message = journal.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.ReplayMessagesFailure.class)
                .cause().getMessage();
        assertTrue(message.contains("events 2 to 2 of " + ID + " are deleted"), message);
        assertEquals(List.of("3:c"), journal.replay(ID, 3, Long.MAX_VALUE, Long.MAX_VALUE).events());
    }

    @Test
    void shouldRunItsHelperOnTheHotDispatcher() {
        journal.mustWrite(ID, 1, "warm");

        ActorRef helper = journal.system.actorSelection("/system/" + journal.plugin + "/*")
                .resolveOne(JournalSystem.LIMIT).toCompletableFuture().join();

        assertEquals("mirrorlog.dispatchers.hot",
                ((ActorCell) ((ActorRefWithCell) helper).underlying()).dispatcher().id());
    }
}
