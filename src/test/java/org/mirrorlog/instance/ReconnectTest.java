package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Recovery;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** Kernels that found nobody listening, or a daemon that knows nothing of them. */
class ReconnectTest {
    private static final long LUID = 0x77;

    private static final long NEXT = LUID + 0x200;

    private static final InstanceId OTHER = new InstanceId("boot-2", LUID);

    private static final String FRESH = "65536 clustered-core 1024";

    private static final String NOSYNC = "65536 clustered-core 1024 nosync";

    private final OneMachine machine = new OneMachine("boot-1", 1);

    /** D15: the worker and the delayed flusher ask in the same moment; neither may hear that the table is unknown. */
    @Test
    void shouldTellEveryTaskOfAnUnknownTableToReconnect() {
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.FLUSH));
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.IN_SYNC, 1));
    }

    /**
     * D15, S9: the record got lost between CTR and RESUME of a reconnect; an error would fail the request behind it.
     */
    @Test
    void shouldLetTheResumeOfAnUnknownTableSucceedAndThenMakeItReconnect() {
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.IN_SYNC, 1));
    }

    /** D17, S9: RESUME found nobody listening and is not repeated; what the kernel asks next must not fail. */
    @Test
    void shouldServeATableWhoseResumeGotLost() {
        resume();
        suspend();

        assertEquals(Reply.flag(true), machine.ask(LUID, RequestType.IN_SYNC, 7));
        assertEquals(true, machine.log().members().get(machine.id(LUID)).isActive());
    }

    /**
     * D15, S12: another task's request comes between CTR and RESUME of a reconnect; the kernel's hint may be at its
     * highest.
     */
    @Test
    void shouldBelieveThatAnUnrecordedTableHoldsEverythingWhoeverAsksFirst() {
        resume();
        machine.ask(LUID, RequestType.GET_SYNC_COUNT);
        machine.records.clear();
        machine.restart(2);
        machine.ask(LUID, RequestType.FLUSH);
        reconnect();

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH, 3));

        Member member = machine.log().members().get(machine.id(LUID));
        assertEquals(64, member.hint());
        assertEquals(64, member.marks().size());
    }

    /** D15, S2: a reconnect whose RESUME got lost is repeated; the MARK before the FLUSH went with the record. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBelieveThatAnUnrecordedTableHoldsEverythingHoweverOftenItReconnects(boolean isResumed) {
        resume();
        machine.ask(LUID, RequestType.MARK_REGION, 20);
        machine.records.clear();
        machine.restart(2);
        machine.ask(LUID, RequestType.FLUSH);
        reconnect();
        reconnect();
        if (isResumed) {
            assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        }

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH));

        assertEquals(64, machine.log().members().get(machine.id(LUID)).marks().size());
    }

    /** S21: what trails the suspend may reconnect; the table that takes over must not lose its session to that. */
    @Test
    void shouldNotResumeATableThatIsLeavingBecauseATaskOfItReconnects() {
        resume();
        machine.isOwnerSilent = true;
        machine.ask(LUID, RequestType.PRESUSPEND);
        assertNull(machine.ask(LUID, RequestType.POSTSUSPEND));
        reconnect();

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));

        machine.isOwnerSilent = false;
        machine.deliver();
        assertEquals(false, machine.log().members().get(machine.id(LUID)).isActive());
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.CLEAR_REGION, 3));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(true, machine.log().members().get(machine.id(LUID)).isActive());
    }

    /** S21: the RESUME of a reconnect is sent again long after, and its CTR found nobody listening. */
    @Test
    void shouldNotResumeATableThatAnotherHasReplaced() {
        resume();
        machine.construct(NEXT, NOSYNC);
        suspend();
        machine.ask(NEXT, RequestType.RESUME);

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.CLEAR_REGION, 3));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH, 3));

        assertEquals(false, machine.log().members().get(machine.id(LUID)).isActive());
        assertEquals(true, machine.log().members().get(machine.id(NEXT)).isActive());
    }

    /** 1.7, S1: until the RESUME was answered, the kernel may write any region on one leg, and clear it. */
    @Test
    void shouldCountEverythingAsMarkedBetweenTheTwoRequestsOfAReconnect() {
        resume();
        mark(3);
        mark(4);

        assertEquals(Reply.done(), reconnect());
        assertEquals(64, marks().size());
        mark(5);
        machine.ask(LUID, RequestType.CLEAR_REGION, 4, 5);
        machine.ask(LUID, RequestType.FLUSH, 6);
        assertEquals(64, marks().size());

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        machine.pass(60_000);
        assertEquals(RegionSet.of(3, 6), marks());
    }

    /** What comes later is the RESUME of a suspend that nobody heard of: it proves nothing. */
    @Test
    void shouldCountEverythingAsMarkedIfTheResumeComesTooLate() {
        resume();
        reconnect();
        machine.pass(2_100);

        machine.ask(LUID, RequestType.RESUME);
        reconnect();
        machine.ask(LUID, RequestType.RESUME);

        assertEquals(64, marks().size());
    }

    /** 1.6: its RESUME and the POSTSUSPEND after it found nobody listening; a gap in the numbers is all that tells. */
    @Test
    void shouldCountEverythingAsMarkedIfTheResumeMayBeARealOne() {
        resume();
        reconnect();
        machine.requestGetsLost();

        machine.ask(LUID, RequestType.RESUME);

        machine.pass(60_000);
        assertEquals(64, marks().size());
        suspend();
        assertEquals(64, machine.log().unsynced().size());
    }

    /** What got lost before the reconnect is no reason to doubt it. */
    @Test
    void shouldEndAReconnectAlthoughRequestsWereMissingBefore() {
        resume();
        machine.requestGetsLost();
        reconnect();

        machine.ask(LUID, RequestType.RESUME);

        assertEquals(0, marks().size());
    }

    /** Two tasks reconnect, one of them in vain. */
    @Test
    void shouldCountEverythingAsMarkedUntilTheLastTaskHasReconnected() {
        resume();
        reconnect();
        reconnect();

        machine.ask(LUID, RequestType.RESUME);
        assertEquals(64, marks().size());
        suspend();
        assertEquals(64, machine.log().unsynced().size());
        machine.ask(LUID, RequestType.CLEAR_REGION, 4);
        machine.ask(LUID, RequestType.RESUME);

        assertEquals(0, marks().size());
        assertEquals(64, machine.log().unsynced().size());
        assertEquals(64, machine.log().members().get(machine.id(LUID)).grants().size());
    }

    /** The daemon dies between the two; the RESUME of another task tells nothing of the first one's. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCountEverythingAsMarkedAfterAnInterruptedReconnect(boolean isRecordLost) {
        resume();
        if (isRecordLost) {
            machine.records.clear();
            machine.restart(2);
        }
        reconnect();
        machine.restart(3);
        reconnect();
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.CLEAR_REGION, 4);
        machine.pass(60_000);
        machine.ask(LUID, RequestType.FLUSH, 6);

        assertEquals(64, marks().size());
    }

    /** S6: what another node copies is not to be marked, nor the reconnect to wait for it. */
    @Test
    void shouldReconnectWhileAnotherNodeRecovers() {
        resumeBesideACopy();

        assertEquals(Reply.done(), machine.construct(LUID, FRESH + '\0'));

        assertEquals(RegionSet.range(0, 64).minus(RegionSet.of(9)), marks());
    }

    /** D15, S9, 1.7: its record is lost, and the log cannot mark every region while another node copies one. */
    @Test
    void shouldNotLetATableWithoutRecordReconnectBeforeEverythingCountsAsMarked() {
        resumeBesideACopy();
        machine.records.clear();
        machine.restart(2);

        assertNull(machine.construct(LUID, FRESH + '\0'));
        happens(new LogEvent.ResyncReleased(OTHER));
        machine.pass(1_000);

        assertEquals(Reply.done(), machine.construct(LUID, FRESH + '\0'));
        assertEquals(64, marks().size());
        assertEquals(64, machine.log().members().get(machine.id(LUID)).grants().size());
    }

    /** D10, D15: the record was lost while the table was suspended; its kernel still writes one leg where it did. */
    @Test
    void shouldKeepTheGrantsOfASuspendedTableWhoseRecordIsLost() {
        resume();
        machine.ask(LUID, RequestType.SET_REGION_SYNC, 5, 0);
        suspend();
        machine.records.clear();
        machine.restart(2);

        assertEquals(Reply.done(), reconnect());
        machine.ask(LUID, RequestType.RESUME);
        assertEquals(Reply.flag(false), machine.ask(LUID, RequestType.IN_SYNC, 5));

        assertEquals(RegionSet.of(5), machine.log().members().get(machine.id(LUID)).grants());
    }

    /** D15: the daemon that found the record missing died before it had told the log. */
    @Test
    void shouldTakeUpATableWhoseLossAnEarlierStartHasWrittenDown() {
        resume();
        machine.records.put(new InstanceKey(OneMachine.UUID, LUID),
                new OneMachine.MemoryRecord(NOSYNC, Memory.lost(), () -> { }));
        machine.restart(2);

        assertEquals(Reply.done(), reconnect());

        assertEquals(64, marks().size());
        assertEquals(64, machine.log().members().get(machine.id(LUID)).hint());
    }

    /** 1.7, S1: what another node copied at the first reconnect is in sync by the second one, and to be marked. */
    @Test
    void shouldMarkAtTheNextReconnectWhatWasCopiedAtTheFirst() {
        resumeBesideACopy();
        machine.construct(LUID, FRESH + '\0');
        happens(new LogEvent.RegionSynced(OTHER, 9));

        machine.construct(LUID, FRESH + '\0');

        assertEquals(64, marks().size());
    }

    /**
     * 1.7, S1: its RESUME got lost, so that it counts as suspended; then that of the reconnect gets lost, too, and
     * IN_SYNC behind it fails: the kernel writes one leg, without a session.
     */
    @Test
    void shouldCountEverythingAsMarkedIfASuspendedTableReconnectsInVain() {
        resume();
        suspend();

        assertEquals(Reply.done(), reconnect());
        assertEquals(64, machine.log().dirty().size());
        machine.pass(3_000);
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME), "another task's, and too late");
        machine.ask(LUID, RequestType.GET_RESYNC_WORK);

        assertEquals(true, machine.log().members().get(machine.id(LUID)).isActive());
        assertEquals(64, machine.log().unsynced().size());
        assertEquals(Reply.flag(false), machine.ask(LUID, RequestType.IN_SYNC, 5));
    }

    @Test
    void shouldCountNothingAsMarkedAfterASuspendedTableHasReconnected() {
        resume();
        mark(3);
        suspend();

        reconnect();
        machine.ask(LUID, RequestType.RESUME);
        machine.pass(60_000);

        assertEquals(RegionSet.of(3), machine.log().dirty());
        assertEquals(false, machine.log().members().get(machine.id(LUID)).isActive());
        machine.ask(LUID, RequestType.RESUME);
        assertEquals(RegionSet.of(3), machine.log().unsynced());
    }

    /** The daemon is started anew between the two. */
    @Test
    void shouldCountEverythingAsMarkedIfASuspendedTableReconnectsToADaemonThatDies() {
        resume();
        suspend();
        reconnect();
        machine.restart(2);
        reconnect();
        machine.ask(LUID, RequestType.RESUME);

        machine.ask(LUID, RequestType.GET_RESYNC_WORK);

        assertEquals(64, machine.log().unsynced().size());
    }

    /** S21: the table that is in use has nothing to do with it. */
    @Test
    void shouldExposeNothingForATableThatAnotherHasReplaced() {
        resume();
        machine.construct(NEXT, NOSYNC);
        suspend();
        machine.ask(NEXT, RequestType.RESUME);

        assertEquals(Reply.done(), reconnect());

        assertEquals(true, machine.log().dirty().isEmpty());
    }

    /**
     * S11, D10: the log has believed its report, so that its grant is over, but the answer got lost; until it reports
     * again another kernel has lost the region.
     */
    @Test
    void shouldAskAnewAboutARegionWhoseReportWasBelievedUnheard() {
        machine.construct(LUID, FRESH);
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.SET_REGION_SYNC, 9, 0);
        machine.ask(LUID, RequestType.GET_RESYNC_WORK);
        happens(new LogEvent.ResyncReleased(machine.id(LUID)), new LogEvent.ResyncAssigned(machine.id(LUID), 9),
                new LogEvent.RegionSynced(machine.id(LUID), 9), new LogEvent.Joined(OTHER, "node2", 1),
                new LogEvent.SyncLost(OTHER, 9));

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.SET_REGION_SYNC, 9, 1));

        assertEquals(Reply.remoteRecovering(true, 0), machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 9));
    }

    /** L2, D16: if it runs, others may wait for what its join proves; and it may have nothing to ask. */
    @Test
    void shouldWakeATableThatReconnectsThoughItCountsAsSuspended() {
        resume();
        suspend();
        reconnect();
        assertEquals(List.of(), machine.woken);

        machine.ask(LUID, RequestType.RESUME);

        assertEquals(1, machine.woken.size());
    }

    /** L2: what it asked when it was woken got lost; and nobody else wakes it. */
    @Test
    void shouldWakeItAgainUntilItIsInUse() {
        resume();
        suspend();
        reconnect();
        machine.ask(LUID, RequestType.RESUME);
        machine.pass(4_000);
        assertEquals(3, machine.woken.size(), "after one second, and two more");

        machine.ask(LUID, RequestType.GET_RESYNC_WORK);
        machine.pass(120_000);

        assertEquals(true, machine.log().members().get(machine.id(LUID)).isActive());
        assertEquals(3, machine.woken.size());
    }

    /** Whoever wakes them drops what is too much at once: each has its turn. */
    @Test
    void shouldWakeThousandsOneAfterTheOther() {
        java.util.Set<String> live = new java.util.TreeSet<>();
        for (int log = 0; log < 1_000; log++) {
            live.add("LVM-" + log);
        }

        machine.compareWith(live);
        assertTrue(machine.woken.size() <= 4, machine.woken.size() + " at once");
        for (int tick = 1; tick < 300; tick++) {
            int before = machine.woken.size();
            machine.pass(100);
            assertTrue(machine.woken.size() <= before + 4, "at tick " + tick);
        }

        assertEquals(1_000, machine.woken.stream().map(InstanceKey::uuid).distinct().count());
        machine.pass(3_600_000);
        assertEquals(10_000, machine.woken.size());
    }

    /** A mirror that is really suspended is not to be read for ever. */
    @Test
    void shouldLeaveATableAloneThatNeverAsks() {
        resume();
        suspend();
        machine.restart(2);
        machine.compareWith(java.util.Set.of(OneMachine.UUID));

        machine.pass(3_600_000);

        assertEquals(10, machine.woken.size());
    }

    /** The table is in use, nothing of it in sync, and another kernel copies region 9. */
    private void resumeBesideACopy() {
        machine.construct(LUID, FRESH);
        machine.ask(LUID, RequestType.RESUME);
        happens(new LogEvent.Joined(OTHER, "node2", 1), new LogEvent.ResyncAssigned(OTHER, 9));
    }

    /** One commit more, whoever asked for it. */
    private void happens(LogEvent... events) {
        machine.logs.put(OneMachine.UUID, machine.log().after(new Commit(List.of(events))));
    }

    private void suspend() {
        machine.ask(LUID, RequestType.PRESUSPEND);
        machine.ask(LUID, RequestType.POSTSUSPEND);
    }

    /** It ran before, under a daemon that kept its log elsewhere: what was not equal there is not equal here. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void d21ShouldHoldATableOfAnotherDaemonUntilItsLogIsAdopted(boolean isFlushFirst) {
        machine.ask(LUID, isFlushFirst ? RequestType.FLUSH : RequestType.GET_SYNC_COUNT);
        reconnect();
        assertNull(machine.ask(LUID, RequestType.RESUME));
        assertNull(machine.ask(LUID, RequestType.IN_SYNC, 7));
        machine.pass(60_000);
        assertEquals(Optional.empty(), machine.log().geometry(), "nosync or not, nothing is clean");

        machine.adopt();
        machine.pass(60_000);

        assertEquals(64, machine.log().dirty().size());
        assertEquals(64, machine.log().members().get(machine.id(LUID)).marks().size());
    }

    private void resume() {
        machine.construct(LUID, NOSYNC);
        machine.ask(LUID, RequestType.RESUME);
    }

    /** The first request of a reconnect. */
    private Reply reconnect() {
        return machine.construct(LUID, NOSYNC + '\0');
    }

    private void mark(long region) {
        machine.ask(LUID, RequestType.MARK_REGION, region);
        machine.ask(LUID, RequestType.FLUSH);
    }

    private RegionSet marks() {
        return machine.log().members().get(machine.id(LUID)).marks();
    }

    /** D15, S9: if the RESUME of a reconnect fails, the request behind it fails, and IN_SYNC reads that as "no". */
    @Test
    void shouldLetAReconnectSucceedOnAFailedDevice() {
        resume();
        happens(new LogEvent.DeviceFailed(machine.id(LUID), DeviceHealth.WRITE_FAILED));
        machine.records.clear();
        machine.restart(2);

        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.IN_SYNC, 1));
        assertEquals(Reply.done(), reconnect());
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.flag(true), machine.ask(LUID, RequestType.IN_SYNC, 1));
    }

    /** D17, L4: the suspend waits for the write, and nobody recovers its region. */
    @Test
    void shouldLetAWriteGoWhoseKernelStoppedAskingForWork() {
        machine.construct(LUID, FRESH);
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.GET_RESYNC_WORK);
        machine.ask(LUID, RequestType.SET_REGION_SYNC, 0, 1);

        for (int i = 0; i < 3; i++) {
            assertEquals(Reply.remoteRecovering(true, 0), machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 5));
        }
        assertEquals(Reply.flag(false).payload()[0],
                machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 5).payload()[0]);
        assertEquals(Reply.flag(false), machine.ask(LUID, RequestType.IN_SYNC, 5));
        assertEquals(true, machine.log().members().get(machine.id(LUID)).grants().contains(5));
    }

    /** S21: a CLEAR that trails a suspend reconnects; the record of its table is lost, another one is in use by now. */
    @Test
    void shouldNotResumeATableWithoutRecordThatAnotherHasReplaced() {
        resume();
        machine.records.clear();
        machine.restart(2);
        machine.construct(NEXT, NOSYNC);
        machine.ask(NEXT, RequestType.RESUME);

        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.CLEAR_REGION, 3));
        assertEquals(Reply.done(), reconnect());
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));

        assertEquals(true, machine.log().members().get(machine.id(NEXT)).isActive());
    }

    /** L4: its report of a copied region is what the interrupted reconnect has failed; then its PRESUSPEND got lost. */
    @Test
    void shouldLetAWriteGoWhoseKernelReportedInVain() {
        machine.construct(LUID, FRESH);
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.GET_RESYNC_WORK);
        machine.construct(LUID, FRESH + '\0');
        for (int i = 0; i < 4; i++) {
            assertEquals(Reply.remoteRecovering(true, 0), machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 5));
        }

        machine.pass(11_000);

        assertEquals(Reply.flag(false).payload()[0],
                machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 5).payload()[0]);
        machine.pass(25_000);
        assertEquals(false, machine.woken.isEmpty());
        assertEquals(Reply.flag(false).payload()[0],
                machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 6).payload()[0],
                "that it was woken makes no further write wait");
        assertEquals(true, machine.log().recovery().isPresent(), "it may be at it, if a write of the region is held");
        assertEquals(64, marks().size());
    }

    /**
     * L2, L4: other machines must not wait for ever for a copy whose report the interrupted reconnect has failed; nor
     * may they write the region while nobody but the kernel's worker knows whether it has copied it (S11).
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldHaveARegionCopiedAnewThatWasReportedInVain(boolean isRecordLost) {
        machine.construct(LUID, FRESH);
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.GET_RESYNC_WORK);
        if (isRecordLost) {
            machine.records.clear();
            machine.restart(2);
        }
        machine.construct(LUID, FRESH + '\0');

        assertEquals(Reply.remoteRecovering(!isRecordLost, 0), machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 5),
                "no hint beyond the region: else it would never ask for work (K1)");
        machine.woken.clear();
        machine.pass(20_000);
        assertEquals(List.of(), machine.woken, "it may be at it");
        machine.pass(60_000);

        assertEquals(Optional.of(new Recovery(0, machine.id(LUID))), machine.log().recovery());
        assertEquals(true, !machine.woken.isEmpty());
        assertEquals(Reply.work(0), machine.ask(LUID, RequestType.GET_RESYNC_WORK));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.SET_REGION_SYNC, 0, 1));
        assertEquals(false, machine.log().unsynced().contains(0));
    }

    /** S12, S13: the RESUME after this suspend found nobody listening; the kernel runs and takes "all" for a hint. */
    @Test
    void shouldNotSayAllInSyncOutsideASession() {
        resume();
        suspend();

        assertEquals(Reply.number(63), machine.ask(LUID, RequestType.GET_SYNC_COUNT));
    }
}
