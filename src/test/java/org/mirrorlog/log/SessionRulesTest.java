package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Streams, sessions, incarnations: D3–D5, D14–D18, D21, S17, S18, S21, H18, H20, H21, H26. */
class SessionRulesTest {
    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");

    // --- streams --------------------------------------------------------------------------------------------------

    @Test
    void d3ShouldAppendBeforeEveryPositiveAnswerAlsoToARepetition() {
        a.resume(LogStage.nosync());
        a.mark(3);
        long before = stage.log.number();

        assertEquals(Optional.of(new Answer.Done()), a.askAgain());

        assertEquals(before + 1, stage.log.number());
    }

    @Test
    void d5ShouldNotExecuteAnOlderRoundOfTheStream() {
        a.resume(LogStage.nosync());
        Round clear = a.round(RegionSet.of(3), new Ask.HandOn());
        a.mark(3);

        assertEquals(Optional.empty(), stage.send(clear));

        stage.assertDirty(3);
    }

    @Test
    void d5ShouldCloseTheStreamOfAnEarlierDaemonStart() {
        a.resume(LogStage.nosync());
        a.mark(3);
        Round late = a.round(RegionSet.of(3), new Ask.HandOn());
        a.daemonRestarts();
        a.rejoin(LogStage.nosync(), RegionSet.of(3), 0, RegionSet.empty());

        assertEquals(Optional.empty(), stage.send(late));

        stage.assertDirty(3);
    }

    @Test
    void d5ShouldNotResumeADestroyedTableBecauseACopyOfItsResumeIsLate() {
        b.resume(LogStage.nosync());
        a.resume(LogStage.nosync());
        Round resume = a.lastRound();
        a.leave();
        a.forget();

        assertEquals(Optional.of(new Answer.UnknownSession()), stage.send(resume));

        assertFalse(stage.log.members().containsKey(a.id));
    }

    @Test
    void d5ShouldResumeAReusedAddressUnderAHigherNumber() {
        a.resume(LogStage.nosync());
        a.leave();
        a.forget();

        a.resume(LogStage.nosync());

        assertTrue(a.member().isActive());
    }

    @Test
    void s18ShouldAnswerARepeatedResumeWithTheSameSession() {
        Answer.Joined first = a.resume(LogStage.nosync());

        Answer.Joined second = assertInstanceOf(Answer.Joined.class, a.askAgain().orElseThrow());

        assertEquals(first.session(), second.session());
    }

    @Test
    void d4ShouldExecuteNothingOfAnOlderSession() {
        a.resume(LogStage.nosync());
        long older = a.session;
        a.leave();
        a.resume(LogStage.nosync());
        a.session = older;

        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Mark(RegionSet.of(3))));
        assertEquals(new Answer.UnknownSession(), a.ask(RegionSet.of(3), new Ask.HandOn()));
        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Leave()));

        assertTrue(a.member().isActive());
        stage.assertDirty();
    }

    @Test
    void shouldKnowNobodyWhoNeverResumed() {
        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.SyncCount()));
        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Leave()));
        a.forget();

        assertTrue(stage.log.members().isEmpty());
    }

    @Test
    void shouldLeaveAndForgetTwiceWithoutHarm() {
        a.resume(LogStage.nosync());
        a.leave();
        a.leave();
        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Mark(RegionSet.of(3))));
        a.forget();
        a.forget();

        assertTrue(stage.log.members().isEmpty());
        stage.assertDirty();
    }

    // --- restarted daemons ----------------------------------------------------------------------------------------

    @Test
    void shouldServeNothingToARestartedDaemonBeforeItRejoins() {
        a.resume(LogStage.nosync());
        a.daemonRestarts();

        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Mark(RegionSet.of(3))));
        a.rejoin(LogStage.nosync(), RegionSet.empty(), 0, RegionSet.empty());
        a.mark(3);

        stage.assertDirty(3);
    }

    @Test
    void s17ShouldKeepWhatTheRecordHoldsAndGiveUpWhatItDoesNot() {
        a.resume(LogStage.nosync());
        a.mark(3, 4);
        long session = a.session;
        a.daemonRestarts();

        Answer.Joined joined = (Answer.Joined) a.rejoin(LogStage.nosync(), RegionSet.of(4, 5), 6, RegionSet.empty());

        assertEquals(session, joined.session());
        assertEquals(6, joined.hint());
        assertEquals(RegionSet.of(4, 5), a.member().marks());
        stage.assertDirty(4, 5);
    }

    @Test
    void s17ShouldKeepHintGrantsAndSlotOfARestartedDaemonsKernel() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        a.nextResync();
        a.reportSync(0, false);
        a.recover(1);
        b.mayWrite(1);
        assertEquals(new Answer.Work(2), a.nextResync());
        a.daemonRestarts();
        b.daemonRestarts();

        Answer.Joined joined = (Answer.Joined) b.rejoin(LogStage.fresh(), RegionSet.empty(), 0, RegionSet.empty());
        a.rejoin(LogStage.fresh(), RegionSet.empty(), 0, RegionSet.of(0));

        assertEquals(2, joined.hint());
        assertEquals(RegionSet.of(0), joined.grants());
        assertEquals(Optional.of(new Recovery(2, a.id)), stage.log.recovery());
        assertEquals(new Answer.SyncSet(true), a.reportSync(2, true));
    }

    /** S11: what its kernel had marked there was never flushed, or it counts as marked because of a reconnect (1.7). */
    @Test
    void s17ShouldNotTakeBackAMarkWhereAnotherNodeCopies() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        assertEquals(new Answer.Work(0), b.nextResync());
        assertEquals(new Answer.Done(), a.ask(new Ask.Expose()));
        a.daemonRestarts();

        a.rejoin(LogStage.fresh(), RegionSet.range(0, LogStage.REGIONS), 0, RegionSet.empty());
        assertEquals(RegionSet.range(1, LogStage.REGIONS), a.member().marks());
        a.leave();
        a.resume(LogStage.fresh());

        assertEquals(RegionSet.range(1, LogStage.REGIONS), a.member().grants());
        a.assertMustWait(0);
    }

    /** 1.7, S6: its RESUME may have got lost; then its kernel writes without a session. */
    @Test
    void shouldLetNobodyCopyWhatATableThatHasLeftMayWrite() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        a.leave();
        assertEquals(new Answer.Done(), a.ask(new Ask.Expose()));
        b.reportSync(3, false);

        assertEquals(new Answer.NoWork(), b.nextResync());
        stage.assertUnsynced(3);
        a.ask(RegionSet.range(0, LogStage.REGIONS), new Ask.Conceal());
        assertEquals(new Answer.Work(3), b.nextResync());
        stage.assertDirty(3);
    }

    /**
     * R3, 1.7: its kernel was told that the region is in sync, before it fell out of sync; whatever request fails next,
     * it writes there.
     */
    @Test
    void shouldNotLetAKernelReconnectWhileARegionIsCopiedThatItMayTakeForInSync() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        b.reportSync(3, false);
        assertEquals(new Answer.Work(3), b.nextResync());

        assertInstanceOf(Answer.Held.class, a.ask(new Ask.Expose()));
        b.reportSync(3, true);
        assertEquals(new Answer.Done(), a.ask(new Ask.Expose()));

        assertEquals(RegionSet.range(0, LogStage.REGIONS), a.member().marks());
    }

    /** D3: it lets the kernel go on. */
    @Test
    void shouldTellATableThatItIsUnknownOnlyAfterAnAppendWhenItReconnects() {
        a.resume(LogStage.nosync());
        a.leave();
        a.session = 7;
        long number = stage.log.number();

        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Expose()));

        assertEquals(number + 1, stage.log.number());
    }

    /** D5: a restarted daemon does not rejoin for a table that has left; its rounds have an order all the same. */
    @Test
    void d5ShouldNotExecuteALateConcealOfATableThatHasLeft() {
        a.resume(LogStage.nosync());
        a.leave();
        a.daemonRestarts();
        a.ask(new Ask.Expose());
        a.ask(RegionSet.range(0, LogStage.REGIONS), new Ask.Conceal());
        Round late = a.lastRound();
        a.ask(new Ask.Expose());

        assertEquals(Optional.empty(), stage.send(late));

        assertTrue(a.member().isExposed());
    }

    /** S6: nor in an epoch that another kernel begins. */
    @Test
    void shouldLetNobodyCopyWhatATableThatHasLeftMayWriteInTheNextEpochEither() {
        a.resume(LogStage.nosync());
        a.leave();
        a.ask(new Ask.Expose());

        b.resume(LogStage.nosync());

        assertEquals(new Answer.NoWork(), b.nextResync());
        a.resume(LogStage.nosync());
        assertEquals(RegionSet.range(0, LogStage.REGIONS), a.member().grants());
    }

    /** Nobody knows what it wrote without a session: that another table is resumed proves only that it does no more. */
    @Test
    void shouldDoubtEverythingWhenAnotherTableFollowsOneThatMayHaveRun() {
        a.resume(LogStage.nosync());
        a.leave();
        a.ask(new Ask.Expose());
        LogStage.Table swapped = a.sibling(2);

        Answer.Joined joined = swapped.resume(LogStage.nosync());

        assertEquals(RegionSet.range(0, LogStage.REGIONS), joined.unsynced());
        assertFalse(a.member().isExposed());
        assertEquals(new Answer.Work(0), swapped.nextResync());
    }

    /** S16: nor what it wrote when its machine died. */
    @Test
    void s16ShouldDoubtEverythingOfADeadKernelWhoseTableMayHaveRun() {
        a.resume(LogStage.nosync());
        a.leave();
        a.ask(new Ask.Expose());

        stage.dies(a);

        assertEquals(RegionSet.range(0, LogStage.REGIONS), stage.log.unsynced());
    }

    @Test
    void d15ShouldMarkGrantAndHintEverythingForAKernelWhoseRecordIsLost() {
        a.resume(LogStage.fresh());
        a.recover(0);
        a.clear(0);
        a.daemonRestarts();

        Answer.Joined joined = (Answer.Joined) a.rejoinWithoutRecord(LogStage.fresh());

        assertEquals(RegionSet.range(0, LogStage.REGIONS), a.member().marks());
        assertEquals(RegionSet.range(0, LogStage.REGIONS), stage.log.dirty());
        assertEquals(LogStage.REGIONS, joined.hint());
        assertEquals(RegionSet.range(1, LogStage.REGIONS), joined.grants());
        stage.assertUnsynced(1, 2, 3, 4, 5, 6, 7);
    }

    /** L1, D12: else its kernel waits until the whole mirror is resynced, for one copy follows the other. */
    @Test
    void d15ShouldBeginNoCopyWhileAKernelWhoseRecordIsLostWaitsForTheEndOfOne() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        assertEquals(new Answer.Work(0), b.nextResync());
        a.daemonRestarts();

        assertInstanceOf(Answer.Held.class, a.rejoinWithoutRecord(LogStage.fresh()));
        assertEquals(new Answer.Work(0), b.nextResync());
        b.reportSync(0, true);
        assertEquals(new Answer.NoWork(), b.nextResync());

        assertInstanceOf(Answer.Joined.class, a.rejoinWithoutRecord(LogStage.fresh()));
        a.forget();
        assertEquals(new Answer.Work(1), b.nextResync());
    }

    /** L5: its daemon may not come back at all. */
    @Test
    void shouldGoOnCopyingIfTheKernelWhoseRecordIsLostDoesNotAskAgain() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        b.nextResync();
        a.daemonRestarts();
        a.rejoinWithoutRecord(LogStage.fresh());
        b.reportSync(0, true);

        assertEquals(new Answer.NoWork(), b.nextResync());
        stage.requests.goOn();

        assertEquals(new Answer.Work(1), b.nextResync());
    }

    @Test
    void shouldNotTakeBackATableThatHasLeft() {
        a.resume(LogStage.nosync());
        a.leave();
        a.daemonRestarts();

        assertEquals(new Answer.UnknownSession(), a.rejoin(LogStage.nosync(), RegionSet.of(3), 0, RegionSet.empty()));
        assertEquals(new Answer.UnknownSession(), a.rejoinWithoutRecord(LogStage.nosync()));

        stage.assertDirty();
    }

    @Test
    void d2ShouldTellARunningTableOnlyAfterAnAppendThatItsSessionIsOver() {
        a.resume(LogStage.nosync());
        a.leave();
        a.daemonRestarts();
        long number = stage.log.number();

        a.rejoinWithoutRecord(LogStage.nosync());

        assertEquals(number + 1, stage.log.number(), "who has lost its record cannot tell that a history is too short");
    }

    @Test
    void d21ShouldHoldARunningTableThatTheJournalDoesNotKnowUntilItIsAdopted() {
        a.session = 7;
        assertInstanceOf(Answer.Held.class, a.rejoin(LogStage.nosync(), RegionSet.of(3), 0, RegionSet.empty()));
        stage.commit(List.of(new LogEvent.Adopted(1_000, Map.of())));

        assertInstanceOf(Answer.Held.class, a.rejoin(LogStage.nosync(), RegionSet.of(3), 0, RegionSet.empty()));
        a.rejoin(LogStage.nosync(), RegionSet.of(3), 0, RegionSet.empty());

        assertEquals(RegionSet.range(0, LogStage.REGIONS), stage.log.unsynced());
        assertEquals(RegionSet.range(0, LogStage.REGIONS), a.member().marks());
        assertEquals(7, a.member().session());
    }

    // --- tables of one kernel -------------------------------------------------------------------------------------

    @Test
    void s21ShouldNotTouchASiblingTable() {
        a.resume(LogStage.nosync());
        a.mark(3);
        LogStage.Table other = a.sibling(2);

        other.forget();

        assertTrue(a.member().isActive());
        assertEquals(RegionSet.of(3), a.member().marks());
    }

    @Test
    void h26ShouldSwapTablesWithoutTheOldOneDisturbingTheNewOne() {
        a.resume(LogStage.nosync());
        LogStage.Table swapped = a.sibling(2);
        a.leave();
        swapped.resume(LogStage.nosync());
        swapped.mark(3);

        a.forget();

        assertTrue(swapped.member().isActive());
        stage.assertDirty(3);
    }

    /** S18, S21: another table has ended that session since, so it was the last round of it that was executed. */
    @Test
    void d5ShouldNotExecuteALateCopyOfAResumeWhoseSessionAnotherTableHasEnded() {
        a.resume(LogStage.nosync());
        Round late = a.lastRound();
        LogStage.Table swapped = a.sibling(2);
        swapped.resume(LogStage.nosync());

        assertEquals(Optional.empty(), stage.send(late));

        assertTrue(swapped.member().isActive());
        assertFalse(a.member().isActive());
    }

    @Test
    void d17ShouldEndAnOlderTableOfTheKernelWhoseSuspendGotLost() {
        b.resume(LogStage.nosync());
        a.resume(LogStage.nosync());
        a.mark(3);
        LogStage.Table swapped = a.sibling(2);

        swapped.resume(LogStage.nosync());

        assertFalse(a.member().isActive());
        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Mark(RegionSet.of(4))));
        stage.assertDirty(3);
    }

    // --- incarnations ---------------------------------------------------------------------------------------------

    @Test
    void d16ShouldTakeANewBootOfTheMachineForTheDeathOfTheOldOne() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        a.mark(3);
        LogStage.Table again = stage.rebooted(a, "boot-a2");

        again.resume(LogStage.nosync());

        stage.assertUnsynced(3);
        assertFalse(stage.log.members().containsKey(a.id));
        assertEquals(java.util.List.of("boot-a"), stage.log.dead());
    }

    @Test
    void d16ShouldNotTakeATwinForTheMachineItself() {
        a.resume(LogStage.nosync());
        a.mark(3);

        stage.twin(a, "boot-t").resume(LogStage.nosync());

        assertTrue(a.member().isActive(), "it was merely cut off, and goes on writing");
        stage.assertUnsynced();
        stage.assertDirty(3);
    }

    @Test
    void d16ShouldNotTakeItForADeathWhereAMachineMayRunTwice() {
        stage.rules = new Rules(false, false);
        a.resume(LogStage.nosync());
        a.mark(3);

        stage.rebooted(a, "boot-a2").resume(LogStage.nosync());

        assertTrue(a.member().isActive());
        stage.assertUnsynced();
        stage.assertDirty(3);
    }

    @Test
    void d16ShouldNeverServeADeadIncarnationAgain() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        stage.dies(a);

        assertInstanceOf(Answer.DeclaredDead.class, a.ask(new Ask.Mark(RegionSet.of(3))));
        assertInstanceOf(Answer.DeclaredDead.class, a.ask(new Ask.Resume(LogStage.nosync())));
        assertInstanceOf(Answer.DeclaredDead.class, a.rejoinWithoutRecord(LogStage.nosync()));

        stage.assertDirty();
        assertEquals(1, stage.log.members().size());
    }

    /** Its RESUME was on the way when the machine went down, and arrives after that of the next boot. */
    @Test
    void d16ShouldNotLetAGhostOfAnOlderBootKillTheNewerOne() {
        Round ghost = a.round(RegionSet.empty(), new Ask.Resume(LogStage.nosync()));
        LogStage.Table again = stage.rebooted(a, "boot-a2");
        again.resume(LogStage.nosync());
        again.mark(3);

        Optional<Answer> answer = stage.send(ghost);

        assertTrue(answer.isEmpty() || answer.get().isDenial(), String.valueOf(answer));
        assertTrue(again.member().isActive());
        assertFalse(stage.log.dead().contains("boot-a2"));
    }
}
