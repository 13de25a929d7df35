package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random lives of a journal on simulated storage: appends, deletions, compaction, failing forces and writes, a full
 * disk, and at a random operation the power fails or the program is killed. After each opening the journal must hold
 * exactly what was acknowledged, and at most the one group whose outcome nobody was told.
 */
class PowerLossTest {

    private static final int FEW_SEEDS = 200;
    private static final int MANY_SEEDS = Integer.getInteger("seeds", 8_000);
    private static final int LIVES = 6;
    private static final int IDS = 4;

    @Test
    void shouldLoseNothingAcknowledgedAndInventNothing() {
        runSeeds(FEW_SEEDS);
    }

    @Test
    @Tag("slow")
    void shouldLoseNothingAcknowledgedAndInventNothingInManyLives() {
        runSeeds(MANY_SEEDS);
    }

    private static void runSeeds(int seeds) {
        Long only = Long.getLong("seed");
        long first = only != null ? only : 1;
        long last = only != null ? only : seeds;
        Totals totals = new Totals();
        LongStream.rangeClosed(first, last).parallel().forEach(seed -> {
            try {
                new World(seed, totals).run();
            } catch (AssertionError | RuntimeException | IOException e) {
                throw new AssertionError("failed with -Dseed=" + seed + ": " + e.getMessage(), e);
            }
        });
        if (only == null) {
            totals.mustHaveSeenEverything();
        }
    }

    /** What happened over all seeds, so that the test cannot pass by doing nothing. */
    private static final class Totals {
        private final LongAdder powerFailures = new LongAdder();
        private final LongAdder failuresWhileOpening = new LongAdder();
        private final LongAdder acknowledged = new LongAdder();
        private final LongAdder unknownFound = new LongAdder();
        private final LongAdder unknownVoided = new LongAdder();
        private final LongAdder tornTails = new LongAdder();
        private final LongAdder segmentsRemoved = new LongAdder();
        private final LongAdder movedBytes = new LongAdder();
        private final LongAdder full = new LongAdder();
        private final LongAdder cutJournals = new LongAdder();

        void mustHaveSeenEverything() {
            System.out.println("power loss model: " + powerFailures + " power failures (" + failuresWhileOpening
                    + " while opening), " + acknowledged + " appends acknowledged, " + unknownFound
                    + " unknown groups found again, " + unknownVoided + " voided, " + tornTails + " torn tails, "
                    + segmentsRemoved + " segments removed, " + movedBytes + " bytes moved, " + full + " disk full, "
                    + cutJournals + " ended with an unknown tail");
            assertTrue(Stream.of(powerFailures, failuresWhileOpening, acknowledged, unknownFound, unknownVoided,
                    tornTails, segmentsRemoved, movedBytes, full, cutJournals).allMatch(seen -> seen.sum() > 0),
                    "every kind of trouble must have occurred");
        }
    }

    private static final class World {
        private final Random random;
        private final Totals totals;
        private final SimulatedStorage storage;
        private final List<String> ids = new ArrayList<>();
        private final List<List<WriteRequest>> unknown = new ArrayList<>();
        private JournalModel model = new JournalModel();
        private CoreFixture fixture;
        private int counter;

        World(long seed, Totals totals) {
            this.random = new Random(seed * 7919);
            this.totals = totals;
            this.storage = new SimulatedStorage(random);
            for (int i = 0; i < IDS; i++) {
                ids.add("log" + i);
            }
        }

        void run() throws IOException {
            int segment = 1024 + random.nextInt(6) * 1024;
            JournalOptions options = CoreFixture.options(segment, 1024 + random.nextInt(2048),
                    512 << random.nextInt(3), random.nextInt(4) * 25);
            boolean hasErrors = random.nextInt(3) == 0;
            for (int life = 0; life < LIVES; life++) {
                storage.setShortWrites(random.nextBoolean());
                live(options, hasErrors);
            }
            storage.setCapacityBytes(Long.MAX_VALUE);
            open(options);
        }

        private void live(JournalOptions options, boolean hasErrors) throws IOException {
            storage.setOperationsUntilPowerFailure(1 + random.nextInt(400));
            boolean isNarrow = random.nextInt(4) == 0;
            storage.setCapacityBytes(isNarrow ? storage.usedBytes() + random.nextInt(8192) : Long.MAX_VALUE);
            boolean isOpen = false;
            try {
                open(options);
                isOpen = true;
                if (hasErrors) {
                    storage.setFailureRates(0.02, 0.01, 0.005);
                }
                int steps = random.nextInt(120);
                for (int i = 0; i < steps; i++) {
                    step();
                }
                endLife();
            } catch (SimulatedStorage.PowerFailure e) {
                totals.powerFailures.increment();
                totals.failuresWhileOpening.add(isOpen ? 0 : 1);
                storage.failPower();
            } catch (JournalException e) {
                assertTrue(!isOpen && e.getMessage().contains("No space left"), e.getMessage());
                storage.restart();
            }
        }

        private void endLife() throws IOException {
            JournalCounters.Snapshot counters = fixture.core.counters().snapshot();
            totals.segmentsRemoved.add(counters.segmentsRemoved());
            totals.movedBytes.add(counters.movedBytes());
            totals.cutJournals.add(fixture.core.state() == JournalCore.State.TAIL_UNKNOWN ? 1 : 0);
            int how = random.nextInt(3);
            if (how == 0) {
                storage.failPower();
            } else {
                if (how == 1) {
                    fixture.core.close();
                    assertEquals(0, storage.openFiles(), "files left open");
                }
                storage.restart();
            }
        }

        /** Opens the journal; what it holds must be what was acknowledged, or that and some of an unknown group. */
        private void open(JournalOptions options) throws IOException {
            fixture = new CoreFixture(storage, options).open();
            totals.tornTails.add(fixture.lines.count("torn tail"));
            JournalModel found = JournalModel.observe(fixture, ids);
            assertTrue(model.possible(unknown).contains(found), () -> "found\n" + found + "acknowledged\n" + model);
            totals.unknownFound.add(found.equals(model) ? 0 : 1);
            model = found;
            unknown.clear();
        }

        private void step() throws IOException {
            int what = random.nextInt(20);
            if (what < 14) {
                commitGroup();
            } else if (what < 18) {
                fixture.core.compactStep();
            } else if (what == 18) {
                storage.setCapacityBytes(Long.MAX_VALUE);
            } else {
                assertEquals(model, JournalModel.observe(fixture, ids), "what the open journal tells");
            }
        }

        private void commitGroup() {
            List<WriteRequest> group = new ArrayList<>();
            List<CoreFixture.Outcome> outcomes = new ArrayList<>();
            JournalModel after = model;
            boolean isWritten = false;
            int bytes = 0;
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                CoreFixture.Outcome outcome = new CoreFixture.Outcome();
                WriteRequest request = request(after, outcome);
                bytes += request.encodedBytes();
                if (bytes <= fixture.options.groupBytes()) {
                    group.add(request);
                    outcomes.add(outcome);
                    isWritten |= after.isWritten(request);
                    after = after.after(List.of(request), 1);
                }
            }
            unknown.add(group);
            fixture.core.commit(group);
            settle(group, outcomes, isWritten, after);
        }

        private WriteRequest request(JournalModel before, CoreFixture.Outcome outcome) {
            String id = ids.get(random.nextInt(IDS));
            long head = before.head(id);
            if (random.nextInt(6) == 0) {
                long to = random.nextInt(10) == 0 ? Long.MAX_VALUE : random.nextInt((int) head + 1);
                return WriteRequest.Delete.of(id, to, outcome);
            }
            List<byte[]> events = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                events.addAll(CoreFixture.events(id + "/" + counter++ + "x".repeat(random.nextInt(200))));
            }
            return WriteRequest.Append.of(id, head + 1, events, outcome);
        }

        /** All of a group is on disk, or none of it counts until the next opening. */
        private void settle(List<WriteRequest> group, List<CoreFixture.Outcome> outcomes, boolean isWritten,
                JournalModel after) {
            boolean isAcknowledged = true;
            for (int i = 0; i < group.size(); i++) {
                IOException failure = outcomes.get(i).failure;
                assertTrue(outcomes.get(i).isDecided, "every request is answered");
                assertFalse(failure instanceof AppendRefusedException, () -> "refused: " + failure);
                totals.full.add(failure instanceof JournalFullException ? 1 : 0);
                isAcknowledged &= failure == null;
            }
            if (isAcknowledged && isWritten) {
                // What earlier groups without an outcome left behind must never be seen again.
                totals.unknownVoided.add(unknown.size() - 1);
                totals.acknowledged.add(group.size());
                unknown.clear();
                model = after;
            }
        }
    }
}
