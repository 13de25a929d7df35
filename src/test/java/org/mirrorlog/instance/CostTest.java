package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.RequestType;

/** How many rounds each request costs: the table of the design, and no round more. */
class CostTest {
    private static final long L1 = 0xffff888012345600L;

    private final OneMachine machine = new OneMachine("boot-1", 1);

    private void resume(String constructor) {
        assertCost(0, RequestType.CTR, () -> machine.construct(L1, constructor));
        assertCost(1, RequestType.RESUME);
    }

    private void assertCost(long rounds, RequestType type, long... words) {
        assertCost(rounds, type, () -> machine.ask(L1, type, words));
    }

    private void assertCost(long rounds, RequestType type, Runnable request) {
        Map<String, Long> before = machine.instances.costs();

        request.run();

        Map<String, Long> after = machine.instances.costs();
        assertEquals(rounds, after.get("rounds." + type) - before.get("rounds." + type)
                + after.get("rounds.own") - before.get("rounds.own"), "rounds for " + type);
        assertEquals(1, after.get("requests." + type) - before.get("requests." + type));
    }

    @Test
    void shouldCostWhatTheTableSaysForAMirrorInSync() {
        resume("65536 clustered-core 1024 nosync");

        assertCost(0, RequestType.GET_REGION_SIZE);
        assertCost(0, RequestType.STATUS_INFO);
        assertCost(0, RequestType.STATUS_TABLE);
        assertCost(0, RequestType.IN_SYNC, 5);
        assertCost(0, RequestType.GET_RESYNC_WORK);
        assertCost(1, RequestType.GET_SYNC_COUNT);
        assertCost(0, RequestType.GET_SYNC_COUNT);
        assertCost(0, RequestType.IS_REMOTE_RECOVERING, 5);
        assertCost(1, RequestType.IS_CLEAN, 5);
        assertCost(0, RequestType.MARK_REGION, 5);
        assertCost(0, RequestType.IS_CLEAN, 5);
        assertCost(1, RequestType.FLUSH);
        assertCost(0, RequestType.FLUSH);
        assertCost(0, RequestType.CLEAR_REGION, 5);
        assertCost(0, RequestType.IS_CLEAN, 5);
        assertCost(0, RequestType.FLUSH);
        assertCost(0, RequestType.MARK_REGION, 5);
        assertCost(0, RequestType.FLUSH);
        assertCost(1, RequestType.FLUSH, 6, 7, 8);
        assertCost(1, RequestType.SET_REGION_SYNC, 9, 0);
        assertCost(0, RequestType.PRESUSPEND);
        assertCost(1, RequestType.POSTSUSPEND);
        assertCost(0, RequestType.POSTSUSPEND);
        assertCost(1, RequestType.DTR);
    }

    @Test
    void shouldCostWhatTheTableSaysDuringAResync() {
        resume("65536 clustered-core 1024");

        assertCost(0, RequestType.GET_SYNC_COUNT);
        assertCost(0, RequestType.IN_SYNC, 5);
        assertCost(1, RequestType.GET_RESYNC_WORK);
        assertCost(1, RequestType.SET_REGION_SYNC, 0, 1);
        assertCost(1, RequestType.IS_REMOTE_RECOVERING, 0);
        assertCost(0, RequestType.IS_REMOTE_RECOVERING, 0);
        assertCost(1, RequestType.IS_REMOTE_RECOVERING, 9);
        assertCost(1, RequestType.GET_RESYNC_WORK);
        assertCost(1, RequestType.PRESUSPEND);
        assertCost(0, RequestType.RESUME);
    }

    @Test
    void shouldCostNothingToDestroyATableThatNeverResumed() {
        machine.construct(L1, "65536 clustered-core 1024");

        assertCost(0, RequestType.DTR);
    }

    @Test
    void shouldHandManyClearsOnInOneRound() {
        resume("65536 clustered-core 1024 nosync");
        for (long region = 0; region < 30; region++) {
            machine.ask(L1, RequestType.FLUSH, region);
            machine.ask(L1, RequestType.CLEAR_REGION, region);
        }
        long before = machine.instances.costs().get("rounds.own");

        machine.pass(10_000);

        assertEquals(1, machine.instances.costs().get("rounds.own") - before);
    }
}
