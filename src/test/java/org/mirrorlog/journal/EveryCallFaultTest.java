package org.mirrorlog.journal;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A fault at every call of the segment journal and of the snapshot files in turn: nothing acknowledged is lost, other
 * logs are served, and service comes back when the fault ends.
 */
@Timeout(60)
class EveryCallFaultTest {

    private static final List<String> LOGS = List.of("log0", "log1");
    private static final int ROUNDS = 9;
    /** A fault of one call, and one that lasts over everything that is tried again. */
    private static final long[] LENGTHS = {1, 12};

    private SimulatedStorage disk;
    private FaultyStorage faulty;
    private CoreFixture journal;
    /** Whether the last life came as far as its fault. */
    private boolean isReached;
    private final Map<String, List<String>> acknowledged = new HashMap<>();

    private void open() throws IOException {
        disk = new SimulatedStorage(new Random(7));
        faulty = new FaultyStorage(disk);
        journal = new CoreFixture(faulty, CoreFixture.options(1024, 1024, 512, 50)).open();
        acknowledged.clear();
        LOGS.forEach(log -> acknowledged.put(log, new ArrayList<>()));
    }

    /** One append; returns whether it was acknowledged. */
    private boolean append(String log, int round) {
        List<String> known = acknowledged.get(log);
        long next = known.size() + 1;
        String text = log + " " + round + "-".repeat(90);
        if (journal.append(log, next, text) != null) {
            return false;
        }
        known.add(next + ":" + text);
        return true;
    }

    /** Returns how many appends failed. */
    private int live() throws IOException {
        int failed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (String log : LOGS) {
                failed += append(log, round) ? 0 : 1;
            }
            journal.compact();
        }
        return failed;
    }

    private void check(String when) throws IOException {
        for (String log : LOGS) {
            assertEquals(acknowledged.get(log), journal.replay(log), when);
            assertTrue(append(log, ROUNDS), "served again, " + when);
        }
        disk.failPower();
        CoreFixture again = new CoreFixture(disk, CoreFixture.small()).open();
        for (String log : LOGS) {
            assertEquals(acknowledged.get(log), again.replay(log), "after a power failure, " + when);
        }
    }

    @ParameterizedTest
    @EnumSource(value = FaultyStorage.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void shouldLoseNothingWhicheverCallOfTheJournalFails(FaultyStorage.Fault fault) throws IOException {
        for (long length : LENGTHS) {
            long at = 0;
            do {
                at++;
                String when = fault + " at call " + at + ", " + length + " calls";
                open();
                faulty.arm(fault, at, length);

                int failed = live();

                assertTrue(failed <= length, () -> "one failure for each call at most, " + when);
                isReached = faulty.calls() >= at;
                faulty.end();
                check(when);
            } while (isReached);
            assertTrue(at > 50, "the life of a journal has many calls");
        }
    }

    @ParameterizedTest
    @EnumSource(value = FaultyStorage.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void shouldOpenAgainWhicheverCallOfTheOpeningFailed(FaultyStorage.Fault fault) throws IOException {
        long at = 0;
        do {
            at++;
            open();
            live();
            disk.restart();
            faulty.arm(fault, at, 1);
            try {
                journal = new CoreFixture(faulty, CoreFixture.small()).open();
            } catch (IOException e) {
                assertTrue(e.getMessage() != null, "a line");
            }
            isReached = faulty.calls() >= at;
            faulty.end();
            journal = new CoreFixture(faulty, CoreFixture.small()).open();
            check(fault + " at call " + at + " of the opening");
        } while (isReached);
        assertTrue(at > 10, "several calls");
    }

    @Test
    void shouldHoldWritesWhileAnyCallHangsAndSaySo() throws IOException {
        long calls = 12;
        for (long at = 1; at <= calls; at++) {
            disk = new SimulatedStorage(new Random(7));
            faulty = new FaultyStorage(disk);
            AtomicLong nowNs = new AtomicLong();
            try (SegmentJournal hanging = SegmentJournal.open(faulty, CoreFixture.options(1024, 1024, 512, 50),
                    new CoreFixture.Lines(), nowNs::get, () -> CoreFixture.ID)) {
                faulty.arm(FaultyStorage.Fault.HANG, at, 1);
                List<CoreFixture.Outcome> outcomes = new ArrayList<>();
                long next = 1;
                while (!faulty.isHanging() && next < 40) {
                    CoreFixture.Outcome outcome = new CoreFixture.Outcome();
                    hanging.append("log0", next++, CoreFixture.events("x".repeat(90)), outcome);
                    outcomes.add(outcome);
                    await().until(() -> outcome.isDecided || faulty.isHanging());
                }
                nowNs.set(10_000_000_000L);
                assertTrue(hanging.problem().orElse("").contains("waits for its storage since"), "call " + at);
                faulty.end();
                await().until(() -> outcomes.get(outcomes.size() - 1).isDecided);
                outcomes.forEach(outcome -> assertNull(outcome.failure));
                await().until(() -> hanging.problem().isEmpty());
            }
            disk.failPower();
        }
    }

    // --- snapshots ------------------------------------------------------------------------------------------------

    private static final String ID = "mirrorlog|log";

    /** One directory behind the faults; it exists from the first save on. */
    private final class OneDirectory implements SnapshotFiles.Door {

        private boolean exists;

        @Override
        public Storage open(String name) throws IOException {
            if (!exists) {
                throw new NoSuchFileException(name);
            }
            return faulty;
        }

        @Override
        public Storage openOrCreate(String name) {
            exists = true;
            return faulty;
        }
    }

    private static SnapshotCodec.Stored snapshot(long sequenceNr) {
        return new SnapshotCodec.Stored(ID, sequenceNr, sequenceNr, 1, "m", new byte[700], null);
    }

    @ParameterizedTest
    @EnumSource(value = FaultyStorage.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void shouldFindTheNewestSavedSnapshotWhicheverCallFailed(FaultyStorage.Fault fault) throws IOException {
        for (long length : LENGTHS) {
            long at = 0;
            do {
                at++;
                disk = new SimulatedStorage(new Random(7));
                faulty = new FaultyStorage(disk).arm(fault, at, length);
                SnapshotFiles files = new SnapshotFiles(new OneDirectory(), new SnapshotReference(CoreFixture.ID, 60),
                        new CoreFixture.Lines());
                long saved = 0;
                for (long sequenceNr = 10; sequenceNr <= 60; sequenceNr += 10) {
                    saved = saves(files, sequenceNr) ? sequenceNr : saved;
                }
                isReached = faulty.calls() >= at;
                faulty.end();
                String when = fault + " at call " + at + ", " + length + " calls, saved up to " + saved;
                assertTrue(saved <= newest(files), when);
                disk.failPower();
                assertTrue(saved <= newest(files), "after a power failure, " + when);
                assertTrue(saves(files, 60), "served again, " + when);
                assertEquals(60, newest(files), when);
            } while (isReached);
            assertTrue(at > 20, "several calls");
        }
    }

    /** As an owner does it: saved, then older ones are deleted, which may fail. */
    private static boolean saves(SnapshotFiles files, long sequenceNr) {
        try {
            files.save(snapshot(sequenceNr));
        } catch (IOException e) {
            return false;
        }
        try {
            files.delete(ID, name -> name.sequenceNr() < sequenceNr - 10);
        } catch (IOException e) {
            assertFalse(e.getMessage().isEmpty());
        }
        return true;
    }

    private static long newest(SnapshotFiles files) throws IOException {
        SnapshotCodec.Stored found = files.load(ID, name -> true, stored -> stored);
        return found == null ? 0 : found.sequenceNr();
    }
}
