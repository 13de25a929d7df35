package org.mirrorlog.log;

/**
 * One subtree of a {@link RegionSet}: an immutable set of offsets below {@link #capacity(int)} of its level. Offsets
 * are relative to the subtree, so that a subtree means the same at every place.
 *
 * <p>Levels and what one subtree of each covers: 0 = 2^12 regions (a leaf of 64 words), 1 = 2^18, 2 = 2^24, 3 = 2^30
 * (64 children each), 4 = 2^32 (the root, 4 children).
 *
 * <p>The form is canonical, equal contents have the same shape: nothing is always {@link #empty}, everything is always
 * {@link #full}, at most {@link #SPARSE_MAX} offsets are a {@link SparseNode}, all else is a {@link LeafNode} at level
 * 0 and a {@link BranchNode} above.
 */
abstract sealed class RegionNode permits UniformNode, SparseNode, LeafNode, BranchNode {
    /** The level of the root. */
    static final int ROOT_LEVEL = 4;
    /** Up to this many offsets a sorted array is smaller and faster than a path of nodes. */
    static final int SPARSE_MAX = 32;
    /** Regions covered by a leaf. */
    static final int LEAF_REGIONS = 1 << 12;
    /** Words of a leaf. */
    static final int LEAF_WORDS = LEAF_REGIONS / Long.SIZE;

    private static final int LEAF_BITS = 12;
    private static final int FAN_OUT_BITS = 6;

    final int level;
    final long size;

    RegionNode(int level, long size) {
        this.level = level;
        this.size = size;
    }

    /** Receives the contents of a subtree in ascending order. */
    interface Visitor {
        /** Consecutive members; the next run may begin where this one ends. */
        void run(long from, long toExclusive);

        /** A leaf that is neither empty nor full; the words are not to be changed. */
        void leaf(long base, long[] words);
    }

    /** Number of children of a node of this level, which is at least 1. */
    static int width(int level) {
        return level == ROOT_LEVEL ? 4 : 1 << FAN_OUT_BITS;
    }

    /** A child of a node of this level covers 2^this regions. */
    static int childShift(int level) {
        return LEAF_BITS + FAN_OUT_BITS * (level - 1);
    }

    /** Number of regions covered by a node of this level. */
    static long capacity(int level) {
        return level == 0 ? LEAF_REGIONS : (long) width(level) << childShift(level);
    }

    /** The node of this level without members. */
    static RegionNode empty(int level) {
        return UniformNode.EMPTY[level];
    }

    /** The node of this level with all members. */
    static RegionNode full(int level) {
        return UniformNode.FULL[level];
    }

    /** The canonical node for these children, which it takes over. */
    static RegionNode branch(int level, RegionNode[] children) {
        long size = 0;
        for (RegionNode child : children) {
            size += child.size;
        }
        return branch(level, children, size);
    }

    /** The canonical node for these children, which it takes over, with the sum of their sizes. */
    static RegionNode branch(int level, RegionNode[] children, long size) {
        if (size == 0) {
            return empty(level);
        }
        if (size == capacity(level)) {
            return full(level);
        }
        RegionNode node = new BranchNode(level, children, size);
        return size > SPARSE_MAX ? node : new SparseNode(level, node.offsets());
    }

    /** The canonical node for these words, which it takes over. */
    static RegionNode leaf(long[] words) {
        int size = 0;
        for (long word : words) {
            size += Long.bitCount(word);
        }
        return leaf(words, size);
    }

    /** The canonical node for these words, which it takes over, with the number of bits in them. */
    static RegionNode leaf(long[] words, int size) {
        if (size == 0) {
            return empty(0);
        }
        if (size == LEAF_REGIONS) {
            return full(0);
        }
        RegionNode node = new LeafNode(words, size);
        return size > SPARSE_MAX ? node : new SparseNode(0, node.offsets());
    }

    /** The canonical node for {@code sorted[from..to)} less {@code base}; strictly ascending. */
    static RegionNode ofSorted(int level, long[] sorted, int from, int to, long base) {
        if (from == to) {
            return empty(level);
        }
        if (to - from <= SPARSE_MAX) {
            long[] offsets = new long[to - from];
            for (int i = from; i < to; i++) {
                offsets[i - from] = sorted[i] - base;
            }
            return new SparseNode(level, offsets);
        }
        if (level == 0) {
            long[] words = new long[LEAF_WORDS];
            for (int i = from; i < to; i++) {
                int offset = (int) (sorted[i] - base);
                words[offset >>> 6] |= 1L << offset;
            }
            return leaf(words, to - from);
        }
        return branch(level, split(level, sorted, from, to, base), to - from);
    }

    /** The children for {@code sorted[from..to)} less {@code base}; strictly ascending, level 1 or more. */
    static RegionNode[] split(int level, long[] sorted, int from, int to, long base) {
        RegionNode[] children = new RegionNode[width(level)];
        int shift = childShift(level);
        int next = from;
        for (int i = 0; i < children.length; i++) {
            int begin = next;
            long childBase = base + ((long) i << shift);
            long childEnd = childBase + (1L << shift);
            while (next < to && sorted[next] < childEnd) {
                next++;
            }
            children[i] = ofSorted(level - 1, sorted, begin, next, childBase);
        }
        return children;
    }

    /** The canonical node for the part of {@code from..toExclusive} inside the node; the bounds may lie outside. */
    static RegionNode range(int level, long from, long toExclusive) {
        long begin = Math.max(from, 0);
        long end = Math.min(toExclusive, capacity(level));
        if (begin >= end) {
            return empty(level);
        }
        if (end - begin == capacity(level)) {
            return full(level);
        }
        if (level == 0) {
            long[] words = new long[LEAF_WORDS];
            setRange(words, (int) begin, (int) end);
            return leaf(words, (int) (end - begin));
        }
        RegionNode[] children = new RegionNode[width(level)];
        for (int i = 0; i < children.length; i++) {
            long childBase = (long) i << childShift(level);
            children[i] = range(level - 1, begin - childBase, end - childBase);
        }
        return branch(level, children, end - begin);
    }

    /** Sets the bits {@code from..toExclusive}; not empty. */
    static void setRange(long[] words, int from, int toExclusive) {
        int first = from >>> 6;
        int last = (toExclusive - 1) >>> 6;
        long firstMask = -1L << from;
        long lastMask = -1L >>> -toExclusive;
        if (first == last) {
            words[first] |= firstMask & lastMask;
            return;
        }
        words[first] |= firstMask;
        for (int i = first + 1; i < last; i++) {
            words[i] = -1L;
        }
        words[last] |= lastMask;
    }

    final boolean isEmpty() {
        return size == 0;
    }

    final boolean isFull() {
        return size == capacity(level);
    }

    /** All members; only for nodes that are small. */
    final long[] offsets() {
        long[] offsets = new long[Math.toIntExact(size)];
        int count = 0;
        for (long next = next(0); next >= 0; next = next + 1 < capacity(level) ? next(next + 1) : -1) {
            offsets[count++] = next;
        }
        return offsets;
    }

    abstract boolean contains(long offset);

    /** This node when nothing changes. */
    abstract RegionNode with(long offset);

    /** This node when nothing changes. */
    abstract RegionNode without(long offset);

    /** The smallest member at or above an offset below the capacity, or −1. */
    abstract long next(long from);

    /** The smallest non-member at or above an offset below the capacity, or the capacity. */
    abstract long nextAbsent(long from);

    /** Shows the members, each increased by {@code base}. */
    abstract void visit(long base, Visitor visitor);

    /** The words of a node of level 0; not to be changed. */
    abstract long[] words();

    /** The children of a node of level 1 or more; not to be changed. */
    abstract RegionNode[] children();

    /** Equality of contents, for a node of the same level and size that is not this one. */
    abstract boolean sameAs(RegionNode other);

    /** A hash of the contents. */
    abstract int hash();

    final boolean isEqualTo(RegionNode other) {
        return this == other || size == other.size && level == other.level && getClass() == other.getClass()
                && sameAs(other);
    }
}
