package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

class InstanceLifeTest {
    private static final long L1 = 0xffff888012345600L;
    private static final long L2 = 0xffff888012345700L;

    private final OneMachine machine = new OneMachine("boot-1", 1);

    @Test
    void shouldServeACoreMirrorFromCreationToTheLastRegionSynced() {
        assertEquals(Reply.done(), machine.construct(L1, "4096 clustered-core 1024"));
        assertEquals(Reply.number(1024), machine.ask(L1, RequestType.GET_REGION_SIZE));
        assertEquals(Reply.number(0), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));

        for (long region = 0; region < 4; region++) {
            assertEquals(Reply.number(region), machine.ask(L1, RequestType.GET_SYNC_COUNT));
            assertEquals(Reply.work(region), machine.ask(L1, RequestType.GET_RESYNC_WORK));
            assertEquals(Reply.flag(false), machine.ask(L1, RequestType.IN_SYNC, region));
            assertEquals(Reply.done(), machine.ask(L1, RequestType.SET_REGION_SYNC, region, 1));
            assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, region));
            assertEquals(Reply.done(), machine.ask(L1, RequestType.CLEAR_REGION, region));
            assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
        }

        assertEquals(Reply.noWork(), machine.ask(L1, RequestType.GET_RESYNC_WORK));
        assertEquals(Reply.number(4), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        machine.pass(7_000);
        assertTrue(machine.log().dirty().isEmpty());
        assertEquals(Reply.text("1 clustered-core"), machine.ask(L1, RequestType.STATUS_INFO));
    }

    @Test
    void shouldSpendOneRoundOnAColdFlushAndNoneOnAHotOne() {
        resumeNosync(L1);
        int before = machine.sent.size();

        assertEquals(Reply.done(), machine.ask(L1, RequestType.MARK_REGION, 3));
        assertEquals(before, machine.sent.size());
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
        assertEquals(before + 1, machine.sent.size());
        assertTrue(machine.log().dirty().contains(3));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.CLEAR_REGION, 3));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.MARK_REGION, 3));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));

        assertEquals(before + 1, machine.sent.size());
    }

    @Test
    void shouldHandAClearOnOnlyAfterTheRegionWasIdle() {
        resumeNosync(L1);
        write(3);
        machine.ask(L1, RequestType.CLEAR_REGION, 3);

        machine.pass(4_000);
        assertTrue(machine.log().dirty().contains(3));
        machine.pass(3_000);
        assertTrue(machine.log().dirty().isEmpty());
    }

    @Test
    void s3ShouldCommitAMarkThatWasOnlyAcknowledgedBeforeTheDaemonDied() {
        resumeNosync(L1);
        machine.ask(L1, RequestType.MARK_REGION, 5);

        machine.restart(2);

        assertTrue(machine.log().dirty().contains(5));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
    }

    @Test
    void s17ShouldKeepMarksOfARunningKernelOverARestart() {
        resumeNosync(L1);
        write(5);

        machine.restart(2);
        machine.pass(10_000);

        assertTrue(machine.log().members().get(machine.id(L1)).marks().contains(5));
        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
    }

    @Test
    void shouldKnowTheSyncCountAgainAfterARestart() {
        resumeNosync(L1);
        machine.isOwnerSilent = true;
        machine.restart(2);
        assertNull(machine.ask(L1, RequestType.GET_SYNC_COUNT));

        machine.isOwnerSilent = false;
        machine.pass(1_000);

        assertEquals(Reply.number(64), machine.ask(L1, RequestType.GET_SYNC_COUNT));
    }

    @Test
    void d15ShouldMarkEverythingWhenTheRecordOfARunningTableIsLost() {
        resumeNosync(L1);
        machine.records.clear();
        machine.restart(2);

        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(L1, RequestType.IN_SYNC, 5));
        assertEquals(Reply.done(), machine.construct(L1, "65536 clustered-core 1024 nosync\0"));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));

        assertEquals(RegionSet.range(0, 64), machine.log().dirty());
        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.MARK_REGION, 5));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
    }

    @Test
    void d15ShouldStillMarkEverythingWhenTheDaemonDiesAgainBeforeTheLostRecordIsMadeUpFor() {
        resumeNosync(L1);
        machine.records.clear();
        machine.restart(2);
        machine.ask(L1, RequestType.IN_SYNC, 5);
        machine.isOwnerSilent = true;
        assertNull(machine.construct(L1, "65536 clustered-core 1024 nosync\0"));

        machine.isOwnerSilent = false;
        machine.restart(3);

        assertEquals(RegionSet.range(0, 64), machine.log().dirty());
        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));
    }

    @Test
    void shouldServeATableWhoseResumeWasLostWithTheDaemon() {
        assertEquals(Reply.done(), machine.construct(L1, "4096 clustered-core 1024"));
        machine.restart(2);
        assertEquals(Reply.done(), machine.construct(L1, "4096 clustered-core 1024\0"));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));

        assertEquals(Reply.work(0), machine.ask(L1, RequestType.GET_RESYNC_WORK));
        assertTrue(machine.log().hasActive());
    }

    @Test
    void shouldNotTakeAReconnectForAResumeWhileAnotherTableIsInUse() {
        resumeNosync(L1);
        machine.construct(L2, "65536 clustered-core 1024 nosync");
        machine.restart(2);
        assertEquals(Reply.done(), machine.construct(L2, "65536 clustered-core 1024 nosync\0"));
        assertEquals(Reply.done(), machine.ask(L2, RequestType.RESUME));

        assertEquals(Reply.number(0), machine.ask(L2, RequestType.GET_SYNC_COUNT));
        assertTrue(machine.log().members().get(machine.id(L1)).isActive());
    }

    @Test
    void shouldSwapTablesAndForgetTheOlderOne() {
        resumeNosync(L1);
        write(5);
        assertEquals(Reply.done(), machine.construct(L2, "65536 clustered-core 1024 nosync"));
        assertEquals(Reply.number(0), machine.ask(L2, RequestType.GET_SYNC_COUNT));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.PRESUSPEND));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.POSTSUSPEND));
        assertEquals(Reply.done(), machine.ask(L2, RequestType.RESUME));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.DTR));

        assertEquals(RegionSet.of(5), machine.log().unsynced());
        assertEquals(1, machine.log().members().size());
        assertEquals(Reply.number(63), machine.ask(L2, RequestType.GET_SYNC_COUNT));
        assertEquals(Reply.work(5), machine.ask(L2, RequestType.GET_RESYNC_WORK));
    }

    @Test
    void shouldHoldAFlushWhileTheOwnerIsSilentAndAnswerTheResentCopy() {
        resumeNosync(L1);
        machine.ask(L1, RequestType.MARK_REGION, 5);
        machine.isOwnerSilent = true;
        assertNull(machine.ask(L1, RequestType.FLUSH));

        machine.isOwnerSilent = false;
        machine.pass(1_000);

        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
        assertTrue(machine.log().dirty().contains(5));
    }

    @Test
    void shouldDropALateCopyOfAClear() {
        resumeNosync(L1);
        write(5);
        byte[] payload = new byte[8];
        payload[java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN ? 0 : 7] = 5;

        assertEquals(Reply.done(), machine.askWithSeq(1000, L1, RequestType.CLEAR_REGION, payload));
        assertEquals(Reply.done(), machine.askWithSeq(1001, L1, RequestType.MARK_REGION, payload));
        assertNull(machine.askWithSeq(999, L1, RequestType.CLEAR_REGION, payload));

        machine.pass(10_000);
        assertTrue(machine.log().members().get(machine.id(L1)).marks().contains(5));
    }

    @Test
    void shouldGrantADrainingWriteWhenNobodyCanRecoverItsRegion() {
        assertEquals(Reply.done(), machine.construct(L1, "65536 clustered-core 1024"));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));
        assertEquals(Reply.remoteRecovering(true, 0), machine.ask(L1, RequestType.IS_REMOTE_RECOVERING, 40));
        assertEquals(Reply.work(40), machine.ask(L1, RequestType.GET_RESYNC_WORK));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.PRESUSPEND));

        assertEquals(Reply.remoteRecovering(false, 0), machine.ask(L1, RequestType.IS_REMOTE_RECOVERING, 41));
        assertEquals(Reply.flag(false), machine.ask(L1, RequestType.IN_SYNC, 41));
        assertTrue(machine.log().members().get(machine.id(L1)).grants().contains(41));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.POSTSUSPEND));
        assertFalse(machine.log().hasActive());
    }

    @Test
    void r4ShouldRecoverInTheNewTableWhatTheOldOneWroteOnOneLeg() {
        resumeNosync(L1);
        write(5);
        assertEquals(Reply.done(), machine.ask(L1, RequestType.SET_REGION_SYNC, 5, 0));
        assertEquals(Reply.done(), machine.construct(L2, "65536 clustered-core 1024 nosync"));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.PRESUSPEND));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.POSTSUSPEND));
        assertEquals(Reply.done(), machine.ask(L2, RequestType.RESUME));

        assertEquals(Reply.work(5), machine.ask(L2, RequestType.GET_RESYNC_WORK));
    }

    @Test
    void r4ShouldTakeGrantedRegionsForUnsyncedWhenTheirTableComesBackAfterAll() {
        r4ShouldRecoverInTheNewTableWhatTheOldOneWroteOnOneLeg();
        assertEquals(Reply.done(), machine.ask(L2, RequestType.SET_REGION_SYNC, 5, 1));
        assertTrue(machine.log().unsynced().isEmpty());
        assertEquals(Reply.done(), machine.ask(L2, RequestType.PRESUSPEND));
        assertEquals(Reply.done(), machine.ask(L2, RequestType.POSTSUSPEND));

        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));

        assertEquals(RegionSet.of(5), machine.log().unsynced());
    }

    private void resumeNosync(long luid) {
        assertEquals(Reply.done(), machine.construct(luid, "65536 clustered-core 1024 nosync"));
        assertEquals(Reply.done(), machine.ask(luid, RequestType.RESUME));
    }

    private void write(long region) {
        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, region));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.MARK_REGION, region));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
    }
}
