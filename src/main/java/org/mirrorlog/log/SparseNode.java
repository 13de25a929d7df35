package org.mirrorlog.log;

import java.util.Arrays;

/** A subtree with few members: 1 to {@link #SPARSE_MAX} offsets, strictly ascending. */
final class SparseNode extends RegionNode {
    private final long[] offsets;

    /** Takes the array over. */
    SparseNode(int level, long[] offsets) {
        super(level, offsets.length);
        this.offsets = offsets;
    }

    /** The offsets; not to be changed. */
    long[] sorted() {
        return offsets;
    }

    /** The same members in a node of a higher level, where this node begins at an offset. */
    SparseNode moved(int newLevel, long offset) {
        long[] moved = offsets.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += offset;
        }
        return new SparseNode(newLevel, moved);
    }

    @Override
    boolean contains(long offset) {
        return Arrays.binarySearch(offsets, offset) >= 0;
    }

    @Override
    RegionNode with(long offset) {
        int index = Arrays.binarySearch(offsets, offset);
        if (index >= 0) {
            return this;
        }
        int at = -index - 1;
        long[] more = new long[offsets.length + 1];
        System.arraycopy(offsets, 0, more, 0, at);
        more[at] = offset;
        System.arraycopy(offsets, at, more, at + 1, offsets.length - at);
        return ofSorted(level, more, 0, more.length, 0);
    }

    @Override
    RegionNode without(long offset) {
        int index = Arrays.binarySearch(offsets, offset);
        if (index < 0) {
            return this;
        }
        if (offsets.length == 1) {
            return empty(level);
        }
        long[] fewer = new long[offsets.length - 1];
        System.arraycopy(offsets, 0, fewer, 0, index);
        System.arraycopy(offsets, index + 1, fewer, index, fewer.length - index);
        return new SparseNode(level, fewer);
    }

    @Override
    long next(long from) {
        int index = indexFrom(from);
        return index < offsets.length ? offsets[index] : -1;
    }

    @Override
    long nextAbsent(long from) {
        long absent = from;
        for (int i = indexFrom(from); i < offsets.length && offsets[i] == absent; i++) {
            absent++;
        }
        return absent;
    }

    private int indexFrom(long from) {
        int index = Arrays.binarySearch(offsets, from);
        return index >= 0 ? index : -index - 1;
    }

    @Override
    void visit(long base, Visitor visitor) {
        for (long offset : offsets) {
            visitor.run(base + offset, base + offset + 1);
        }
    }

    @Override
    long[] words() {
        long[] words = new long[LEAF_WORDS];
        for (long offset : offsets) {
            words[(int) (offset >>> 6)] |= 1L << offset;
        }
        return words;
    }

    @Override
    RegionNode[] children() {
        return split(level, offsets, 0, offsets.length, 0);
    }

    @Override
    boolean sameAs(RegionNode other) {
        return Arrays.equals(offsets, ((SparseNode) other).offsets);
    }

    @Override
    int hash() {
        return Arrays.hashCode(offsets);
    }
}
