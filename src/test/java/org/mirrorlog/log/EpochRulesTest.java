package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mirrorlog.log.LogStage.REGIONS;
import static org.mirrorlog.log.LogStage.REGION_SECTORS;
import static org.mirrorlog.protocol.LogSpec.SyncMode.DEFAULT;
import static org.mirrorlog.protocol.LogSpec.SyncMode.NOSYNC;
import static org.mirrorlog.protocol.LogSpec.SyncMode.SYNC;

import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.LogSpec;

/** From which bits an epoch starts: protocol 3.6, 5.2, 5.4; S19, S22, S23, D18–D20, H25. */
class EpochRulesTest {
    private static final RegionSet ALL = RegionSet.range(0, REGIONS);

    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");

    // --- the device, table 5.2 ------------------------------------------------------------------------------------

    private void assertDeviceGives(RegionSet dirty, LogSpec.SyncMode mode, DeviceReport report) {
        stage.device = report;
        a.resume(LogStage.disk(mode));

        assertEquals(dirty, stage.log.dirty());
        assertEquals(dirty, stage.log.unsynced());
    }

    @Test
    void shouldBelieveAReadableDevice() {
        assertDeviceGives(RegionSet.of(0, 7), DEFAULT, new DeviceReport.Readable(REGIONS, RegionSet.range(1, 7)));
    }

    @Test
    void shouldBelieveAValidDeviceWhateverNosyncSays() {
        assertDeviceGives(RegionSet.of(0, 7), NOSYNC, new DeviceReport.Readable(REGIONS, RegionSet.range(1, 7)));
    }

    @Test
    void shouldBelieveAValidDeviceWhateverSyncSays() {
        assertDeviceGives(RegionSet.of(0, 7), SYNC, new DeviceReport.Readable(REGIONS, RegionSet.range(1, 7)));
    }

    @Test
    void shouldTakeTheRegionNumberOfLvmForAllOfThem() {
        assertDeviceGives(RegionSet.of(3), DEFAULT, new DeviceReport.Readable(-1, ALL.without(3)));
    }

    @Test
    void s19ShouldDirtyWhatAShorterDeviceDoesNotKnow() {
        assertDeviceGives(RegionSet.of(1, 5, 6, 7), DEFAULT, new DeviceReport.Readable(5, RegionSet.of(0, 2, 3, 4)));
    }

    @Test
    void shouldLetNosyncCleanWhatAShorterDeviceDoesNotKnow() {
        assertDeviceGives(RegionSet.of(1), NOSYNC, new DeviceReport.Readable(5, RegionSet.of(0, 2, 3, 4)));
    }

    @Test
    void s23ShouldIgnoreCleanBitsBeyondTheDevicesOwnCount() {
        assertDeviceGives(ALL, DEFAULT, new DeviceReport.Readable(0, ALL));
    }

    @Test
    void shouldStartABlankDeviceDirty() {
        assertDeviceGives(ALL, DEFAULT, new DeviceReport.Blank());
    }

    @Test
    void shouldStartABlankDeviceDirtyWithSync() {
        assertDeviceGives(ALL, SYNC, new DeviceReport.Blank());
    }

    @Test
    void shouldStartABlankDeviceCleanWithNosync() {
        assertDeviceGives(RegionSet.empty(), NOSYNC, new DeviceReport.Blank());
    }

    @Test
    void h25ShouldNeverCleanAnUnreadableDeviceNosyncOrNot() {
        assertDeviceGives(ALL, NOSYNC, new DeviceReport.Unknown("torn header"));
    }

    @Test
    void d20ShouldReadTheDeviceOnlyForTheFirstSessionOfAnEpoch() {
        stage.device = new DeviceReport.Readable(REGIONS, ALL);
        a.resume(LogStage.disk(DEFAULT));
        stage.device = new DeviceReport.Unknown("must not be looked at");
        Round second = b.round(RegionSet.empty(), new Ask.Resume(LogStage.disk(DEFAULT)));

        assertFalse(Decider.needsDevice(stage.log, stage.rules, second));
        assertInstanceOf(Answer.Joined.class, stage.send(second).orElseThrow());

        stage.assertDirty();
    }

    @Test
    void d5ShouldNotReadTheDeviceForALateCopyOfAnExecutedResume() {
        stage.device = new DeviceReport.Readable(REGIONS, ALL);
        a.resume(LogStage.disk(DEFAULT));
        Round resume = a.round(RegionSet.empty(), new Ask.Resume(LogStage.disk(DEFAULT)));
        a.mark(2);

        assertFalse(Decider.needsDevice(stage.log, stage.rules, resume));
        assertTrue(stage.send(resume).isEmpty());
    }

    @Test
    void d20ShouldMergeTheDeviceWithTheJournalAndKeepTheDirtier() {
        stage.device = new DeviceReport.Readable(REGIONS, ALL);
        a.resume(LogStage.disk(DEFAULT));
        a.mark(2);
        a.leave();
        stage.device = new DeviceReport.Readable(REGIONS, ALL.without(5));

        a.resume(LogStage.disk(DEFAULT));

        stage.assertUnsynced(2, 5);
    }

    // --- core logs ------------------------------------------------------------------------------------------------

    @Test
    void d18ShouldKeepTheBitsOfACoreLogForItsOwnTable() {
        a.resume(LogStage.fresh());
        a.recover(0);
        a.clear(0);
        a.leave();

        a.resume(LogStage.fresh());

        stage.assertUnsynced(1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void d18ShouldStartAnotherTableOfACoreLogFromItsOptions() {
        a.resume(LogStage.nosync());
        a.leave();

        a.sibling(2).resume(LogStage.fresh());

        assertEquals(ALL, stage.log.unsynced());
    }

    @Test
    void d18ShouldNotLetNosyncCleanWhatWasDirtyAtTheEnd() {
        a.resume(LogStage.nosync());
        a.mark(2);
        a.reportSync(4, false);
        a.leave();

        a.sibling(2).resume(LogStage.nosync());

        stage.assertUnsynced(2, 4);
    }

    @Test
    void shouldResyncACoreLogWhoseLastNodeDied() {
        a.resume(LogStage.nosync());
        a.mark(2);
        LogStage.Table again = stage.rebooted(a, "boot-a2");

        again.resume(LogStage.nosync());

        stage.assertUnsynced(2);
        again.recover(2);
    }

    // --- other shapes ---------------------------------------------------------------------------------------------

    private LogSpec longer(LogSpec like) {
        return LogStage.sized(like, 2L * REGIONS * REGION_SECTORS, REGION_SECTORS);
    }

    @Test
    void s19ShouldDirtyTheRegionsThatGrowthAdds() {
        a.resume(LogStage.nosync());
        a.leave();

        a.sibling(2).resume(longer(LogStage.fresh()));

        assertTrue(stage.log.dirty().containsAll(RegionSet.range(REGIONS, 2 * REGIONS)));
        assertEquals(2 * REGIONS, stage.log.regionCount());
    }

    @Test
    void shouldCleanTheRegionsThatGrowthAddsOnlyWithNosync() {
        a.resume(LogStage.nosync());
        a.mark(2);
        a.leave();

        a.sibling(2).resume(longer(LogStage.nosync()));

        stage.assertDirty(2);
    }

    @Test
    void s19ShouldDirtyTheLastShortRegionWhenItGrows() {
        LogSpec shortTail = LogStage.sized(LogStage.disk(DEFAULT), 5L * REGION_SECTORS + 1, REGION_SECTORS);
        stage.device = new DeviceReport.Readable(6, RegionSet.range(0, 6));
        a.resume(shortTail);
        stage.assertDirty();
        a.leave();
        stage.device = new DeviceReport.Readable(-1, ALL);

        a.sibling(2).resume(LogStage.disk(DEFAULT));

        stage.assertDirty(5, 6, 7);
    }

    @Test
    void s23ShouldDropWhatLiesBeyondAShrunkenMirror() {
        a.resume(LogStage.nosync());
        a.mark(2, 7);
        a.reportSync(6, false);
        a.leave();

        LogStage.Table swapped = a.sibling(2);
        swapped.resume(LogStage.sized(LogStage.nosync(), 4L * REGION_SECTORS, REGION_SECTORS));

        stage.assertUnsynced(2);
        assertEquals(3, stage.log.syncCount());
        assertTrue(a.member().grants().isEmpty());
    }

    @Test
    void d19ShouldDirtyEverythingUnderAnotherRegionSize() {
        a.resume(LogStage.nosync());
        a.mark(2);
        a.leave();

        a.sibling(2).resume(LogStage.sized(LogStage.nosync(), REGIONS * REGION_SECTORS, REGION_SECTORS / 2));

        assertEquals(RegionSet.range(0, 2 * REGIONS), stage.log.unsynced());
    }

    @Test
    void d19ShouldStayCleanUnderAnotherRegionSizeIfAllWasClean() {
        a.resume(LogStage.nosync());
        a.mark(2);
        a.clear(2);
        a.leave();

        a.sibling(2).resume(LogStage.sized(LogStage.nosync(), REGIONS * REGION_SECTORS, REGION_SECTORS / 2));

        stage.assertDirty();
    }

    @Test
    void shouldHoldAResumeWhileOthersUseAnotherGeometry() {
        a.resume(LogStage.nosync());

        assertInstanceOf(Answer.Held.class, b.ask(new Ask.Resume(longer(LogStage.nosync()))));
        assertEquals(REGIONS, stage.log.regionCount());
        a.leave();

        b.resume(longer(LogStage.nosync()));
        assertEquals(2 * REGIONS, stage.log.regionCount());
    }

    // --- a failed device ------------------------------------------------------------------------------------------

    @Test
    void s22ShouldStayFailedForTheSameTableAndWhileOthersUseIt() {
        stage.device = new DeviceReport.Readable(REGIONS, ALL);
        a.resume(LogStage.disk(DEFAULT));
        stage.deviceFails(a, DeviceHealth.FLUSH_FAILED);
        stage.deviceFails(a, DeviceHealth.WRITE_FAILED);
        assertEquals(DeviceHealth.FLUSH_FAILED, stage.log.health());

        b.resume(LogStage.disk(DEFAULT));
        assertTrue(stage.log.health().isFailed());
        b.leave();
        a.leave();
        a.resume(LogStage.disk(DEFAULT));

        assertTrue(stage.log.health().isFailed());
    }

    @Test
    void s22ShouldBeAliveAgainWithAReplacedTable() {
        a.resume(LogStage.disk(DEFAULT));
        stage.deviceFails(a, DeviceHealth.WRITE_FAILED);
        a.leave();

        a.sibling(2).resume(LogStage.disk(DEFAULT));

        assertEquals(DeviceHealth.ALIVE, stage.log.health());
    }

    /** The kernel gives the new table the address of the destroyed one. */
    @Test
    void s22ShouldBeAliveAgainWithANewTableAtTheSameAddress() {
        a.resume(LogStage.disk(DEFAULT));
        stage.deviceFails(a, DeviceHealth.WRITE_FAILED);
        a.leave();
        a.forget();

        a.resume(LogStage.disk(DEFAULT));

        assertEquals(DeviceHealth.ALIVE, stage.log.health());
    }

    /** D10, D17: its record was lost, so its DTR told the log nothing; then the kernel gives its address away. */
    @Test
    void d17ShouldTakeATableForDestroyedWhenAnotherIsResumedAtItsAddress() {
        a.resume(LogStage.nosync());
        a.mark(3);
        a.reportSync(2, false);
        a.leave();
        a.daemonRestarts();
        a.session = 0;

        Answer.Joined joined = a.resume(LogStage.nosync());

        assertTrue(a.member().grants().isEmpty());
        assertTrue(joined.grants().isEmpty());
        stage.assertUnsynced(2, 3);
    }

    @Test
    void s22ShouldStayFailedAfterTheFailedTableIsGoneWhileOthersUseTheLog() {
        a.resume(LogStage.disk(DEFAULT));
        b.resume(LogStage.disk(DEFAULT));
        stage.deviceFails(a, DeviceHealth.WRITE_FAILED);
        a.leave();
        a.forget();

        assertTrue(stage.log.health().isFailed());
        a.resume(LogStage.disk(DEFAULT));
        assertTrue(stage.log.health().isFailed());
    }
}
