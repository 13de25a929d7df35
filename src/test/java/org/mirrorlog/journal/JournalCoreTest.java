package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Appends, deletions, heads and compaction of one journal, without its thread. */
class JournalCoreTest {

    private static final String ID = "log";

    private SimulatedStorage storage;
    private CoreFixture journal;

    @BeforeEach
    void open() throws IOException {
        storage = new SimulatedStorage(new Random(1));
        journal = new CoreFixture(storage, CoreFixture.small()).open();
    }

    private void reopen() throws IOException {
        journal.core.close();
        journal = new CoreFixture(storage, CoreFixture.small()).open();
    }

    @Test
    void shouldAcceptAnAppendRightAfterTheHeadOnlyD1() throws IOException {
        journal.mustAppend(ID, 1, "a", "b");

        for (long first : new long[] {0, 1, 2, 4, 5, -1, Long.MAX_VALUE}) {
            IOException refusal = assertInstanceOf(AppendRefusedException.class, journal.append(ID, first, "x"));
            assertTrue(refusal.getMessage().contains("sequence number " + first + " but the head is 2"),
                    refusal.getMessage());
        }

        assertEquals(List.of("1:a", "2:b"), journal.replay(ID));
        assertEquals(7, journal.core.counters().snapshot().refused());
        journal.mustAppend(ID, 3, "c");
    }

    @Test
    void shouldDecideEachAppendOfAGroupOnTheOnesBeforeItD1() throws IOException {
        CoreFixture.Outcome[] outcomes = new CoreFixture.Outcome[5];
        for (int i = 0; i < outcomes.length; i++) {
            outcomes[i] = new CoreFixture.Outcome();
        }

        journal.core.commit(List.of(
                WriteRequest.Append.of(ID, 1, CoreFixture.events("owner one"), outcomes[0]),
                WriteRequest.Append.of(ID, 1, CoreFixture.events("owner two"), outcomes[1]),
                WriteRequest.Append.of(ID, 2, CoreFixture.events("owner one again"), outcomes[2]),
                WriteRequest.Append.of("other", 1, CoreFixture.events("innocent"), outcomes[3]),
                new WriteRequest.Barrier(outcomes[4])));

        assertNull(outcomes[0].failure);
        assertInstanceOf(AppendRefusedException.class, outcomes[1].failure);
        assertNull(outcomes[2].failure);
        assertNull(outcomes[3].failure);
        assertTrue(outcomes[4].isDecided && outcomes[4].failure == null, "the barrier is decided with its group");
        assertEquals(List.of("1:owner one", "2:owner one again"), journal.replay(ID));
        assertEquals(1, journal.core.counters().snapshot().commits(), "one force for all");
    }

    @Test
    void shouldNeverMoveAHeadBackByDeletionOrCompactionD1() throws IOException {
        for (int i = 1; i <= 60; i++) {
            journal.mustAppend(ID, i, "event " + i + "x".repeat(200));
        }
        journal.mustDelete(ID, Long.MAX_VALUE);
        for (int i = 1; i <= 60; i++) {
            journal.mustAppend("other", i, "event " + i + "x".repeat(200));
        }
        journal.compact();
        assertTrue(storage.list().stream().noneMatch(name -> name.equals(SegmentHeader.fileName(1))),
                "segments of deleted events are gone");

        for (int round = 0; round < 3; round++) {
            reopen();
            assertEquals(60, journal.core.index().head(ID));
            assertEquals(60, journal.core.index().deletedTo(ID));
            assertEquals(List.of(), journal.replay(ID));
            assertInstanceOf(AppendRefusedException.class, journal.append(ID, 1, "as if it were new"));
            assertInstanceOf(AppendRefusedException.class, journal.append(ID, 60, "again"));
        }
        journal.mustAppend(ID, 61, "next");
        reopen();
        assertEquals(List.of("61:next"), journal.replay(ID));
    }

    @Test
    void shouldReplayPartsOfRecords() throws IOException {
        journal.mustAppend(ID, 1, "a", "b", "c", "d");
        journal.mustAppend(ID, 5, "e");
        journal.mustDelete(ID, 2);

        for (int round = 0; round < 2; round++) {
            assertEquals(List.of("3:c", "4:d", "5:e"), journal.replay(ID));
            assertEquals(List.of("4:d"), journal.replay(ID, 4, 4, 9));
            assertEquals(List.of("3:c", "4:d"), journal.replay(ID, 1, Long.MAX_VALUE, 2));
            reopen();
        }
    }

    @Test
    void shouldTakeDeletionsUpToTheHeadAtMost() throws IOException {
        journal.mustDelete("unknown", 7);
        journal.mustAppend(ID, 1, "a", "b");
        journal.mustDelete(ID, 1000);
        journal.mustDelete(ID, 1);

        assertEquals(0, journal.core.index().head("unknown"));
        assertEquals(2, journal.core.index().deletedTo(ID));
        journal.mustAppend(ID, 3, "c");
        assertEquals(List.of("3:c"), journal.replay(ID));
    }

    @Test
    void shouldCopyTheRestOfNearlyEmptySegmentsForward() throws IOException {
        journal.mustAppend("idle", 1, "kept for ever");
        for (int i = 1; i <= 100; i++) {
            journal.mustAppend(ID, i, "event " + i + "x".repeat(300));
            if (i % 10 == 0) {
                journal.mustDelete(ID, i - 1);
            }
        }

        journal.compact();

        assertTrue(storage.usedBytes() < 4 * 4096,
                () -> "space comes back: " + storage.list() + " " + storage.usedBytes());
        assertTrue(journal.core.counters().snapshot().movedBytes() > 0, "copied forward");
        for (int round = 0; round < 2; round++) {
            assertEquals(List.of("1:kept for ever"), journal.replay("idle"));
            assertEquals(1, journal.replay(ID).size());
            reopen();
        }
    }

    @Test
    void shouldKeepSegmentsWhileTheyAreReplayed() throws IOException {
        for (int i = 1; i <= 40; i++) {
            journal.mustAppend(ID, i, "event " + i + "x".repeat(300));
        }
        StringBuilder seen = new StringBuilder();

        journal.core.replayer().replay(ID, 1, Long.MAX_VALUE, Long.MAX_VALUE, (sequenceNr, event) -> {
            if (sequenceNr == 1) {
                journal.mustDelete(ID, 40);
                journal.compact();
            }
            seen.append(sequenceNr).append(' ');
        });

        assertTrue(seen.toString().endsWith("39 40 "), seen.toString());
        journal.mustAppend(ID, 41, "wakes compaction");
        journal.mustDelete(ID, 41);
        journal.compact();
        assertTrue(storage.list().size() <= 2, () -> "then they go: " + storage.list());
    }

    @Test
    void shouldFindEveryRecordAfterManyDeletions() {
        History history = new History(new byte[0]);
        Random random = new Random(5);
        long next = 1;
        for (int i = 0; i < 50_000; i++) {
            int count = 1 + random.nextInt(3);
            history.put(new History.Place(1 + i / 100, i * 8L, 40, next, count));
            next += count;
            if (random.nextInt(3) == 0) {
                history.setDeletedTo(Math.max(history.deletedTo(), next - 500));
                while (history.pollDeleted() != null) {
                    continue;
                }
            }
        }

        for (int i = 0; i < history.records(); i++) {
            History.Place place = history.place(i);
            assertEquals(i, history.indexOf(place.firstSequenceNr()));
            assertEquals(i, history.indexOf(place.lastSequenceNr()));
            assertTrue(i == 0 || history.place(i - 1).lastSequenceNr() + 1 == place.firstSequenceNr(), "in order");
        }
        assertTrue(history.records() > 100 && history.records() < 600, () -> "records: " + history.records());
        assertEquals(history.records(), history.indexOf(next));
        assertEquals(0, history.indexOf(0));
    }
}
