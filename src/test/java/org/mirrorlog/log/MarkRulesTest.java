package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Who may be writing what, and when a region is clean again: S1, S10, S16, S22, R3, D6, D10, D11, D13, H1, H5, H28. */
class MarkRulesTest {
    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");

    private void bothResumeInSync() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
    }

    @Test
    void s1ShouldKeepARegionDirtyWhileAnotherNodeHoldsAMark() {
        bothResumeInSync();
        a.mark(3);
        b.mark(3);

        a.clear(3);
        stage.assertDirty(3);
        b.clear(3);
        stage.assertDirty();
    }

    /** "Yes" follows an append, or an owner that was deposed would say it (D3). */
    @Test
    void d3ShouldCallARegionCleanOnlyWhileNobodyHasItMarkedAndAfterAnAppend() {
        bothResumeInSync();
        long before = stage.log.number();

        assertEquals(new Answer.Clean(), a.ask(new Ask.IsClean(3)));
        assertEquals(before + 1, stage.log.number());
        b.mark(3);
        assertEquals(new Answer.NotClean(), a.ask(new Ask.IsClean(3)));
        assertEquals(new Answer.Clean(), a.ask(new Ask.IsClean(4)));
        b.clear(3);
        assertEquals(new Answer.Clean(), a.ask(new Ask.IsClean(3)));
        a.reportSync(3, false);
        assertEquals(new Answer.NotClean(), b.ask(new Ask.IsClean(3)));
        assertEquals(new Answer.NotClean(), b.ask(new Ask.IsClean(1L << 40)), "there is no such region");
    }

    @Test
    void h1ShouldKeepTheMarksOfOthersForANodeThatJoinsLater() {
        a.resume(LogStage.nosync());
        a.mark(3);
        b.resume(LogStage.nosync());
        b.mark(3);

        b.clear(3);

        stage.assertDirty(3);
    }

    @Test
    void s10ShouldNotCleanARegionThatIsOutOfSync() {
        a.resume(LogStage.fresh());
        a.mark(3);

        a.clear(3);

        assertTrue(stage.log.dirty().contains(3));
        assertTrue(a.member().marks().isEmpty());
    }

    @Test
    void shouldCleanARecoveredRegionByAClearWithoutAMark() {
        a.resume(LogStage.fresh());
        a.recover(0);
        assertTrue(stage.log.dirty().contains(0));

        a.clear(0);

        assertFalse(stage.log.dirty().contains(0));
    }

    @Test
    void d6ShouldClearBeforeItMarksInOneRound() {
        bothResumeInSync();
        a.mark(3);

        a.ask(RegionSet.of(3), new Ask.Mark(RegionSet.of(3)));
        stage.assertDirty(3);
        assertEquals(RegionSet.of(3), a.member().marks());

        b.clear(3);
        stage.assertDirty(3);
    }

    @Test
    void r3ShouldHoldAMarkWhileAnotherCopiesThatRegionOnly() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        assertEquals(new Answer.Work(0), a.nextResync());

        assertInstanceOf(Answer.Held.class, b.ask(new Ask.Mark(RegionSet.of(0, 5))));
        assertTrue(b.member().marks().isEmpty());
        b.mark(5);
        a.mark(0);
        a.reportSync(0, true);
        b.mark(0);
    }

    @Test
    void shouldTakeTheClearsOfAHeldRound() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        b.mark(5);
        a.nextResync();

        assertInstanceOf(Answer.Held.class, b.ask(RegionSet.of(5), new Ask.Mark(RegionSet.of(0))));

        assertTrue(b.member().marks().isEmpty());
    }

    @Test
    void d13ShouldDoubtMarksThatWereNeverClearedUntilTheNextEpoch() {
        bothResumeInSync();
        a.mark(3);
        a.leave();
        b.mark(3);
        b.clear(3);
        stage.assertDirty(3);
        stage.assertUnsynced();
        a.resume(LogStage.nosync());
        a.clear(3);
        stage.assertDirty(3);
        stage.assertUnsynced();

        a.leave();
        b.leave();
        a.resume(LogStage.nosync());

        stage.assertUnsynced(3);
    }

    @Test
    void d13ShouldTakeAClearThatTrailsTheSuspend() {
        bothResumeInSync();
        a.mark(3);
        a.leave();

        a.clear(3);

        stage.assertDirty();
    }

    @Test
    void d13ShouldDoubtTheMarksOfADestroyedTable() {
        bothResumeInSync();
        a.mark(3);
        a.leave();
        a.forget();

        b.mark(3);
        b.clear(3);
        stage.assertDirty(3);
        b.leave();
        b.resume(LogStage.nosync());

        stage.assertUnsynced(3);
    }

    @Test
    void s16ShouldPutTheMarksOfADeadNodeOutOfSyncAndKeepThemDirty() {
        bothResumeInSync();
        a.mark(3, 4);
        a.clear(4);

        stage.dies(a);

        stage.assertUnsynced(3);
        stage.assertDirty(3);
        b.mark(3);
        b.clear(3);
        stage.assertDirty(3);
        assertFalse(stage.log.members().containsKey(a.id));
    }

    @Test
    void d11ShouldLetEverybodyWriteToAllLegsWhileTheEpochBarsRecovery() {
        bothResumeInSync();
        b.hearsAllInSync();
        a.mark(3);
        stage.dies(a);
        LogStage.Table late = stage.machine("c");
        late.resume(LogStage.nosync());

        late.assertMayWriteInSync(3);
        late.mark(3);
        assertEquals(new Answer.NoWork(), late.nextResync());
        assertTrue(late.member().grants().isEmpty());

        late.clear(3);
        late.leave();
        b.leave();
        late.resume(LogStage.nosync());
        late.recover(3);
        late.clear(3);
        stage.assertDirty();
    }

    @Test
    void s15ShouldKeepTheMarksOfANodeThatIsOnlySilent() {
        bothResumeInSync();
        a.mark(3);

        b.mark(3);
        b.clear(3);
        b.leave();
        b.resume(LogStage.nosync());

        assertEquals(RegionSet.of(3), a.member().marks());
        stage.assertDirty(3);
        stage.assertUnsynced();
    }

    @Test
    void h28ShouldDirtyACleanRegionWhoseLegFailed() {
        a.resume(LogStage.nosync());
        stage.assertDirty();

        assertEquals(new Answer.SyncSet(false), a.reportSync(3, false));

        stage.assertDirty(3);
        stage.assertUnsynced(3);
        assertEquals(RegionSet.of(3), a.member().grants());
        a.clear(3);
        stage.assertDirty(3);
    }

    @Test
    void s22ShouldCleanNothingWhileTheDeviceHasFailed() {
        a.resume(LogStage.disk(org.mirrorlog.protocol.LogSpec.SyncMode.NOSYNC));
        a.mark(3);
        stage.deviceFails(a, DeviceHealth.WRITE_FAILED);

        a.clear(3);

        stage.assertDirty(3);
        assertTrue(a.member().marks().isEmpty());
    }

    @Test
    void shouldMarkARegionOnceOnly() {
        a.resume(LogStage.nosync());
        a.mark(3);
        LogState before = stage.log;

        a.mark(3);

        assertEquals(before.dirty(), stage.log.dirty());
        assertEquals(before.members().get(a.id).marks(), a.member().marks());
    }
}
