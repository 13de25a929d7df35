package org.mirrorlog.journal;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.persistence.DeleteSnapshotSuccess;
import akka.persistence.DeleteSnapshotsSuccess;
import akka.persistence.JournalProtocol;
import akka.persistence.SaveSnapshotFailure;
import akka.persistence.SaveSnapshotSuccess;
import akka.persistence.SelectedSnapshot;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotProtocol;
import akka.persistence.SnapshotSelectionCriteria;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import scala.Option;

/**
 * The contract of an Akka Persistence snapshot store, asked by the messages a persistent actor sends; for each of
 * ours.
 */
@Timeout(60)
public abstract class SnapshotContract {

    protected static final String ID = "mirrorlog|some-log";

    protected JournalSystem system;
    private final long[] timestamps = new long[6];

    /** Opens the same store each time in one test, an empty one in each test. */
    protected abstract JournalSystem open();

    @BeforeEach
    void start() {
        system = open();
        system.mustWriteAtOnce(ID, 1, 80);
        for (int i = 1; i <= 5; i++) {
            timestamps[i] = save(i * 10, "state " + i);
        }
    }

    @AfterEach
    void stop() {
        system.close();
    }

    /** Returns the timestamp that Akka gave it. */
    protected final long save(long sequenceNr, Object state) {
        return save(ID, sequenceNr, state);
    }

    private long save(String id, long sequenceNr, Object state) {
        tell(new SnapshotProtocol.SaveSnapshot(new SnapshotMetadata(id, sequenceNr, 0), state));
        return system.probe.expectMsgClass(JournalSystem.LIMIT, SaveSnapshotSuccess.class).metadata().timestamp();
    }

    private void tell(Object message) {
        system.snapshots.tell(message, system.probe.getRef());
    }

    /** "sequence number:state", or "none". */
    private String load(SnapshotSelectionCriteria criteria, long toSequenceNr) {
        return load(ID, criteria, toSequenceNr);
    }

    private String load(String id, SnapshotSelectionCriteria criteria, long toSequenceNr) {
        tell(new SnapshotProtocol.LoadSnapshot(id, criteria, toSequenceNr));
        Option<SelectedSnapshot> found = system.probe
                .expectMsgClass(JournalSystem.LIMIT, SnapshotProtocol.LoadSnapshotResult.class).snapshot();
        if (found.isEmpty()) {
            return "none";
        }
        SnapshotMetadata metadata = found.get().metadata();
        assertEquals(id, metadata.persistenceId());
        assertTrue(metadata.timestamp() >= timestamps[1] && metadata.timestamp() > 0, "a timestamp");
        return metadata.sequenceNr() + ":" + found.get().snapshot();
    }

    protected final String latest() {
        return load(SnapshotSelectionCriteria.latest(), Long.MAX_VALUE);
    }

    @Test
    void shouldLoadByCriteria() {
        assertEquals("50:state 5", latest());
        assertEquals("30:state 3", load(SnapshotSelectionCriteria.latest(), 39));
        assertEquals("20:state 2", load(SnapshotSelectionCriteria.create(29, Long.MAX_VALUE), Long.MAX_VALUE));
        assertEquals("50:state 5", load(SnapshotSelectionCriteria.create(Long.MAX_VALUE, timestamps[5]),
                Long.MAX_VALUE));
        assertEquals("none", load(SnapshotSelectionCriteria.create(Long.MAX_VALUE, timestamps[1] - 1), Long.MAX_VALUE));
        assertEquals("none", load(SnapshotSelectionCriteria.create(9, Long.MAX_VALUE), Long.MAX_VALUE));
        assertEquals("none", load(SnapshotSelectionCriteria.create(Long.MAX_VALUE, Long.MAX_VALUE, 51, 0),
                Long.MAX_VALUE));
        assertEquals("none", load(SnapshotSelectionCriteria.none(), Long.MAX_VALUE));
    }

    @Test
    void shouldDeleteOne() {
        tell(new SnapshotProtocol.DeleteSnapshot(new SnapshotMetadata(ID, 50, timestamps[5])));
        system.probe.expectMsgClass(JournalSystem.LIMIT, DeleteSnapshotSuccess.class);
        assertEquals("40:state 4", latest());

        tell(new SnapshotProtocol.DeleteSnapshot(new SnapshotMetadata(ID, 40, 0)));
        system.probe.expectMsgClass(JournalSystem.LIMIT, DeleteSnapshotSuccess.class);
        assertEquals("30:state 3", latest());
    }

    @Test
    void shouldDeleteByCriteria() {
        tell(new SnapshotProtocol.DeleteSnapshots(ID, SnapshotSelectionCriteria.create(40, Long.MAX_VALUE, 20, 0)));
        system.probe.expectMsgClass(JournalSystem.LIMIT, DeleteSnapshotsSuccess.class);

        assertEquals("50:state 5", latest());
        assertEquals("10:state 1", load(SnapshotSelectionCriteria.create(49, Long.MAX_VALUE), Long.MAX_VALUE));
    }

    @Test
    void shouldReplaceASnapshotOfTheSameNameAndKeepAllOverARestart() {
        await("the clock to go on").until(() -> System.currentTimeMillis() > timestamps[5]);
        save(50, "state 5 again");
        save(60, "x".repeat(300_000));
        system.close();
        system = open();

        assertEquals("50:state 5 again", load(SnapshotSelectionCriteria.create(59, Long.MAX_VALUE), Long.MAX_VALUE));
        assertTrue(latest().startsWith("60:xxx"));
    }

    /** A snapshot is saved after its events: one of this journal above the head proves that it has lost some. */
    @Test
    protected void shouldFailTheReplayOfALogOfWhichOneIsAboveTheHead() {
        save(90, "of commits that are lost");
        for (int start = 0; start < 2; start++) {
            assertEquals("90:of commits that are lost", latest());
            Throwable failure = replayFrom(91);
            assertInstanceOf(LostHistoryException.class, failure.getCause() == null ? failure : failure.getCause());
            assertTrue(failure.getMessage().contains("ends at event 80, and a snapshot of event 90"),
                    failure::getMessage);
            system.close();
            system = open();
        }

        tell(new SnapshotProtocol.DeleteSnapshots(ID, SnapshotSelectionCriteria.create(Long.MAX_VALUE, Long.MAX_VALUE,
                81, 0)));
        system.probe.expectMsgClass(JournalSystem.LIMIT, DeleteSnapshotsSuccess.class);
        assertEquals("50:state 5", latest());
        assertEquals(80, system.replay(ID, 51, Long.MAX_VALUE, Long.MAX_VALUE).highest());
        system.mustWriteAtOnce(ID, 81, 20);
        assertEquals("50:state 5", latest(), "not when the head has grown beyond it either");
    }

    private Throwable replayFrom(long sequenceNr) {
        system.journal.tell(new JournalProtocol.ReplayMessages(sequenceNr, Long.MAX_VALUE, Long.MAX_VALUE, ID,
                system.probe.getRef()), system.probe.getRef());
        return system.probe.expectMsgClass(JournalSystem.LIMIT, JournalProtocol.ReplayMessagesFailure.class).cause();
    }

    /** No order could bring it back. */
    @Test
    void shouldGoOnWithoutOneAboveTheHeadOfWhatIsNoLog() {
        String id = "mirrorlog-deaths|all";
        system.mustWriteAtOnce(id, 1, 80);
        save(id, 90, "of a history that is lost");

        assertEquals("none", load(id, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE));
        system.mustWriteAtOnce(id, 81, 20);
        assertEquals("none", load(id, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE),
                "not when the head has grown beyond it either");
    }

    @Test
    void shouldFailASnapshotThatCannotBeSerialized() {
        tell(new SnapshotProtocol.SaveSnapshot(new SnapshotMetadata(ID, 70, 7000), new Object()));

        system.probe.expectMsgClass(JournalSystem.LIMIT, SaveSnapshotFailure.class);
        assertEquals("50:state 5", latest());
    }
}
