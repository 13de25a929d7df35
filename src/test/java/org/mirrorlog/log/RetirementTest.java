package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.LogSpec;

/** What is left of a log that is retired: its state if it is clean, "every region is dirty" if it is not (D18). */
class RetirementTest {
    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");

    private void retire() {
        stage.commit(Retirement.events(stage.log.opened(), "x#1"));
    }

    private void leaveDirty(LogStage.Table table) {
        table.resume(LogStage.nosync());
        table.mark(3);
        table.leave();
        table.forget();
    }

    @Test
    void shouldKeepWhatIsCleanAsItIs() {
        a.resume(LogStage.nosync());
        a.mark(3);
        a.clear(3);
        a.leave();
        assertFalse(Retirement.isLossless(stage.log), "its table may have grants");
        a.forget();
        assertTrue(Retirement.isLossless(stage.log));
        long number = stage.log.number();

        retire();

        assertEquals(number + 1, stage.log.number());
        assertTrue(Retirement.isLossless(stage.log));
        b.resume(LogStage.nosync());
        stage.assertDirty();
    }

    @Test
    void d18ShouldComeBackAllDirtyNosyncNotwithstanding() {
        leaveDirty(a);
        assertFalse(Retirement.isLossless(stage.log));

        retire();

        stage.assertDirty(0, 1, 2, 3, 4, 5, 6, 7);
        b.resume(LogStage.nosync());
        stage.assertUnsynced(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void d18ShouldComeBackAllDirtyWhateverItsNextSizeIs() {
        leaveDirty(a);

        retire();

        LogSpec grown = LogStage.sized(LogStage.nosync(), 2L * LogStage.REGIONS * LogStage.REGION_SECTORS,
                LogStage.REGION_SECTORS);
        b.resume(grown);
        assertEquals(2 * LogStage.REGIONS, stage.log.dirty().size());
    }

    @Test
    void d10ShouldKeepThePermissionsOfATableThatMayBeThere() {
        a.resume(LogStage.fresh());
        b.resume(LogStage.fresh());
        a.reportSync(5, false);
        a.leave();
        b.leave();

        retire();

        assertEquals(RegionSet.of(5), a.member().grants());
        a.leave();
        b.resume(LogStage.nosync());
        assertEquals(RegionSet.of(5), a.member().grants(), "also in the next epoch");
    }

    @Test
    void shouldNotEndWhatWaitsForTablesOfAFormerHistory() {
        leaveDirty(a);
        stage.commit(List.of(new LogEvent.Adopted(1_000, Map.of("boot-c", "node-c"))));

        assertEquals(Optional.of("nodes that are awaited since its adoption: [node-c]"), Retirement.user(stage.log));
        assertThrows(IllegalStateException.class, this::retire);
    }

    @Test
    void shouldNotEndWhatMayBeWritten() {
        a.resume(LogStage.nosync());
        assertEquals(Optional.of("node node-a (boot id boot-a)"), Retirement.user(stage.log));
        assertThrows(IllegalStateException.class, this::retire);

        stage.dies(a);

        assertEquals(Optional.empty(), Retirement.user(stage.log));
        retire();
    }
}
