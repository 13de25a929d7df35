package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a writing program with SIGKILL at random moments, again and again on the same journal; nothing is lost. */
class CrashTest {

    private static final int KILLS = Integer.getInteger("kills", 400);
    private static final int LANES = 2;

    @TempDir
    private Path directory;

    /** What was acknowledged, over all lives. */
    private static final class Acknowledged {
        private final long[] heads = new long[CrashChild.IDS];
        private final long[] deletedTo = new long[CrashChild.IDS];
        private long lines;
        private long opened;

        void take(String line) {
            if (line.equals("OPEN")) {
                opened++;
                return;
            }
            String[] words = line.split(" ");
            assertEquals(3, words.length, line);
            int id = Integer.parseInt(words[1].substring("log-".length()));
            long number = Long.parseLong(words[2]);
            if (words[0].equals("A")) {
                heads[id] = Math.max(heads[id], number);
            } else {
                assertEquals("D", words[0], line);
                deletedTo[id] = Math.max(deletedTo[id], number);
            }
            lines++;
        }
    }

    @Test
    @Tag("slow")
    void shouldLoseNothingAcknowledgedOverAThousandKills() throws Exception {
        runKills(KILLS, Long.getLong("seed", 20261122));
    }

    @Test
    void shouldLoseNothingAcknowledgedOverAFewKills() throws Exception {
        runKills(6, Long.getLong("seed", 7));
    }

    /** Else a test that is killed itself leaves programs that write until the disk is full. */
    @Test
    void shouldHaveNoProgramThatWritesForNobody() throws Exception {
        Process child = ChildJvm.start(CrashChild.class, directory.resolve("journal").toString(), "7");
        try {
            assertEquals("OPEN", child.inputReader(StandardCharsets.US_ASCII).readLine());
            child.getInputStream().close();

            assertTrue(child.waitFor(60, TimeUnit.SECONDS), "it ends by itself");
        } finally {
            child.destroyForcibly();
        }
    }

    private void runKills(int kills, long seed) throws InterruptedException, ExecutionException {
        ExecutorService lanes = Executors.newFixedThreadPool(LANES);
        try {
            List<Future<Acknowledged>> results = new ArrayList<>();
            for (int lane = 0; lane < LANES; lane++) {
                Path own = directory.resolve("journal-" + lane);
                long ownSeed = seed + lane * 1_000_003L;
                Callable<Acknowledged> lives = () -> lives(own, ownSeed, kills / LANES);
                results.add(lanes.submit(lives));
            }
            long lines = 0;
            long opened = 0;
            for (Future<Acknowledged> result : results) {
                lines += result.get().lines;
                opened += result.get().opened;
            }
            System.out.println("crash test: " + kills + " kills (seed " + seed + "), " + opened
                    + " of them after opening, "
                    + lines + " acknowledged writes, none lost");
            assertTrue(opened > kills / 2 && lines > kills, "most lives must have written something");
        } finally {
            lanes.shutdownNow();
        }
    }

    private static Acknowledged lives(Path own, long seed, int kills) throws IOException, InterruptedException {
        Random random = new Random(seed);
        Acknowledged acknowledged = new Acknowledged();
        for (int life = 0; life < kills; life++) {
            live(own, random, acknowledged);
            check(own, acknowledged, "life " + life + " of seed " + seed);
        }
        return acknowledged;
    }

    private static void live(Path own, Random random, Acknowledged acknowledged) throws IOException,
            InterruptedException {
        Process child = ChildJvm.start(CrashChild.class, own.toString(), String.valueOf(random.nextLong()));
        try (BufferedReader out = new BufferedReader(
                new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
            boolean isEarly = random.nextInt(8) == 0;
            if (isEarly) {
                // While it starts, opens or begins to write: there is nothing to count by, so by time.
                child.waitFor(random.nextInt(400), TimeUnit.MILLISECONDS);
            } else {
                for (int lines = random.nextInt(1 << 1 + random.nextInt(9)); lines >= 0; lines--) {
                    String line = out.readLine();
                    assertTrue(line != null, "the child ended by itself");
                    acknowledged.take(line);
                }
            }
            // By its handle: killing by the process itself would close the pipe with lines still in it.
            child.toHandle().destroyForcibly();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                acknowledged.take(line);
            }
            assertEquals(128 + 9, child.waitFor(), "ended by SIGKILL");
        } finally {
            child.destroyForcibly();
        }
    }

    private static void check(Path own, Acknowledged acknowledged, String where) throws IOException {
        if (!Files.exists(own)) {
            return;
        }
        CoreFixture.Lines lines = new CoreFixture.Lines();
        try (SegmentJournal journal = SegmentJournal.open(own, CrashChild.options(), lines, System::nanoTime,
                () -> CoreFixture.ID)) {
            for (int i = 0; i < CrashChild.IDS; i++) {
                String id = CrashChild.id(i);
                long head = journal.headSequenceNr(id);
                assertTrue(head >= acknowledged.heads[i],
                        where + ": " + id + " acknowledged up to " + acknowledged.heads[i] + ", found " + head);
                assertTrue(journal.deletedTo(id) >= acknowledged.deletedTo[i],
                        where + ": a deletion of " + id + " is lost");
                long[] next = {journal.deletedTo(id) + 1};
                journal.replay(id, 1, Long.MAX_VALUE, Long.MAX_VALUE, (sequenceNr, event) -> {
                    assertEquals(next[0]++, sequenceNr, where + ": order of " + id);
                    assertEquals(CrashChild.event(id, sequenceNr), new String(event, StandardCharsets.UTF_8), where);
                });
                assertEquals(head + 1, next[0], where + ": all of " + id);
            }
        }
    }
}
