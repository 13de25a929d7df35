package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.OperatorOrders;
import org.mirrorlog.protocol.RequestType;

/** Where logs live: with the first asker, then with whoever uses them; never where the log device is not open. */
@Tag("slow")
@Timeout(240)
class PlacementTest {
    private static final byte[] NOTHING = {};
    /** Rounds are not repeated by those who ask for so long that it would be noticed. */
    private static final String PATIENT = "patient";
    private static final String CORE = "65536 clustered-core 1024 nosync";
    /** A region is copied each 20 ms at most, and an order takes some seconds: not all of them. */
    private static final String UNSYNCED = "10000000 clustered-core 1024";
    /** None of those that may be tried before an order has arrived. */
    private static final long FAR_REGION = 9_500;

    @TempDir
    private Path dir;
    private Daemons daemons;

    @BeforeEach
    void start(TestInfo test) throws Exception {
        String more = test.getTags().contains(PATIENT) ? "mirrorlog.rounds.retry-after = 10 s\n" : "";
        daemons = Daemons.start(dir, test.getTestMethod().orElseThrow().getName(), 2, more);
    }

    @AfterEach
    void stop() {
        daemons.close();
    }

    private static void flush(PlainKernel table, long... regions) throws Exception {
        table.askWell(RequestType.MARK_REGION, PlainKernel.words(regions));
        table.askWell(RequestType.FLUSH, NOTHING);
    }

    private static void leave(PlainKernel table) throws Exception {
        table.askWell(RequestType.PRESUSPEND, NOTHING);
        table.askWell(RequestType.POSTSUSPEND, NOTHING);
    }

    /** A new owner is known by its first commit. */
    private void awaitOwner(int asked, String uuid, String owner, PlainKernel writer) {
        long began = System.nanoTime();
        long[] region = {63};
        await("the log moves").atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS).until(() -> {
            flush(writer, region[0]);
            writer.askWell(RequestType.CLEAR_REGION, PlainKernel.words(region[0]));
            region[0] = region[0] == 32 ? 63 : region[0] - 1;
            return daemons.owner(asked, uuid).equals(owner);
        });
        System.out.println(uuid + " is owned by " + owner + " after "
                + (System.nanoTime() - began) / 1_000_000 + " ms");
    }

    private String diskLine() throws Exception {
        Path image = dir.resolve("log-device");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(1 << 16);
        }
        return "65536 clustered-disk " + image + " 1024";
    }

    private boolean isClean(int region) throws Exception {
        return (Files.readAllBytes(dir.resolve("log-device"))[1024 + region / 8] >>> region % 8 & 1) == 1;
    }

    @Test
    void shouldLiveWithTheFirstAskerAndMoveWhenItsNodeLeaves() throws Exception {
        try (PlainKernel two = daemons.resumed(2, "LVM-a", CORE); PlainKernel one = daemons.resumed(1, "LVM-a", CORE)) {
            assertEquals("node-2", daemons.owner(1, "LVM-a"));
            flush(one, 5);

            leave(two);
            flush(one, 6);
            awaitOwner(1, "LVM-a", "node-1", one);
            flush(one, 7);
            assertEquals("node-1", daemons.owner(1, "LVM-a"));

            two.askWell(RequestType.RESUME, NOTHING);
            flush(two, 8);
            assertEquals("node-1", daemons.owner(2, "LVM-a"), "it stays while it is used there");
        }
    }

    private OperatorOrders.Answer drain(int node, boolean isUndone) throws Exception {
        return OperatorOrders.post(daemons.operators(node), "/mirrorlog/drain", "{\"undo\": " + isUndone + "}");
    }

    private void orderResync(String order) throws Exception {
        OperatorOrders.Answer answer = OperatorOrders.post(daemons.operators(2), "/mirrorlog/logs/LVM-r/resync",
                "{\"order\": \"" + order + "\"}");
        assertEquals(200, answer.statusCode(), answer.body());
    }

    private static long work(PlainKernel table) throws Exception {
        ByteBuffer work = ByteBuffer.wrap(table.askWell(RequestType.GET_RESYNC_WORK, NOTHING))
                .order(ByteOrder.nativeOrder());
        return work.getLong(0) == 1 ? work.getLong(8) : -1;
    }

    /** Each region that it is given until then, from the first on, cannot be copied: it is left alone from then on. */
    private static void awaitNoWork(PlainKernel table) throws Exception {
        await("no work is given").atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS).until(() -> {
            long region = work(table);
            if (region >= 0) {
                table.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(region, 0));
            }
            return region < 0;
        });
    }

    /** A write to a region that is to be copied first asks again and again: what an owner was told ends with it. */
    private void awaitWork(PlainKernel table, long waiting) {
        long[] last = {-1};
        await("what a write waits for is given").atMost(60, TimeUnit.SECONDS)
                .pollInterval(20, TimeUnit.MILLISECONDS).failFast("another region is given", () ->
                        last[0] >= 0 && last[0] != waiting).until(() -> {
                            table.askWell(RequestType.IS_REMOTE_RECOVERING, PlainKernel.words(waiting));
                            last[0] = work(table);
                            return last[0] == waiting;
                        });
    }

    private JsonNode drained(int node) {
        return daemons.json(node, "/mirrorlog/drain");
    }

    /** Also to a node whose mirror is idle, so that it has asked nothing of this owner. */
    @Test
    void shouldGiveItsLogsAwayToThoseWhoUseThemAndTakeNoneUntilThatIsUndone() throws Exception {
        String disk = diskLine() + " nosync";
        try (PlainKernel idle = daemons.resumed(2, "LVM-k", disk); PlainKernel one = daemons.resumed(1, "LVM-k", disk);
                PlainKernel other = daemons.resumed(2, "LVM-l", CORE);
                PlainKernel late = daemons.table(1, "LVM-l", 7);
                PlainKernel alone = daemons.resumed(1, "LVM-m", CORE);
                PlainKernel here = daemons.resumed(1, "LVM-r", UNSYNCED);
                PlainKernel there = daemons.resumed(2, "LVM-r", UNSYNCED)) {
            orderResync("pause");
            awaitNoWork(here);
            leave(idle);
            flush(one, 5);
            awaitOwner(1, "LVM-k", "node-1", one);
            idle.askWell(RequestType.RESUME, NOTHING);

            assertEquals(200, drain(1, false).statusCode());
            awaitOwner(2, "LVM-k", "node-2", one);
            flush(alone, 1);
            await("all that can go is gone").atMost(30, TimeUnit.SECONDS).until(() ->
                    drained(1).path("moving").asInt() == 0);
            assertEquals("""
                    {"node":"node-1","isDrained":true,"moving":0,"staying":1,"logs":[{"uuid":"LVM-m",\
                    "isMoving":false,"why":"no other node that uses it could serve it"}]}""",
                    drained(1).toString());
            assertEquals(List.of(false, true), List.of(isClean(5), isClean(6)), "the mark went along");

            // The resync that was paused at node 2 stays so with the new owner, but for what a write waits for.
            awaitNoWork(there);
            awaitWork(there, FAR_REGION);
            there.askWell(RequestType.SET_REGION_SYNC, PlainKernel.words(FAR_REGION, 1));
            awaitNoWork(there);
            orderResync("resume");
            await("work is given again").atMost(60, TimeUnit.SECONDS).until(() -> work(there) >= 0);

            late.construct(CORE);
            late.askWell(RequestType.RESUME, NOTHING);
            leave(other);
            flush(late, 3);
            awaitOwner(1, "LVM-l", "node-1", late);
            other.askWell(RequestType.RESUME, NOTHING);
            awaitOwner(2, "LVM-l", "node-2", late);

            assertEquals(200, drain(1, true).statusCode());
            assertEquals(200, drain(2, false).statusCode());
            awaitOwner(1, "LVM-k", "node-1", one);
            assertEquals(200, drain(2, true).statusCode());
            flush(one, 8);
            assertEquals("node-1", daemons.owner(1, "LVM-k"), "it takes logs again, and keeps them");
            assertEquals(200, drain(1, false).statusCode());
            awaitOwner(2, "LVM-k", "node-2", one);

            assertEquals(200, drain(1, true).statusCode());
            daemons.stop(2);
            await("the other one is gone").atMost(60, TimeUnit.SECONDS).until(() ->
                    drain(1, false).statusCode() == 409);
            assertFalse(drained(1).path("isDrained").asBoolean());
        }
    }

    @Test
    void shouldFollowItsUserToAnotherNode() throws Exception {
        try (PlainKernel one = daemons.resumed(1, "LVM-b", CORE); PlainKernel two = daemons.table(2, "LVM-b", 9)) {
            flush(one, 5);
            leave(one);
            one.askWell(RequestType.DTR, NOTHING);

            two.construct(CORE);
            long began = System.nanoTime();
            two.askWell(RequestType.RESUME, NOTHING);
            System.out.println("RESUME on the other node took " + (System.nanoTime() - began) / 1_000_000 + " ms");

            awaitOwner(2, "LVM-b", "node-2", two);
        }
    }

    @Test
    void shouldAdoptWhereTheLogIsUsedAndSayWhomToAskElsewhere() throws Exception {
        String path = "/mirrorlog/logs/LVM-j/adopt";
        String order = "{\"evenIfHealthy\": true}";
        try (PlainKernel one = daemons.resumed(1, "LVM-j", CORE)) {
            flush(one, 5);

            OperatorOrders.Answer elsewhere = OperatorOrders.post(daemons.operators(2), path, order);
            assertEquals(404, elsewhere.statusCode());
            assertTrue(elsewhere.body().contains("ask a node that uses it; nothing was done"), elsewhere.body());
            assertEquals(64, daemons.log(1, "LVM-j").path("inSync").asLong());

            assertEquals(200, OperatorOrders.post(daemons.operators(1), path, order).statusCode());
            assertEquals(0, daemons.log(1, "LVM-j").path("inSync").asLong());
            flush(one, 6);
        }
    }

    @Test
    void shouldAnswerWhoeverLooksWhileItMoves() throws Exception {
        try (PlainKernel one = daemons.resumed(1, "LVM-i", CORE); PlainKernel two = daemons.resumed(2, "LVM-i", CORE)) {
            AtomicBoolean isDone = new AtomicBoolean();
            List<CompletableFuture<Integer>> looking = IntStream.rangeClosed(1, 8).mapToObj(watcher ->
                    CompletableFuture.supplyAsync(() -> {
                        int looks = 0;
                        for (; !isDone.get(); looks++) {
                            assertEquals(64, daemons.log(1 + watcher % 2, "LVM-i").path("regionCount").asLong());
                        }
                        return looks;
                    }, task -> new Thread(task, "watcher-" + watcher).start())).toList();
            PlainKernel[] tables = {one, two};
            for (int move = 0; move < 6; move++) {
                PlainKernel leaving = tables[move % 2];
                leave(leaving);
                awaitOwner(1, "LVM-i", "node-" + (2 - move % 2), tables[1 - move % 2]);
                leaving.askWell(RequestType.RESUME, NOTHING);
            }
            isDone.set(true);
            for (CompletableFuture<Integer> watcher : looking) {
                assertTrue(watcher.get() > 6);
            }
        }
    }

    @Test
    @Tag(PATIENT)
    void shouldNotLoseARoundToAMove() throws Exception {
        try (PlainKernel one = daemons.resumed(1, "LVM-p", CORE); PlainKernel two = daemons.resumed(2, "LVM-p", CORE)) {
            PlainKernel[] tables = {one, two};
            long slowestMs = 0;
            long[] region = {0};
            for (int move = 0; move < 12; move++) {
                PlainKernel leaving = tables[move % 2];
                PlainKernel writer = tables[1 - move % 2];
                leave(leaving);
                String owner = "node-" + (2 - move % 2);
                long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                while (!daemons.owner(1, "LVM-p").equals(owner)) {
                    assertTrue(System.nanoTime() < until, "the log never moved to " + owner);
                    long asked = System.nanoTime();
                    flush(writer, region[0]);
                    writer.askWell(RequestType.CLEAR_REGION, PlainKernel.words(region[0]));
                    slowestMs = Math.max(slowestMs, (System.nanoTime() - asked) / 1_000_000);
                    region[0] = (region[0] + 1) % 64;
                }
                leaving.askWell(RequestType.RESUME, NOTHING);
            }
            System.out.println("slowest request while the log moved: " + slowestMs + " ms");
            assertTrue(slowestMs < 8_000, "a round waited for its own time: " + slowestMs + " ms");
        }
    }

    @Test
    void shouldBeHandedOverWithItsRequestsWhenItsNodeStopsInOrder() throws Exception {
        try (PlainKernel two = daemons.resumed(2, "LVM-c", CORE); PlainKernel one = daemons.resumed(1, "LVM-c", CORE)) {
            flush(one, 5);
            Thread stopping = new Thread(() -> daemons.stop(2));
            long began = System.nanoTime();
            stopping.start();
            long slowestMs = 0;
            for (int i = 0; stopping.isAlive() || i < 20; i = (i + 1) % 64) {
                long asked = System.nanoTime();
                flush(one, i);
                one.askWell(RequestType.CLEAR_REGION, PlainKernel.words(i));
                slowestMs = Math.max(slowestMs, (System.nanoTime() - asked) / 1_000_000);
            }
            System.out.println("stopped in " + (System.nanoTime() - began) / 1_000_000
                    + " ms, slowest flush " + slowestMs
                    + " ms");

            awaitOwner(1, "LVM-c", "node-1", one);
            assertTrue(two != null);
        }
    }

    @Test
    void shouldNotComeToANodeThatOnlyLooks() throws Exception {
        try (PlainKernel one = daemons.table(1, "LVM-d", 7); PlainKernel two = daemons.table(2, "LVM-d", 7)) {
            one.construct(CORE);
            assertTrue(daemons.log(1, "LVM-d").get("owner").isNull(), "a table that was never resumed has no owner");

            two.construct(CORE);
            two.askWell(RequestType.RESUME, NOTHING);

            assertEquals("node-2", daemons.owner(2, "LVM-d"));
        }
    }

    @Test
    void d20ShouldMoveADiskLogToTheNodeThatResumesItBeforeAnythingIsJudged() throws Exception {
        String line = diskLine();
        try (PlainKernel one = daemons.resumed(1, "LVM-e", line + " nosync"); PlainKernel two =
                daemons.table(2, "LVM-e", 9)) {
            flush(one, 5);
            leave(one);
            one.askWell(RequestType.DTR, NOTHING);

            two.construct(line + " nosync");
            two.askWell(RequestType.RESUME, NOTHING);

            assertEquals("node-2", daemons.owner(2, "LVM-e"));
            assertEquals(1, daemons.log(2, "LVM-e").get("dirty").asLong(), "what the device said, not everything");
            flush(two, 9);
            assertEquals(List.of(false, false, true), List.of(isClean(5), isClean(9), isClean(10)));
        }
    }

    @Test
    void d20ShouldBringADiskLogsMarksToTheDeviceFromWhereItIsUsed() throws Exception {
        String line = diskLine() + " nosync";
        try (PlainKernel one = daemons.resumed(1, "LVM-f", line); PlainKernel two = daemons.resumed(2, "LVM-f", line)) {
            flush(one, 5);
            flush(two, 6);
            assertEquals("node-1", daemons.owner(2, "LVM-f"));

            leave(one);
            flush(two, 7);

            assertEquals("node-2", daemons.owner(2, "LVM-f"));
            assertEquals(List.of(false, false, false, true), List.of(isClean(5), isClean(6), isClean(7), isClean(8)));
            leave(two);
            two.askWell(RequestType.RESUME, NOTHING);
            assertEquals(3, daemons.log(2, "LVM-f").get("dirty").asLong());
        }
    }

    @Test
    void d20ShouldNotBeOwnedByANodeThatCannotOpenTheDeviceAnyMore() throws Exception {
        String line = diskLine();
        for (int i = 1; i <= 2; i++) {
            Files.createSymbolicLink(dir.resolve("link-" + i), dir.resolve("log-device"));
        }
        String[] lines = {line.replace("/log-device", "/link-1") + " nosync",
                line.replace("/log-device", "/link-2") + " nosync"};
        try (PlainKernel one = daemons.resumed(1, "LVM-h", lines[0]); PlainKernel two =
                daemons.resumed(2, "LVM-h", lines[1])) {
            flush(one, 5);
            daemons.stop(2);
            daemons.stop(1);
            Files.delete(dir.resolve("link-1"));

            daemons.restart(1);
            daemons.restart(2);
            one.find(daemons.socket(1));
            two.find(daemons.socket(2));

            flush(one, 6);
            flush(two, 7);
            assertEquals("node-2", daemons.owner(1, "LVM-h"));
            assertEquals("A", daemons.log(2, "LVM-h").at("/logDevice/health").asText());
            assertEquals(List.of(false, false, false, true), List.of(isClean(5), isClean(6), isClean(7), isClean(8)));
        }
    }

    @Test
    void shouldSurviveQuickLeavingAndJoining() throws Exception {
        String line = diskLine() + " nosync";
        try (PlainKernel one = daemons.resumed(1, "LVM-g", line); PlainKernel two = daemons.table(2, "LVM-g", 9)) {
            two.construct(line);
            for (int i = 0; i < 10; i++) {
                long began = System.nanoTime();
                two.askWell(RequestType.RESUME, NOTHING);
                long resumedMs = (System.nanoTime() - began) / 1_000_000;
                flush(two, i);
                leave(one);
                flush(two, 10 + i);
                one.askWell(RequestType.RESUME, NOTHING);
                leave(two);
                flush(one, 20 + i);
                System.out.println("round " + i + ": RESUME took " + resumedMs + " ms, all "
                        + (System.nanoTime() - began) / 1_000_000 + " ms");
            }
            assertEquals(30, daemons.log(1, "LVM-g").get("dirty").asLong());
            for (int region = 0; region < 31; region++) {
                assertEquals(region == 30, isClean(region), "region " + region);
            }
        }
    }
}
