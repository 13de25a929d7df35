package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a log does that goes on though its memory is damaged, missing, foreign or too short (D2, D21). */
class AdoptionRulesTest {
    private static final RegionSet ALL = RegionSet.range(0, LogStage.REGIONS);

    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");

    private void adopt(LogStage.Table... awaited) {
        Map<String, String> nodes = new java.util.LinkedHashMap<>();
        List.of(awaited).forEach(table -> nodes.put(table.id.incarnation(), table.node));
        stage.commit(List.of(new LogEvent.Adopted(stage.log.number() + 1_000, nodes)));
    }

    private LogState before() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        a.mark(3);
        return stage.log;
    }

    private void resumeAnew(LogStage.Table table) {
        table.leave();
        table.resume(LogStage.nosync());
    }

    @Test
    void shouldTakeEveryRegionForOutOfSyncAndForgetNobody() {
        LogState before = before();

        adopt();

        assertEquals(ALL, stage.log.dirty());
        assertEquals(ALL, stage.log.unsynced());
        assertEquals(before.members().keySet(), stage.log.members().keySet());
        assertEquals(RegionSet.of(3), a.member().marks());
        assertEquals(0, stage.log.provableHint());
        assertEquals(stage.log.number(), stage.log.lastLoss(), "whoever was told \"all in sync\" forgets it (D9)");
    }

    @Test
    void shouldLiftItsNumberFarBeyondAll() {
        before();

        stage.commit(List.of(new LogEvent.Adopted(1L << 40, Map.of())));

        assertEquals(1L << 40, stage.log.number());
        a.seenNow();
        a.rejoin(LogStage.nosync(), RegionSet.empty(), 0, RegionSet.empty());
        assertTrue(stage.log.number() > 1L << 40);
    }

    @Test
    void shouldServeNothingOfASessionBeforeItHasSaidAnewWhatItHolds() {
        before();

        adopt();

        assertEquals(new Answer.UnknownSession(), a.ask(new Ask.Mark(RegionSet.of(4))));
        assertEquals(new Answer.UnknownSession(), b.nextResync());
    }

    @Test
    void d5ShouldNotTakeClearsThatWereOnTheirWayBefore() {
        before();
        Round late = a.round(RegionSet.of(3), new Ask.HandOn());

        adopt();

        assertInstanceOf(Answer.Held.class, stage.send(late).orElseThrow());
        assertEquals(RegionSet.of(3), a.member().marks(), "it may have marked the region once more since");
    }

    @Test
    void s17ShouldTakeUpARunningTableWithItsOwnSessionHintAndGrants() {
        before();
        adopt();
        a.seenNow();

        Answer.Joined joined = assertInstanceOf(Answer.Joined.class,
                a.rejoin(LogStage.nosync(), RegionSet.of(3), 2, RegionSet.of(5)));

        assertEquals(new Answer.Joined(joined.session(), ALL, RegionSet.of(5), 2), joined);
        assertEquals(1, joined.session());
        assertEquals(ALL, a.member().marks());
        assertEquals(LogStage.REGIONS, a.member().hint());
        assertEquals(RegionSet.of(5), a.member().grants());
        a.mark(6);
    }

    @Test
    void d15ShouldTakeOneWithoutRecordForWritingEverythingOnOneLeg() {
        before();
        adopt();
        a.seenNow();

        Answer.Joined joined = assertInstanceOf(Answer.Joined.class, a.rejoinWithoutRecord(LogStage.nosync()));

        assertEquals(new Answer.Joined(1_003, ALL, ALL, LogStage.REGIONS), joined);
        assertEquals(ALL, a.member().grants());
    }

    @Test
    void shouldRecoverNothingBeforeEverybodyHasResumedAnew() {
        before();
        adopt();
        a.seenNow();
        b.seenNow();
        a.rejoin(LogStage.nosync(), RegionSet.of(3), 0, RegionSet.empty());
        b.rejoin(LogStage.nosync(), RegionSet.empty(), 0, RegionSet.empty());

        assertEquals(new Answer.NoWork(), a.nextResync());
        resumeAnew(a);
        assertEquals(new Answer.NoWork(), a.nextResync());
        a.assertIsGranted(4);
        assertEquals(0, a.member().hint(), "no hint passes what is out of sync");
        b.leave();

        assertEquals(new Answer.Work(0), a.nextResync());
    }

    /** As lvchange --refresh does: another table is loaded and resumed, and the former one destroyed. */
    @Test
    void shouldResyncWhatTwoHaveWrittenMeanwhileOnceOneHasLoadedItsTableAnew() {
        before();
        adopt();
        for (LogStage.Table table : List.of(a, b)) {
            table.seenNow();
            table.rejoin(LogStage.nosync(), RegionSet.of(5), 0, RegionSet.of(5));
        }
        resumeAnew(a);
        resumeAnew(b);
        for (long region : ALL.minus(RegionSet.of(5)).toArray()) {
            a.recover(region);
        }
        assertEquals(List.of(new Answer.NoWork(), new Answer.NoWork()), List.of(a.nextResync(), b.nextResync()));

        LogStage.Table anew = a.sibling(99);
        anew.seenNow();
        a.leave();
        anew.resume(LogStage.nosync());
        a.forget();

        assertEquals(new Answer.Work(5), b.nextResync());
    }

    @Test
    void shouldAwaitOneWhoOnlyTheClusterKnows() {
        LogStage.Table c = stage.machine("c");
        before();
        adopt(c);
        a.seenNow();
        a.leave();
        b.leave();
        a.resume(LogStage.nosync());
        stage.dies(b);
        assertEquals(new Answer.NoWork(), a.nextResync());

        stage.commit(List.of(new LogEvent.Absent(c.id.incarnation())));

        assertEquals(new Answer.Work(0), a.nextResync());
    }

    @Test
    void d16ShouldAwaitNobodyWhoIsDead() {
        LogStage.Table c = stage.machine("c");
        LogStage.Table d = stage.machine("d");
        stage.dies(d);
        a.resume(LogStage.nosync());
        adopt(c, d);

        assertEquals(List.of(new LogEvent.Died("boot-c")),
                DeathRules.due(stage.log, java.util.Set.of("boot-c", "boot-d"), List.of()));
        assertEquals(java.util.Set.of("boot-a", "boot-c"), stage.log.adoption().get().awaited().keySet());
    }

    @Test
    void d16ShouldTakeANewBootForTheEndOfAnAwaitedOne() {
        LogStage.Table c = stage.machine("c");
        adopt(c);
        LogStage.Table again = stage.rebooted(c, "boot-c2");
        again.seenNow();

        again.resume(LogStage.nosync());

        assertFalse(stage.log.isAwaiting());
        assertEquals(ALL, stage.log.unsynced());
    }

    @Test
    void shouldLetACopyThatWasUnderWayCountForNothing() {
        a.resume(LogStage.fresh());
        assertEquals(new Answer.Work(0), a.nextResync());
        adopt();
        a.seenNow();
        a.rejoin(LogStage.fresh(), RegionSet.empty(), 0, RegionSet.empty());

        assertEquals(new Answer.SyncSet(false), a.reportSync(0, true));

        assertEquals(ALL, stage.log.unsynced());
        assertEquals(Optional.empty(), stage.log.recovery());
    }

    @Test
    void d5ShouldExecuteNoRoundOfBefore() {
        Round late = a.round(RegionSet.empty(), new Ask.Resume(LogStage.nosync()));
        adopt();

        assertInstanceOf(Answer.Held.class, stage.send(late).orElseThrow());

        assertTrue(stage.log.members().isEmpty());
    }

    @Test
    void s1ShouldStartTheNextEpochAllDirtyWhateverTheDeviceSays() {
        stage.device = new DeviceReport.Readable(LogStage.REGIONS, ALL);
        adopt();
        a.seenNow();

        a.resume(LogStage.disk(org.mirrorlog.protocol.LogSpec.SyncMode.NOSYNC));

        assertEquals(ALL, stage.log.unsynced());
        assertFalse(stage.log.adoption().get().isFresh());
    }

    @Test
    void shouldEndWithTheFirstRegionThatIsRecovered() {
        before();
        adopt();
        a.seenNow();
        a.leave();
        b.leave();
        a.resume(LogStage.nosync());
        stage.commit(List.of(new LogEvent.Absent(b.id.incarnation())));
        for (long region = 0; region < LogStage.REGIONS; region++) {
            a.recover(region);
            a.clear(region);
        }
        a.leave();

        a.resume(LogStage.nosync());

        assertEquals(RegionSet.empty(), stage.log.unsynced());
    }

    @Test
    void shouldHoldAStrangerOfBeforeOnceRegionsMayHaveBeenRecovered() {
        adopt();
        a.seenNow();
        a.resume(LogStage.nosync());
        a.recover(0);
        b.session = 7;
        b.seenNow();

        assertInstanceOf(Answer.Held.class, b.rejoin(LogStage.nosync(), RegionSet.empty(), 0, RegionSet.empty()));
        adopt(b);
        b.seenNow();

        assertInstanceOf(Answer.Joined.class, b.rejoin(LogStage.nosync(), RegionSet.empty(), 0, RegionSet.empty()));
        assertEquals(ALL, stage.log.unsynced());
    }

    @Test
    void shouldTakeUpAnotherGeometryThanTheOldCopyKnows() {
        before();
        adopt();
        a.seenNow();
        var longer = LogStage.sized(LogStage.nosync(), 16L * LogStage.REGION_SECTORS, LogStage.REGION_SECTORS);

        assertInstanceOf(Answer.Joined.class, a.rejoin(longer, RegionSet.empty(), 0, RegionSet.empty()));

        assertEquals(RegionSet.range(0, 16), stage.log.unsynced());
        assertTrue(stage.log.isAwaiting());
    }

    @Test
    void s1ShouldStartAnUnknownLogAllDirtyWhereAnythingTellsOfALostMemory() {
        stage.rules = new Rules(true, true);

        a.resume(LogStage.nosync());

        assertEquals(ALL, stage.log.unsynced());
        a.leave();
        stage.rules = new Rules(true, false);
    }
}
