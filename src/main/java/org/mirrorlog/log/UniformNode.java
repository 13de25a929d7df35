package org.mirrorlog.log;

import java.util.Arrays;

/** A subtree without members or with all of them; two shared instances for each level. */
final class UniformNode extends RegionNode {
    static final RegionNode[] EMPTY = new RegionNode[ROOT_LEVEL + 1];
    static final RegionNode[] FULL = new RegionNode[ROOT_LEVEL + 1];

    static {
        for (int level = 0; level <= ROOT_LEVEL; level++) {
            EMPTY[level] = new UniformNode(level, 0);
            FULL[level] = new UniformNode(level, capacity(level));
        }
    }

    private final long[] words;
    private final RegionNode[] children;

    private UniformNode(int level, long size) {
        super(level, size);
        words = new long[level == 0 ? LEAF_WORDS : 0];
        Arrays.fill(words, size == 0 ? 0 : -1L);
        children = new RegionNode[level == 0 ? 0 : width(level)];
        if (level > 0) {
            Arrays.fill(children, size == 0 ? EMPTY[level - 1] : FULL[level - 1]);
        }
    }

    @Override
    boolean contains(long offset) {
        return size != 0;
    }

    @Override
    RegionNode with(long offset) {
        return size != 0 ? this : new SparseNode(level, new long[] {offset});
    }

    @Override
    RegionNode without(long offset) {
        if (size == 0) {
            return this;
        }
        return level == 0 ? new LeafNode(words, LEAF_REGIONS).without(offset)
                : new BranchNode(level, children, size).without(offset);
    }

    @Override
    long next(long from) {
        return size != 0 ? from : -1;
    }

    @Override
    long nextAbsent(long from) {
        return size != 0 ? size : from;
    }

    @Override
    void visit(long base, Visitor visitor) {
        if (size != 0) {
            visitor.run(base, base + size);
        }
    }

    @Override
    long[] words() {
        return words;
    }

    @Override
    RegionNode[] children() {
        return children;
    }

    @Override
    boolean sameAs(RegionNode other) {
        return true;
    }

    @Override
    int hash() {
        return size == 0 ? level : ~level;
    }
}
