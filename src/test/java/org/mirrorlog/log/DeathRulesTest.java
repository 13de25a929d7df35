package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a log does about a kernel that was declared dead, and about the survivors (S15, S16, D11, D16, D22). */
class DeathRulesTest {
    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");
    private final LogStage.Table c = stage.machine("c");

    private List<LogEvent> due(String... asking) {
        return DeathRules.due(stage.log, Set.of("boot-a"), List.of(asking));
    }

    /** As an owner does that was told to reactivate. */
    private void declareDeadAndReactivate(LogStage.Table table) {
        List<LogEvent> events = new ArrayList<>(DeathRules.due(stage.log, Set.of(table.id.incarnation()), List.of()));
        events.addAll(DeathRules.reactivation(stage.log.opened().with(events), events));
        stage.commit(events);
    }

    private void allInSyncBesideMarks() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        c.resume(LogStage.nosync());
        a.hearsAllInSync();
        b.hearsAllInSync();
        c.hearsAllInSync();
        a.mark(3, 5);
    }

    // --- which deaths a log has to be told of -----------------------------------------------------------------------

    @Test
    void s15ShouldFreezeTheMarksOfWhoeverIsOnlySilent() {
        allInSyncBesideMarks();

        assertEquals(List.of(), DeathRules.due(stage.log, Set.of(), List.of("boot-b")));

        stage.assertDirty(3, 5);
        stage.assertUnsynced();
    }

    @Test
    void s16ShouldBeToldOfTheDeathOfAMemberOnce() {
        allInSyncBesideMarks();

        assertEquals(List.of(new LogEvent.Died("boot-a")), due());
        stage.commit(due());

        stage.assertDirty(3, 5);
        stage.assertUnsynced(3, 5);
        assertEquals(List.of(), due("boot-a", "boot-b"));
    }

    @Test
    void d16ShouldBeToldOfAStrangersDeathOnlyWhenItAsks() {
        b.resume(LogStage.nosync());

        assertEquals(List.of(), due("boot-b"));
        assertEquals(List.of(new LogEvent.Died("boot-a")), due("boot-b", "boot-a"));
        stage.commit(due("boot-a"));

        assertEquals(new Answer.DeclaredDead(), a.ask(new Ask.Resume(LogStage.nosync())));
        assertEquals(List.of(), due("boot-a"));
    }

    @Test
    void d16ShouldRefuseEachRoundOfTheDeadAndRecordNothing() {
        allInSyncBesideMarks();
        stage.commit(due());
        long number = stage.log.number();

        for (Ask ask : List.of(new Ask.Mark(RegionSet.of(1)), new Ask.HandOn(), new Ask.Leave(), new Ask.Forget(),
                new Ask.NextResync(), new Ask.SetSync(3, true), new Ask.MayWrite(3, false), new Ask.SyncCount())) {
            assertEquals(new Answer.DeclaredDead(), a.ask(RegionSet.of(3, 5), ask), ask.toString());
        }

        assertEquals(number, stage.log.number());
        stage.assertDirty(3, 5);
    }

    @Test
    void shouldTakeDeathsInTheSameOrderEverywhere() {
        allInSyncBesideMarks();

        List<LogEvent> events = DeathRules.due(stage.log, Set.of("boot-c", "boot-b", "boot-x", "boot-a"),
                List.of("boot-x"));

        assertEquals(List.of("boot-a", "boot-b", "boot-c", "boot-x"),
                events.stream().map(event -> ((LogEvent.Died) event).incarnation()).toList());
    }

    /** A round of a newer build waits, and is not taken for executed. */
    @Test
    void shouldHoldWhatItDoesNotKnow() {
        a.resume(LogStage.nosync());
        long number = stage.log.number();

        assertInstanceOf(Answer.Held.class, a.ask(RegionSet.of(1), new Ask.Unknown(200)));

        assertEquals(number, stage.log.number());
        a.mark(3);
    }

    // --- what becomes of what it held -------------------------------------------------------------------------------

    @Test
    void h4ShouldFreeTheRecoverySlotOfTheDead() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        assertEquals(new Answer.Work(0), a.nextResync());
        assertEquals(new Answer.NoWork(), b.nextResync());

        stage.commit(due());

        assertEquals(new Answer.Work(0), b.nextResync());
    }

    @Test
    void r4ShouldEndTheGrantsOfTheDead() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        a.reportSync(4, false);
        assertInstanceOf(Answer.NoWork.class, b.nextResync());

        stage.commit(due());

        b.recover(4);
        stage.assertUnsynced();
    }

    @Test
    void d11ShouldCountAsInSyncForSurvivorsUntilTheyResumeAnew() {
        allInSyncBesideMarks();

        stage.commit(due());

        b.assertMayWriteInSync(3);
        assertEquals(new Answer.NoWork(), b.nextResync());
        b.mark(3);
        b.clear(3);
        stage.assertDirty(3, 5);
        stage.assertUnsynced(3, 5);
    }

    @Test
    void r2ShouldRecoverOnceEverySurvivorHasResumedAnew() {
        allInSyncBesideMarks();
        stage.commit(due());
        b.leave();
        b.resume(LogStage.nosync());
        assertEquals(new Answer.NoWork(), b.nextResync());

        c.leave();
        c.resume(LogStage.nosync());

        c.recover(3);
        b.recover(5);
        stage.assertUnsynced();
    }

    // --- reactivation -----------------------------------------------------------------------------------------------

    @Test
    void d22ShouldNotReactivateWhereNothingHindersRecovery() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        a.mark(3);

        declareDeadAndReactivate(a);

        assertFalse(stage.log.isReactivating());
        b.recover(3);
    }

    @Test
    void d22ShouldNotReactivateForADeathThatLeftNothing() {
        allInSyncBesideMarks();

        declareDeadAndReactivate(b);

        assertFalse(stage.log.isReactivating());
    }

    /**
     * Else the first one to resume would be given hint = all again by its first write, and bar the recovery once more.
     */
    @Test
    void d22ShouldKeepHintsBelowWhatTheDeadLeftUntilTheLastSurvivorHasResumed() {
        allInSyncBesideMarks();
        declareDeadAndReactivate(a);
        assertTrue(stage.log.isReactivating());

        b.leave();
        b.resume(LogStage.nosync());
        b.assertMayWriteInSync(7);
        b.assertMayWriteInSync(3);
        assertEquals(3, b.member().hint());
        assertFalse(stage.log.needsReactivation(b.id));
        assertTrue(stage.log.needsReactivation(c.id));
        assertEquals(new Answer.NoWork(), b.nextResync());
        c.leave();
        c.resume(LogStage.nosync());

        assertFalse(stage.log.isReactivating());
        c.recover(3);
        b.recover(5);
        stage.assertUnsynced();
        b.hearsAllInSync();
    }

    @Test
    void d22ShouldLetHintsPassAgainWhenItIsGivenUp() {
        allInSyncBesideMarks();
        declareDeadAndReactivate(a);
        b.leave();
        b.resume(LogStage.nosync());

        stage.commit(List.of(new LogEvent.ReactivationGivenUp()));
        b.assertMayWriteInSync(7);

        assertEquals(LogStage.REGIONS, b.member().hint());
        stage.assertUnsynced(3, 5);
        stage.assertDirty(3, 5);
    }

    @Test
    void d22ShouldEndWhenTheLastOneThatHindersLeavesOrDies() {
        allInSyncBesideMarks();
        declareDeadAndReactivate(a);
        b.leave();
        assertTrue(stage.log.isReactivating());

        stage.dies(c);

        assertFalse(stage.log.isReactivating());
    }

    @Test
    void d22ShouldReachTheSameStateInWhateverPortionsEventsAreReplayed() {
        allInSyncBesideMarks();
        LogState before = stage.log.opened();
        List<LogEvent> events = List.of(new LogEvent.Died("boot-a"), new LogEvent.ReactivationBegan(),
                new LogEvent.Left(b.id), new LogEvent.Left(c.id), new LogEvent.Joined(b.id, "node-b", 9),
                new LogEvent.Hinted(b.id, LogStage.REGIONS));

        LogState one = before;
        for (LogEvent event : events) {
            one = one.with(List.of(event));
        }

        assertEquals(before.with(events), one);
    }
}
