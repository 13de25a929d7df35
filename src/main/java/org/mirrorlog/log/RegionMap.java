package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.List;

/**
 * How the regions of a log are, in so many cells: for pictures. Costs the same for any number of regions in a cell.
 *
 * @param cells in ascending order, without gaps
 */
public record RegionMap(List<Cell> cells) {
    /** Copies. */
    public RegionMap {
        cells = List.copyOf(cells);
    }

    /**
     * Consecutive regions, each of them counted once.
     *
     * @param clean in sync, and nobody may write them
     * @param held in sync; one table may write them
     * @param shared in sync; several tables may
     * @param left in sync and not clean, though no table that is known holds them
     * @param unsynced the legs may differ
     */
    public record Cell(long from, long toExclusive, long clean, long held, long shared, long left, long unsynced) { }

    /**
     * The regions from {@code from} on, below {@code toExclusive}, in that many cells of equal size but for one region.
     *
     * @throws IllegalArgumentException if there are fewer regions than cells, or none
     */
    public static RegionMap of(LogState state, long from, long toExclusive, int cells) {
        if (from < 0 || cells < 1 || toExclusive - from < cells || toExclusive > state.regionCount()) {
            throw new IllegalArgumentException("regions " + from + " to " + toExclusive + " of " + state.regionCount()
                    + " in " + cells + " cells");
        }
        RegionSet once = RegionSet.empty();
        RegionSet more = RegionSet.empty();
        for (Member member : state.members().values()) {
            more = more.with(once.and(member.marks()));
            once = once.with(member.marks());
        }
        RegionSet unsynced = state.unsynced();
        RegionSet shared = more.minus(unsynced);
        RegionSet held = once.minus(more).minus(unsynced);
        RegionSet left = state.dirty().minus(once).minus(unsynced);
        List<Cell> all = new ArrayList<>();
        long begin = from;
        for (int i = 1; i <= cells; i++) {
            long end = from + (toExclusive - from) * i / cells;
            long ofHeld = within(held, begin, end);
            long ofShared = within(shared, begin, end);
            long ofLeft = within(left, begin, end);
            long ofUnsynced = within(unsynced, begin, end);
            long clean = end - begin - ofHeld - ofShared - ofLeft - ofUnsynced;
            all.add(new Cell(begin, end, clean, ofHeld, ofShared, ofLeft, ofUnsynced));
            begin = end;
        }
        return new RegionMap(all);
    }

    private static long within(RegionSet set, long from, long toExclusive) {
        return set.isEmpty() ? 0 : set.below(toExclusive).size() - set.below(from).size();
    }
}
