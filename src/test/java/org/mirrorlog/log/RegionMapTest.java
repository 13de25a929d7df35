package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Regions in cells: each counts once, and in the right state. */
class RegionMapTest {
    private final LogStage stage = new LogStage();
    private final LogStage.Table a = stage.machine("a");
    private final LogStage.Table b = stage.machine("b");

    private List<RegionMap.Cell> cells(long from, long to, int count) {
        return RegionMap.of(stage.log, from, to, count).cells();
    }

    private void use() {
        a.resume(LogStage.nosync());
        b.resume(LogStage.nosync());
        a.mark(1, 2, 5);
        b.mark(2);
        a.reportSync(5, false);
        a.reportSync(7, false);
    }

    @Test
    void shouldTellCleanHeldSharedAndOutOfSyncApart() {
        use();

        List<RegionMap.Cell> cells = cells(0, 8, 8);

        assertEquals(new RegionMap.Cell(0, 1, 1, 0, 0, 0, 0), cells.get(0));
        assertEquals(new RegionMap.Cell(1, 2, 0, 1, 0, 0, 0), cells.get(1));
        assertEquals(new RegionMap.Cell(2, 3, 0, 0, 1, 0, 0), cells.get(2));
        assertEquals(new RegionMap.Cell(5, 6, 0, 0, 0, 0, 1), cells.get(5), "held as well, but that is less");
        assertEquals(new RegionMap.Cell(7, 8, 0, 0, 0, 0, 1), cells.get(7));
    }

    @Test
    void shouldTellWhatATableHasLeftThatIsGone() {
        use();
        a.ask(new Ask.Forget());

        assertEquals(new RegionMap.Cell(1, 2, 0, 0, 0, 1, 0), cells(0, 8, 8).get(1));
        assertEquals(new RegionMap.Cell(2, 3, 0, 1, 0, 0, 0), cells(0, 8, 8).get(2), "b holds it");
    }

    @ParameterizedTest
    @CsvSource({"0, 8, 1", "0, 8, 3", "1, 8, 7", "3, 4, 1", "2, 7, 2"})
    void shouldCountEachRegionOnceInCellsOfEqualSize(long from, long to, int count) {
        use();

        List<RegionMap.Cell> cells = cells(from, to, count);

        assertEquals(count, cells.size());
        long next = from;
        for (RegionMap.Cell cell : cells) {
            assertEquals(next, cell.from());
            long regions = cell.toExclusive() - cell.from();
            assertEquals(regions, cell.clean() + cell.held() + cell.shared() + cell.left() + cell.unsynced());
            assertEquals((to - from) / (double) count, regions, 1);
            next = cell.toExclusive();
        }
        assertEquals(to, next);
    }

    @ParameterizedTest
    @CsvSource({"-1, 8, 1", "0, 9, 1", "4, 4, 1", "0, 8, 9", "0, 8, 0", "5, 3, 1"})
    void shouldRefuseWhatIsNotThere(long from, long to, int count) {
        use();

        assertThrows(IllegalArgumentException.class, () -> cells(from, to, count));
    }
}
