package org.mirrorlog.journal.raft;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which segments are needed still: those that hold entries behind the newest whole checkpoint, and all from the one on
 * in which that checkpoint, or a newer one that is not whole yet, begins.
 */
final class SegmentUse {

    /** A checkpoint that is being made or received, and the segment in which it begins. */
    private record Partial(long segment, Set<Integer> parts) {
    }

    /** The highest entry that stands in each segment, voided or not. */
    private final TreeMap<Long, Long> highest = new TreeMap<>();
    /** By the last entry that it contains: one may be made while another is being received. */
    private final TreeMap<Long, Partial> partials = new TreeMap<>();
    private long wholeIndex;
    private long wholeSegment = Long.MAX_VALUE;

    void began(long segment) {
        highest.put(segment, 0L);
    }

    void removed(long segment) {
        highest.remove(segment);
    }

    void entry(long segment, long index) {
        highest.merge(segment, index, Math::max);
    }

    /** Returns whether the checkpoint is whole with this part, and the newest that is. */
    boolean chunk(long segment, Chunk chunk) {
        if (chunk.index() <= wholeIndex) {
            return false;
        }
        Partial partial = partials.computeIfAbsent(chunk.index(), index -> new Partial(segment, new TreeSet<>()));
        partial.parts().add(chunk.number());
        if (partial.parts().size() < chunk.count()) {
            return false;
        }
        wholeIndex = chunk.index();
        wholeSegment = partial.segment();
        partials.headMap(wholeIndex, true).clear();
        return true;
    }

    /** The last entry in the newest whole checkpoint; 0 without one. */
    long wholeIndex() {
        return wholeIndex;
    }

    /** The lowest segment that is needed. */
    long firstNeeded(long current) {
        long needed = wholeIndex == 0 ? 1 : Math.min(wholeSegment, current);
        for (Partial partial : partials.values()) {
            needed = Math.min(needed, partial.segment());
        }
        for (Map.Entry<Long, Long> segment : highest.entrySet()) {
            if (segment.getValue() > wholeIndex) {
                needed = Math.min(needed, segment.getKey());
            }
        }
        return needed;
    }

    /** Those that are there without need, in order. */
    List<Long> unneeded(long current) {
        return List.copyOf(highest.headMap(firstNeeded(current), false).keySet());
    }
}
