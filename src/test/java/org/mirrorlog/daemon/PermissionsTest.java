package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.protocol.RequestType;

/**
 * What requests cost on two machines (the table of the design), and marks that are given up for somebody's recovery.
 */
@Tag("slow")
@Timeout(240)
class PermissionsTest {
    private static final byte[] NOTHING = {};
    private static final String CORE = "65536 clustered-core 1024 nosync";
    private static final String UUID = "LVM-permissions";

    @TempDir
    private Path dir;
    private Daemons daemons;

    @BeforeEach
    void start(TestInfo test) throws Exception {
        daemons = Daemons.start(dir, test.getTestMethod().orElseThrow().getName(), 2,
                "mirrorlog.marks.lazy-clear = 10 minutes");
    }

    @AfterEach
    void stop() {
        daemons.close();
    }

    private static void flush(PlainKernel table, long... regions) throws Exception {
        table.askWell(RequestType.MARK_REGION, PlainKernel.words(regions));
        table.askWell(RequestType.FLUSH, NOTHING);
    }

    /** Rounds of both machines, repeated ones excepted, and commits. */
    private Map<String, Long> costs() {
        Map<String, Long> costs = new TreeMap<>();
        costs.put("rounds", 0L);
        for (int i = 1; i <= 2; i++) {
            JsonNode counters = daemons.counters(i);
            costs.merge("rounds", counters.path("tables.rounds.own").asLong(), Long::sum);
            for (RequestType type : RequestType.values()) {
                costs.merge("rounds", counters.path("tables.rounds." + type).asLong(), Long::sum);
            }
        }
        costs.put("commits", (long) daemons.commits(UUID));
        return costs;
    }

    private interface Action {
        void run() throws Exception;
    }

    private void assertCosts(String what, long rounds, long commits, Action action) throws Exception {
        Map<String, Long> before = costs();
        action.run();
        Map<String, Long> after = costs();
        assertEquals(rounds, after.get("rounds") - before.get("rounds"), "rounds of " + what);
        assertEquals(commits, after.get("commits") - before.get("commits"), "commits of " + what);
    }

    @Test
    void shouldCostWhatTheTableSaysOnTheOwnersNodeAndOnAnother() throws Exception {
        try (PlainKernel one = daemons.resumed(1, UUID, CORE); PlainKernel two = daemons.resumed(2, UUID, CORE)) {
            int region = 0;
            for (PlainKernel table : new PlainKernel[] {one, two}) {
                int first = region;
                assertCosts("a cold write", 1, 1, () -> flush(table, first));
                assertCosts("a hot write", 0, 0, () -> flush(table, first));
                assertCosts("clears", 0, 0, () -> table.askWell(RequestType.CLEAR_REGION, PlainKernel.words(first)));
                assertCosts("a flush of clears", 0, 0, () -> table.askWell(RequestType.FLUSH, NOTHING));
                assertCosts("a write to a region that is held on", 0, 0, () -> flush(table, first));
                assertCosts("many cold writes", 1, 1, () -> flush(table, first + 1, first + 2, first + 3));
                assertCosts("a read", 0, 0, () -> assertEquals(1, table.askNumber(RequestType.IN_SYNC, 60)));
                assertCosts("no work", 0, 0, () -> table.askWell(RequestType.GET_RESYNC_WORK, NOTHING));
                assertCosts("all in sync", 1, 1, () -> assertEquals(64, table.askNumber(RequestType.GET_SYNC_COUNT)));
                assertCosts("all in sync again", 0, 0,
                        () -> assertEquals(64, table.askNumber(RequestType.GET_SYNC_COUNT)));
                assertCosts("may write", 0, 0,
                        () -> table.askWell(RequestType.IS_REMOTE_RECOVERING, PlainKernel.words(60)));
                region += 10;
            }
            assertCosts("leaving", 1, 1, () -> {
                two.askWell(RequestType.PRESUSPEND, NOTHING);
                two.askWell(RequestType.POSTSUSPEND, NOTHING);
            });
            assertCosts("joining", 1, 1, () -> two.askWell(RequestType.RESUME, NOTHING));
        }
    }

    private static long work(PlainKernel table) throws Exception {
        ByteBuffer work = ByteBuffer.wrap(table.askWell(RequestType.GET_RESYNC_WORK, NOTHING))
                .order(ByteOrder.nativeOrder());
        return work.getLong(0) == 1 ? work.getLong(8) : -1;
    }

    @Test
    void d12ShouldHaveLazilyHeldMarksGivenUpForTheOtherMachinesRecovery() throws Exception {
        try (PlainKernel one = daemons.resumed(1, UUID, CORE); PlainKernel two = daemons.resumed(2, UUID, CORE)) {
            flush(one, 5, 6);
            one.askWell(RequestType.CLEAR_REGION, PlainKernel.words(5));
            two.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(5, 0));
            two.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(6, 0));

            assertEquals(-1, work(two), "never held, and not under the other one's mark");
            await("the mark is given up").atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS)
                    .until(() -> work(two) == 5);

            two.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(5, 1));
            assertEquals(-1, work(two), "a mark that its kernel has not cleared stays");
            assertCosts("a write where the mark was given up", 1, 1, () -> flush(one, 5));
        }
    }

    @Test
    void shouldJoinAndLeaveALargeLogQuicklyWhileMarksGoOn() throws Exception {
        for (long regions : new long[] {2_000, 2_000_000, 16_000_000}) {
            String uuid = "LVM-large-" + regions;
            String line = regions * 1024 + " clustered-core 1024";
            try (PlainKernel one = daemons.resumed(1, uuid, line); PlainKernel two = daemons.table(2, uuid, 9)) {
                two.construct(line);
                for (int i = 0; i < 3; i++) {
                    for (int mark = 0; mark < 20; mark++) {
                        flush(one, (i * 20L + mark) * 7919 % regions);
                    }
                    long began = System.nanoTime();
                    two.askWell(RequestType.RESUME, NOTHING);
                    System.out.println(regions + " regions: RESUME took "
                            + (System.nanoTime() - began) / 1_000 + " us");
                    assertEquals(0, two.askNumber(RequestType.GET_SYNC_COUNT));
                    flush(two, regions - 1 - i);
                    two.askWell(RequestType.PRESUSPEND, NOTHING);
                    two.askWell(RequestType.POSTSUSPEND, NOTHING);
                }
                assertEquals(regions, daemons.log(1, uuid).get("dirty").asLong());
            }
        }
    }

    @Test
    void shouldNotJoinWithAnotherGeometryUntilTheOthersHaveLeft() throws Exception {
        try (PlainKernel one = daemons.resumed(1, UUID, CORE); PlainKernel two = daemons.table(2, UUID, 9)) {
            flush(one, 5);
            two.construct("131072 clustered-core 1024 nosync");
            Thread resuming = new Thread(() -> {
                try {
                    two.askWell(RequestType.RESUME, NOTHING);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            resuming.start();
            flush(one, 6);
            assertTrue(resuming.isAlive(), "held while the other geometry is in use");

            one.askWell(RequestType.PRESUSPEND, NOTHING);
            one.askWell(RequestType.POSTSUSPEND, NOTHING);

            resuming.join(60_000);
            assertEquals(128, daemons.log(2, UUID).get("regionCount").asLong());
            assertEquals(2, daemons.log(2, UUID).get("dirty").asLong());
        }
    }
}
