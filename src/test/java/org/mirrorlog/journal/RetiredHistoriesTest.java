package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What 10,000 logs cost that had a short life and were retired: in memory, and in each segment. */
@Tag("slow")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RetiredHistoriesTest {
    private static final int LOGS = 10_000;
    private static final int EVENTS = 5;
    /** As LVM names them: 64 characters behind "LVM-". */
    private static final String NAME = "mirrorlog|LVM-" + "x".repeat(58) + "%06d";

    @TempDir
    private Path directory;

    private SegmentJournal open() throws IOException {
        JournalOptions options = new JournalOptions(32 << 20, 1 << 20, 4 << 20, 25, 1 << 16, 16 << 20,
                Duration.ofSeconds(30));
        return SegmentJournal.open(directory, options, new Lines(), System::nanoTime, () -> CoreFixture.ID);
    }

    private static final class Lines implements JournalLog {
        @Override
        public void info(String line) {
            // Not of interest.
        }

        @Override
        public void warn(String line) {
            throw new AssertionError(line);
        }

        @Override
        public void error(String line) {
            throw new AssertionError(line);
        }
    }

    private static void await(List<CompletableFuture<IOException>> all) {
        all.forEach(one -> assertEquals(null, one.join()));
        all.clear();
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private void live(SegmentJournal journal) {
        List<CompletableFuture<IOException>> done = new ArrayList<>();
        for (int log = 0; log < LOGS; log++) {
            for (int event = 1; event <= EVENTS; event++) {
                CompletableFuture<IOException> outcome = new CompletableFuture<>();
                journal.append(NAME.formatted(log), event, List.of(new byte[120]), outcome::complete);
                done.add(outcome);
            }
            if (log % 50 == 49) {
                await(done);
            }
        }
        await(done);
    }

    private void retire(SegmentJournal journal) {
        List<CompletableFuture<IOException>> done = new ArrayList<>();
        for (int log = 0; log < LOGS; log++) {
            CompletableFuture<IOException> outcome = new CompletableFuture<>();
            journal.delete(NAME.formatted(log), EVENTS, outcome::complete);
            done.add(outcome);
            if (log % 500 == 499) {
                await(done);
            }
        }
        await(done);
    }

    @Test
    void shouldCostAFewHundredBytesEach() throws IOException {
        long empty = usedHeap();
        try (SegmentJournal journal = open()) {
            live(journal);
            assertEquals(LOGS, journal.withEvents().toCompletableFuture().join().size());
            long alive = usedHeap() - empty;

            retire(journal);

            assertEquals(Map.of(), journal.withEvents().toCompletableFuture().join());
            long retired = usedHeap() - empty;
            assertTrue(retired < alive && retired / LOGS < 600, "bytes of memory per log: " + alive / LOGS + " alive, "
                    + retired / LOGS + " retired");
        }
        try (SegmentJournal journal = open()) {
            assertEquals(EVENTS, journal.headSequenceNr(NAME.formatted(7)), "the head outlives everything (D1)");
            assertEquals(EVENTS, journal.deletedTo(NAME.formatted(7)));
            int bytes = RecordBodies.headsBytes(List.of(new RecordBodies.Head(
                    RecordBodies.utf8(NAME.formatted(7)), EVENTS, EVENTS))) - RecordBodies.headsBytes(List.of());
            assertTrue(bytes < 100, "bytes of each segment per log: " + bytes);
        }
    }
}
