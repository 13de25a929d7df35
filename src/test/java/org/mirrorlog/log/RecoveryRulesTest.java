package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who copies which region, and who may write meanwhile: S5–S8, S11–S13, R1, R2, R4, D10, L4, H2–H4, H8–H12. */
class RecoveryRulesTest {
    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");

    private void bothResumeFresh() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
    }

    private void aRecoversAll() {
        for (long region = 0; region < LogStage.REGIONS; region++) {
            a.recover(region);
        }
    }

    @Test
    void s5ShouldGiveOneRegionToOneNodeAtATime() {
        bothResumeFresh();

        assertEquals(new Answer.Work(0), a.nextResync());
        assertEquals(new Answer.Work(0), a.nextResync());
        assertEquals(new Answer.NoWork(), b.nextResync());
        a.reportSync(0, true);
        assertEquals(new Answer.Work(1), b.nextResync());
    }

    @Test
    void h3ShouldKeepTheSlotWhenAnotherNodeReportsSomething() {
        bothResumeFresh();
        a.nextResync();

        b.reportSync(0, true);
        b.reportSync(5, false);
        b.reportSync(0, false);

        assertEquals(Optional.of(new Recovery(0, a.id)), stage.log.recovery());
        assertEquals(new Answer.NoWork(), b.nextResync());
    }

    @Test
    void s7ShouldBelieveInSyncOnlyFromTheRecoverer() {
        bothResumeFresh();
        a.nextResync();

        assertEquals(new Answer.SyncSet(false), b.reportSync(0, true));
        assertEquals(new Answer.SyncSet(false), a.reportSync(1, true));

        stage.assertUnsynced(0, 1, 2, 3, 4, 5, 6, 7);
    }

    /** The reporter writes the region on one leg from then on (K2), whatever the copy under way makes of it. */
    @Test
    void s8ShouldNotBelieveACopyThatAnotherNodesFailureOvertook() {
        bothResumeFresh();
        a.nextResync();
        b.reportSync(0, false);

        assertEquals(new Answer.SyncSet(false), a.reportSync(0, true));

        assertTrue(stage.log.unsynced().contains(0));
        assertEquals(Optional.empty(), stage.log.recovery());
        assertEquals(new Answer.Work(1), a.nextResync());
    }

    @Test
    void h4ShouldFreeTheSlotOfADeadRecoverer() {
        bothResumeFresh();
        a.nextResync();

        stage.dies(a);

        assertEquals(new Answer.Work(0), b.nextResync());
    }

    @Test
    void s5ShouldFreeTheSlotOnHaltAndOnLeave() {
        bothResumeFresh();
        a.nextResync();
        assertEquals(new Answer.Done(), a.ask(new Ask.Halt()));
        assertEquals(new Answer.Work(0), b.nextResync());

        assertEquals(new Answer.Done(), a.ask(new Ask.Halt()));
        assertEquals(Optional.of(new Recovery(0, b.id)), stage.log.recovery());
        b.leave();
        assertEquals(Optional.empty(), stage.log.recovery());
    }

    /** Its report may have got lost, or the region may wait for a write that the kernel holds (1.7). */
    @Test
    void s11ShouldKeepOthersFromARegionThatAnExposedKernelMayCopyStill() {
        bothResumeFresh();
        a.nextResync();
        a.ask(new Ask.Expose());

        assertTrue(a.mayWriteWhileSuspending(5) instanceof Answer.Write);
        assertTrue(a.mayWriteWhileSuspending(0) instanceof Answer.Write, "the kernel puts its own writes in order");

        b.assertMustWait(0);
        assertEquals(Optional.of(new Recovery(0, a.id)), stage.log.recovery());
        assertEquals(new Answer.SyncSet(true), a.reportSync(0, true));
        b.assertMayWriteInSync(0);
    }

    @Test
    void r1ShouldLeaveAFailedRegionBehindUntilAllHaveResumed() {
        bothResumeFresh();
        a.nextResync();
        assertEquals(new Answer.SyncSet(false), a.reportSync(0, false));

        assertEquals(new Answer.Work(1), a.nextResync());
        a.reportSync(1, true);
        b.assertIsGranted(0);
        a.leave();
        a.resume(LogStage.fresh());
        assertTrue(stage.log.abandoned().contains(0));
        b.leave();
        b.resume(LogStage.fresh());

        assertTrue(stage.log.abandoned().isEmpty());
    }

    @Test
    void s12ShouldNotRecoverBelowTheHintOfAnotherNode() {
        bothResumeFresh();
        aRecoversAll();
        b.hearsAllInSync();
        a.reportSync(2, false);

        assertEquals(new Answer.NoWork(), a.nextResync());
        b.leave();

        assertEquals(new Answer.Work(2), a.nextResync());
    }

    @Test
    void r1ShouldHintUpToTheFirstRegionThatIsStillToCome() {
        bothResumeFresh();
        a.recover(0);
        a.recover(1);

        Answer.Write write = (Answer.Write) b.mayWrite(1);

        assertEquals(2, write.hint());
        assertFalse(write.isGrant());
        assertEquals(2, b.member().hint());
    }

    @Test
    void d10ShouldGrantTheUnsyncedRegionsThatAHintPasses() {
        bothResumeFresh();
        a.nextResync();
        a.reportSync(0, false);
        a.recover(1);

        Answer.Write write = (Answer.Write) b.mayWrite(1);

        assertEquals(new Answer.Write(false, 2, RegionSet.of(0)), write);
        assertEquals(RegionSet.of(0), b.member().grants());
    }

    @Test
    void s11ShouldLetWritersOfUnsyncedRegionsWaitAndServeThemFirst() {
        bothResumeFresh();

        b.assertMustWait(6);
        b.assertMustWait(5);

        a.recover(5);
        a.recover(6);
        a.recover(0);
        b.assertMayWriteInSync(6);
    }

    @Test
    void r3ShouldNotAssignARegionThatAnotherNodeHasMarked() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        b.mark(0, 1);

        assertEquals(new Answer.Work(2), a.nextResync());
        a.reportSync(2, true);
        b.clear(0);
        assertEquals(new Answer.Work(0), a.nextResync());
    }

    @Test
    void r4ShouldRecoverAGrantedRegionOnItsHolderOnly() {
        bothResumeFresh();
        aRecoversAll();
        b.reportSync(3, false);

        assertEquals(new Answer.NoWork(), a.nextResync());
        b.recover(3);

        assertTrue(b.member().grants().isEmpty());
        stage.assertUnsynced();
    }

    @Test
    void r4ShouldRecoverNothingThatTwoHoldAGrantFor() {
        bothResumeFresh();
        aRecoversAll();
        a.reportSync(3, false);
        b.reportSync(3, false);

        assertEquals(new Answer.NoWork(), a.nextResync());
        assertEquals(new Answer.NoWork(), b.nextResync());
        b.leave();
        assertEquals(new Answer.NoWork(), a.nextResync());
        b.forget();

        assertEquals(new Answer.Work(3), a.nextResync());
    }

    @Test
    void d10ShouldKeepAGrantOverSuspendAndEndItWithTheTable() {
        a.resume(LogStage.nosync());
        a.reportSync(3, false);
        a.leave();

        assertEquals(RegionSet.of(3), a.resume(LogStage.nosync()).grants());
        a.leave();
        a.forget();

        assertTrue(a.resume(LogStage.nosync()).grants().isEmpty());
        stage.assertUnsynced(3);
    }

    @Test
    void l4ShouldGrantADrainingWriteThatNobodyElseCanServe() {
        a.resume(LogStage.fresh());
        a.assertMustWait(3);

        Answer answer = a.mayWriteWhileSuspending(3);

        assertEquals(new Answer.Write(true, 0, RegionSet.empty()), answer);
        assertEquals(RegionSet.of(3), a.member().grants());
    }

    @Test
    void l4ShouldLetADrainingWriteWaitForAnotherNodeThatCanRecover() {
        bothResumeFresh();

        assertEquals(new Answer.Wait(), a.mayWriteWhileSuspending(3));
        b.recover(3);

        a.assertMayWriteInSync(3);
    }

    /** All nodes are suspended at once for a table change: none of them recovers any more. */
    @Test
    void l4ShouldNotLetTwoSuspendingNodesWaitForEachOther() {
        bothResumeFresh();
        a.mayWriteWhileSuspending(3);
        b.mayWriteWhileSuspending(5);

        assertEquals(new Answer.Write(true, 0, RegionSet.empty()), a.mayWriteWhileSuspending(3));
        assertEquals(new Answer.Write(true, 0, RegionSet.empty()), b.mayWriteWhileSuspending(5));
    }

    @Test
    void h29ShouldCountOnANodeAgainThatResumedWithoutPostsuspend() {
        bothResumeFresh();
        b.mayWriteWhileSuspending(5);
        b.assertMustWait(5);

        assertEquals(new Answer.Wait(), a.mayWriteWhileSuspending(3));
    }

    /** Its kernel has stopped recovering, so an assignment it still has can only be one whose answer got lost. */
    @Test
    void l4ShouldNotLetASuspendingNodeWaitForItsOwnLostAssignment() {
        a.resume(LogStage.fresh());
        a.nextResync();

        assertEquals(new Answer.Write(true, 0, RegionSet.empty()), a.mayWriteWhileSuspending(0));

        assertEquals(Optional.empty(), stage.log.recovery());
    }

    @Test
    void s11ShouldNotGrantASuspendingNodeWhatAnotherIsCopying() {
        bothResumeFresh();
        b.nextResync();

        assertEquals(new Answer.Wait(), a.mayWriteWhileSuspending(0));
    }

    @Test
    void s13ShouldSayAllOnlyWhenAllAreInSync() {
        bothResumeFresh();
        assertEquals(new Answer.NotAllInSync(), a.ask(new Ask.SyncCount()));
        aRecoversAll();
        a.askAgain();

        assertEquals(LogStage.REGIONS, stage.log.syncCount());
        b.hearsAllInSync();
        assertEquals(LogStage.REGIONS, b.member().hint());
        a.reportSync(1, false);
        assertEquals(new Answer.NotAllInSync(), b.ask(new Ask.SyncCount()));
    }

    @Test
    void r2ShouldRecoverNothingAfterADeathWhileAHintForAllIsOut() {
        bothResumeFresh();
        aRecoversAll();
        b.hearsAllInSync();
        a.mark(3);
        LogStage.Table c = stage.machine("c");
        c.resume(LogStage.fresh());
        stage.dies(a);

        assertEquals(new Answer.NoWork(), c.nextResync());
        b.leave();
        b.resume(LogStage.fresh());

        c.recover(3);
    }
}
