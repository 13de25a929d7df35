package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mirrorlog.instance.OneMachine.words;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.ConstructorString;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/**
 * Repetition and late copies (protocol 2.3), error or silence (2.4), what is in sync (3.4): D4, D6–D10, D12, S18, S22.
 */
class RequestRulesTest {
    private static final long L1 = 0xffff888012345600L;
    private static final long L2 = 0xffff888012345700L;
    private static final String NOSYNC = "65536 clustered-core 1024 nosync";
    private static final String FRESH = "65536 clustered-core 1024";
    private static final String DISK = "65536 clustered-disk 254:3 1024 nosync";

    private final OneMachine machine = new OneMachine("boot-1", 1);
    private final Neighbour neighbour = new Neighbour(machine);

    private void resume(String constructor) {
        machine.construct(L1, constructor);
        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));
    }

    private static LogSpec spec(String constructor) {
        return ((ConstructorString.Parsed) ConstructorString.parse(
                constructor.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))).spec();
    }

    private Memory memory() {
        return machine.records.get(new InstanceKey(OneMachine.UUID, L1)).memory();
    }

    private void assertDone(RequestType type, long... words) {
        assertEquals(Reply.done(), machine.ask(L1, type, words));
    }

    // --- late copies ----------------------------------------------------------------------------------------------

    @Test
    void s18ShouldDropLateCopiesOverTheWrapOfTheSequenceNumber() {
        resume(NOSYNC);
        machine.askWithSeq(-2, L1, RequestType.MARK_REGION, words(5));
        machine.askWithSeq(-1, L1, RequestType.CLEAR_REGION, words(5));
        assertEquals(Reply.done(), machine.askWithSeq(0, L1, RequestType.MARK_REGION, words(5)));

        assertNull(machine.askWithSeq(-1, L1, RequestType.CLEAR_REGION, words(5)));
        assertEquals(Reply.done(), machine.askWithSeq(1, L1, RequestType.FLUSH, new byte[0]));
        machine.pass(10_000);

        assertEquals(RegionSet.of(5), machine.log().dirty());
    }

    /** The number belongs to the kernel's whole module: other mirrors turn it while this one is idle. */
    @Test
    void s18ShouldServeATableThatWasIdleForHalfTheSequenceNumbers() {
        resume(NOSYNC);
        machine.construct(L2, NOSYNC);
        machine.askWithSeq(100, L1, RequestType.MARK_REGION, words(5));
        for (int seq : new int[] {0x40000000, 0x7fffffff, 0x80000100}) {
            machine.askWithSeq(seq, L2, RequestType.GET_REGION_SIZE, new byte[0]);
        }

        assertEquals(Reply.done(), machine.askWithSeq(0x80000101, L1, RequestType.MARK_REGION, words(6)));
        assertNull(machine.askWithSeq(0x80000100, L1, RequestType.CLEAR_REGION, words(6)));
        assertEquals(RegionSet.of(5, 6), memory().pending());
    }

    @Test
    void shouldNotTakeThePlainFlushOfTheOtherWorkerForLate() {
        resume(NOSYNC);
        machine.askWithSeq(200, L1, RequestType.MARK_REGION, words(5));

        assertEquals(Reply.done(), machine.askWithSeq(199, L1, RequestType.FLUSH, new byte[0]));
    }

    @Test
    void shouldAnswerOnlyTheNewestCopyOfAWorkersRequest() {
        resume(FRESH);
        machine.isOwnerSilent = true;
        machine.askWithSeq(500, L1, RequestType.FLUSH, words(1));
        machine.askWithSeq(501, L1, RequestType.FLUSH, words(1));
        machine.askWithSeq(502, L1, RequestType.FLUSH, words(1));

        machine.isOwnerSilent = false;
        machine.pass(2_000);

        assertEquals(Reply.done(), machine.replies.get(502));
        assertFalse(machine.replies.containsKey(501), "given up by the kernel");
        assertEquals(RegionSet.of(1), machine.log().members().get(machine.id(L1)).marks());
    }

    @Test
    void shouldGiveTheSameRegionToACopy() {
        resume(FRESH);

        assertEquals(Reply.work(0), machine.ask(L1, RequestType.GET_RESYNC_WORK));
        assertEquals(Reply.work(0), machine.ask(L1, RequestType.GET_RESYNC_WORK));
        assertDone(RequestType.SET_REGION_SYNC, 0, 1);
        assertDone(RequestType.SET_REGION_SYNC, 0, 1);
        assertEquals(Reply.work(1), machine.ask(L1, RequestType.GET_RESYNC_WORK));
        assertDone(RequestType.SET_REGION_SYNC, 0, 1);

        assertEquals(Reply.work(1), machine.ask(L1, RequestType.GET_RESYNC_WORK));
    }

    @Test
    void shouldBoundWhatWaitsForASilentOwner() {
        resume(FRESH);
        machine.isOwnerSilent = true;
        for (int i = 0; i < 10 * RoundStream.MOST_WAITING; i++) {
            machine.ask(L1, RequestType.IS_REMOTE_RECOVERING, 5);
        }
        machine.replies.clear();

        machine.isOwnerSilent = false;
        machine.pass(2_000);

        assertTrue(machine.replies.size() <= RoundStream.MOST_WAITING + 1, machine.replies.size() + " waited");
    }

    // --- error or silence -----------------------------------------------------------------------------------------

    @Test
    void shouldSendARoundAgainUnderItsOwnNumber() {
        resume(FRESH);
        machine.isOwnerSilent = true;
        machine.ask(L1, RequestType.GET_RESYNC_WORK);
        machine.pass(3_000);

        List<Round> copies = List.copyOf(machine.rounds);

        assertTrue(copies.size() > 2, copies.size() + " copies");
        assertEquals(1, copies.stream().map(Round::number).distinct().count());
        machine.isOwnerSilent = false;
        machine.deliver();
        assertEquals(Reply.work(0), machine.latestReply());
    }

    @Test
    void r3ShouldHoldAFlushWithoutHoldingTheOthersAndAnswerItWhenTheCopyEnds() {
        neighbour.resume(spec(FRESH));
        resume(FRESH);
        assertEquals(new Answer.Work(0), neighbour.ask(new Ask.NextResync()));

        assertDone(RequestType.MARK_REGION, 0);
        assertNull(machine.ask(L1, RequestType.FLUSH));
        assertEquals(Reply.number(0), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        neighbour.ask(new Ask.SetSync(0, true));
        machine.pass(1_000);

        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
        assertEquals(RegionSet.of(0), machine.log().members().get(machine.id(L1)).marks());
        assertTrue(machine.warnings.stream().anyMatch(line -> line.contains("region 0 is being recovered")));
    }

    private void deviceFails() {
        LogState state = machine.log();
        machine.logs.put(OneMachine.UUID,
                state.after(new Commit(List.of(new LogEvent.DeviceFailed(machine.id(L1), DeviceHealth.WRITE_FAILED)))));
    }

    @Test
    void s22ShouldFailEveryFlushOfAMarkThatDidNotReachTheDevice() {
        resume(DISK);
        deviceFails();
        assertDone(RequestType.MARK_REGION, 5);

        assertEquals(Reply.failure(Errno.EIO), machine.ask(L1, RequestType.FLUSH));
        assertEquals(Reply.failure(Errno.EIO), machine.ask(L1, RequestType.FLUSH));
        assertDone(RequestType.MARK_REGION, 5);
        assertEquals(Reply.failure(Errno.EIO), machine.ask(L1, RequestType.FLUSH));

        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
        assertEquals(Reply.text("3 clustered-disk 254:3 D"), machine.ask(L1, RequestType.STATUS_INFO));
    }

    /** Only this word makes dmeventd repair a mirror. */
    @Test
    void shouldCallADiskLogAsTheToolsOfTheMachineKnowIt() {
        resume(DISK);
        machine.diskWord = "disk";
        machine.restart(2);
        assertEquals(Reply.text("3 disk 254:3 A"), machine.ask(L1, RequestType.STATUS_INFO));
        deviceFails();
        assertDone(RequestType.MARK_REGION, 5);

        assertEquals(Reply.failure(Errno.EIO), machine.ask(L1, RequestType.FLUSH));

        assertEquals(Reply.text("3 disk 254:3 D"), machine.ask(L1, RequestType.STATUS_INFO));
        assertEquals(Reply.text("clustered-disk 254:3 1024 nosync  "), machine.ask(L1, RequestType.STATUS_TABLE));
    }

    @Test
    void s22ShouldFailFlushesOverARestartOfTheDaemon() {
        resume(DISK);
        deviceFails();
        assertDone(RequestType.MARK_REGION, 5);
        assertEquals(Reply.failure(Errno.EIO), machine.ask(L1, RequestType.FLUSH));

        machine.restart(2);

        assertEquals(Reply.failure(Errno.EIO), machine.ask(L1, RequestType.FLUSH));
    }

    @Test
    void s22ShouldFlushSuccessfullyOnceNoMarkIsHeld() {
        resume(DISK);
        deviceFails();
        assertDone(RequestType.MARK_REGION, 5);
        assertEquals(Reply.failure(Errno.EIO), machine.ask(L1, RequestType.FLUSH));
        assertDone(RequestType.CLEAR_REGION, 5);
        machine.pass(10_000);

        assertDone(RequestType.FLUSH);

        assertTrue(machine.log().members().get(machine.id(L1)).marks().isEmpty());
        assertTrue(machine.log().dirty().contains(5));
    }

    @Test
    void h15ShouldMarkAndFlushTheRegionsOfAnIntegratedFlush() {
        resume(NOSYNC);

        assertDone(RequestType.FLUSH, 5, 6);

        assertEquals(RegionSet.of(5, 6), machine.log().dirty());
    }

    // --- in sync --------------------------------------------------------------------------------------------------

    @Test
    void r5ShouldStayInSyncForTheSessionWhateverOthersReport() {
        resume(NOSYNC);
        neighbour.resume(spec(NOSYNC));
        neighbour.ask(new Ask.SetSync(5, false));

        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
        assertDone(RequestType.SET_REGION_SYNC, 6, 0);
        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 6));
        assertEquals(Reply.number(62), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        machine.restart(2);

        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
    }

    @Test
    void d8ShouldKnowInSyncWhatItToldTheKernelToWrite() {
        neighbour.resume(spec(FRESH));
        resume(FRESH);
        assertEquals(Reply.flag(false), machine.ask(L1, RequestType.IN_SYNC, 0));
        neighbour.ask(new Ask.NextResync());
        neighbour.ask(new Ask.SetSync(0, true));

        assertEquals(Reply.remoteRecovering(false, 1), machine.ask(L1, RequestType.IS_REMOTE_RECOVERING, 0));

        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 0));
        machine.restart(2);
        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 0));
    }

    @Test
    void d8ShouldKnowInSyncWhateverAFlushNamedAlsoWithoutARound() {
        resume(FRESH);
        machine.records.clear();
        machine.restart(2);
        machine.ask(L1, RequestType.IN_SYNC, 5);
        machine.construct(L1, FRESH + '\0');
        assertDone(RequestType.RESUME);
        assertEquals(Reply.flag(false), machine.ask(L1, RequestType.IN_SYNC, 5));

        assertDone(RequestType.MARK_REGION, 5);
        assertDone(RequestType.FLUSH);

        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
    }

    @Test
    void d10ShouldSayNotInSyncWhereAHintPassedAnUnsyncedRegion() {
        neighbour.resume(spec(FRESH));
        resume(FRESH);
        neighbour.ask(new Ask.NextResync());
        neighbour.ask(new Ask.SetSync(0, false));
        neighbour.ask(new Ask.NextResync());
        neighbour.ask(new Ask.SetSync(1, true));

        assertEquals(Reply.remoteRecovering(false, 2), machine.ask(L1, RequestType.IS_REMOTE_RECOVERING, 1));

        assertEquals(Reply.flag(false), machine.ask(L1, RequestType.IN_SYNC, 0));
        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 1));
        assertEquals(RegionSet.of(0), memory().grants());
    }

    @Test
    void d9ShouldAskAgainForAllAfterAFailureThatItHeardOf() {
        resume(NOSYNC);
        neighbour.resume(spec(NOSYNC));
        assertEquals(Reply.number(64), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        int rounds = machine.sent.size();
        assertEquals(Reply.number(64), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        assertEquals(rounds, machine.sent.size());

        neighbour.ask(new Ask.SetSync(5, false));
        assertDone(RequestType.FLUSH, 7);

        assertEquals(Reply.number(63), machine.ask(L1, RequestType.GET_SYNC_COUNT));
    }

    @Test
    void d9ShouldNotRepeatAllOverAFailureOfTheSameCommit() {
        LastKnownLog heard = new LastKnownLog("log", HeardNumbers.NONE, false);
        org.mirrorlog.log.RoundAnswer answer =
                new org.mirrorlog.log.RoundAnswer(OneMachine.UUID, machine.id(L1), 1, 1, 7, 0,
                64, 64, 7, DeviceHealth.ALIVE, new Answer.AllInSync());
        heard.take(answer);
        heard.allInSync();

        assertFalse(heard.mayRepeatAllInSync());
    }

    /** An owner of an older build does not know the question; "no" is right where "yes" is not certain. */
    @Test
    void shouldSayNotCleanWhereTheOwnerHoldsTheQuestion() {
        resume(NOSYNC);
        assertEquals(Reply.number(1), machine.ask(L1, RequestType.IS_CLEAN, 5));
        machine.isOwnerSilent = true;
        assertNull(machine.ask(L1, RequestType.IS_CLEAN, 5));
        org.mirrorlog.log.Round round = machine.sent.get(machine.sent.size() - 1);
        assertEquals(new Ask.IsClean(5), round.ask());

        machine.instances.onAnswer(new org.mirrorlog.log
                .RoundAnswer(OneMachine.UUID, machine.id(L1), round.daemonStart(),
                round.number(), Long.MAX_VALUE, 0, 64, 64, 0, DeviceHealth.ALIVE,
                new Answer.Held("unsupported: kind 14")), machine.nowMs);

        assertEquals(Reply.number(0), machine.latestReply());
    }

    @Test
    void d4ShouldDropTheRequestsOfAnOlderSession() {
        resume(NOSYNC);
        machine.isOwnerSilent = true;
        machine.askWithSeq(300, L1, RequestType.GET_SYNC_COUNT, new byte[0]);
        machine.askWithSeq(301, L1, RequestType.IS_REMOTE_RECOVERING, words(5));
        machine.askWithSeq(302, L1, RequestType.IS_REMOTE_RECOVERING, words(6));
        machine.askWithSeq(303, L1, RequestType.PRESUSPEND, new byte[0]);
        machine.askWithSeq(304, L1, RequestType.POSTSUSPEND, new byte[0]);
        machine.askWithSeq(305, L1, RequestType.RESUME, new byte[0]);

        machine.isOwnerSilent = false;
        machine.pass(2_000);

        assertEquals(Reply.done(), machine.replies.get(305));
        assertFalse(machine.replies.containsKey(302));
        assertEquals(Reply.done(), machine.replies.get(304));
    }

    // --- marks ----------------------------------------------------------------------------------------------------

    @Test
    void d6ShouldForgetAMarkBeforeItsClearLeavesTheMachine() {
        resume(NOSYNC);
        assertDone(RequestType.FLUSH, 5);
        assertDone(RequestType.CLEAR_REGION, 5);
        machine.isOwnerSilent = true;
        machine.pass(7_000);
        assertEquals(RegionSet.of(5), machine.sent.get(machine.sent.size() - 1).clears());

        assertTrue(memory().held().isEmpty());
        assertDone(RequestType.MARK_REGION, 5);
        assertNull(machine.ask(L1, RequestType.FLUSH));
        machine.isOwnerSilent = false;
        machine.pass(2_000);

        assertTrue(machine.log().members().get(machine.id(L1)).marks().contains(5));
        machine.pass(10_000);
        assertTrue(machine.log().dirty().contains(5));
    }

    @Test
    void d6ShouldNotGiveUpAMarkThatIsNotYetFlushed() {
        resume(NOSYNC);
        assertDone(RequestType.FLUSH, 5);
        assertDone(RequestType.CLEAR_REGION, 5);
        assertDone(RequestType.MARK_REGION, 5);

        machine.pass(20_000);

        assertTrue(machine.log().members().get(machine.id(L1)).marks().contains(5));
    }

    @Test
    void d13ShouldHandOnAClearThatTrailsTheSuspend() {
        resume(NOSYNC);
        assertDone(RequestType.FLUSH, 5);
        assertDone(RequestType.PRESUSPEND);
        assertDone(RequestType.POSTSUSPEND);
        assertEquals(RegionSet.of(5), machine.log().dirty());

        assertDone(RequestType.CLEAR_REGION, 5);
        assertDone(RequestType.FLUSH);
        machine.pass(1_000);

        assertTrue(machine.log().dirty().isEmpty());
    }

    @Test
    void s21ShouldLeaveTheOtherTableAloneOnDtr() {
        resume(NOSYNC);
        machine.construct(L2, NOSYNC);

        assertEquals(Reply.done(), machine.ask(L2, RequestType.DTR));

        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
        assertTrue(machine.log().members().get(machine.id(L1)).isActive());
    }

    @Test
    void d17ShouldTakeTablesThatTheKernelDoesNotHaveForDestroyed() {
        resume(NOSYNC);
        assertDone(RequestType.FLUSH, 5);
        machine.restart(2);

        machine.compareWith(java.util.Set.of("LVM-other"));
        machine.deliver();

        assertTrue(machine.log().members().isEmpty());
        assertTrue(machine.records.isEmpty());
        assertEquals(RegionSet.of(5), machine.log().dirty());
    }

    /** D15, L2: its kernel may have a region to recover, for which others wait, and nothing to ask. */
    @Test
    void d15ShouldWakeATableWhoseRecordIsLost() {
        resume(NOSYNC);
        machine.restart(2);
        machine.compareWith(java.util.Set.of(OneMachine.UUID));
        assertEquals(List.of(), machine.woken);
        machine.records.clear();
        machine.restart(3);

        machine.compareWith(java.util.Set.of(OneMachine.UUID));

        assertEquals(List.of(OneMachine.UUID), machine.woken.stream().map(InstanceKey::uuid).toList());
    }

    /** D16, L2: nobody has heard its RESUME; it may run, and its new boot be what others have to hear of. */
    @Test
    void d16ShouldWakeATableThatMayRunThoughItCountsAsSuspended() {
        machine.construct(L1, NOSYNC);
        machine.restart(2);

        machine.compareWith(java.util.Set.of(OneMachine.UUID));

        assertEquals(List.of(OneMachine.UUID), machine.woken.stream().map(InstanceKey::uuid).toList());
    }

    /** The device may be anybody's by now, the kernel's own log's too, whose dirty bits ours would overwrite. */
    @Test
    void d20ShouldLetGoOfALogDeviceWhoseTableTheKernelDoesNotHave() {
        resume(DISK);
        assertDone(RequestType.FLUSH, 5);
        machine.isOpeningSlow = true;
        machine.isOwnerSilent = true;
        machine.restart(2);

        machine.compareWith(java.util.Set.of());

        assertTrue(machine.closed.contains(new InstanceKey(OneMachine.UUID, L1)),
                "closed before its owner hears of the end");
        machine.isOpeningSlow = false;
        machine.isOwnerSilent = false;
        machine.deliver();
        assertTrue(machine.log().members().isEmpty());
        assertTrue(machine.records.isEmpty());
        assertEquals(RegionSet.of(5), machine.log().dirty());
    }

    /** Its worker sleeps while nothing is written here; the only ones to ask are people who look at the status. */
    @Test
    void d9ShouldTellAnIdleMachineThatAnotherOneHasEndedTheResync() {
        resume(FRESH);
        neighbour.resume(spec(FRESH));
        for (long region = 0; region < 64; region++) {
            neighbour.ask(new Ask.NextResync());
            neighbour.ask(new Ask.SetSync(region, true));
        }

        machine.pass(2_000);
        machine.ask(L1, RequestType.GET_SYNC_COUNT);

        assertEquals(Reply.number(64), machine.ask(L1, RequestType.GET_SYNC_COUNT));
    }
}
