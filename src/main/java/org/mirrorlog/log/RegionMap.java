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
        Counter shared = new Counter(more.minus(unsynced), from);
        Counter held = new Counter(once.minus(more).minus(unsynced), from);
        Counter left = new Counter(state.dirty().minus(once).minus(unsynced), from);
        Counter apart = new Counter(unsynced, from);
        List<Cell> all = new ArrayList<>();
        long begin = from;
        for (int i = 1; i <= cells; i++) {
            long end = from + (toExclusive - from) * i / cells;
            long ofHeld = held.upTo(end);
            long ofShared = shared.upTo(end);
            long ofLeft = left.upTo(end);
            long ofUnsynced = apart.upTo(end);
            long clean = end - begin - ofHeld - ofShared - ofLeft - ofUnsynced;
            all.add(new Cell(begin, end, clean, ofHeld, ofShared, ofLeft, ofUnsynced));
            begin = end;
        }
        return new RegionMap(all);
    }

    /** Counts the members of a set from one limit to the next. */
    private static final class Counter {
        private final RegionSet set;
        private long counted;

        Counter(RegionSet set, long from) {
            this.set = set;
            this.counted = set.below(from).size();
        }

        long upTo(long limit) {
            long before = counted;
            counted = set.below(limit).size();
            return counted - before;
        }
    }
}
