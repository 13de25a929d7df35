package org.mirrorlog.log;

/** An inner node with its children and the sum of their sizes. */
final class BranchNode extends RegionNode {
    private final RegionNode[] children;
    private final int shift;

    /** Takes the array over; {@link #branch(int, RegionNode[], long)} keeps the canonical form. */
    BranchNode(int level, RegionNode[] children, long size) {
        super(level, size);
        this.children = children;
        this.shift = childShift(level);
    }

    private int index(long offset) {
        return (int) (offset >>> shift);
    }

    private long inChild(long offset) {
        return offset & (1L << shift) - 1;
    }

    @Override
    boolean contains(long offset) {
        return children[index(offset)].contains(inChild(offset));
    }

    @Override
    RegionNode with(long offset) {
        int index = index(offset);
        return replace(index, children[index].with(inChild(offset)));
    }

    @Override
    RegionNode without(long offset) {
        int index = index(offset);
        return replace(index, children[index].without(inChild(offset)));
    }

    /** This node with another child. */
    RegionNode replace(int index, RegionNode child) {
        RegionNode old = children[index];
        if (child == old) {
            return this;
        }
        RegionNode[] copy = children.clone();
        copy[index] = child;
        return branch(level, copy, size - old.size + child.size);
    }

    @Override
    long next(long from) {
        long start = inChild(from);
        for (int i = index(from); i < children.length; i++) {
            long next = children[i].next(start);
            if (next >= 0) {
                return ((long) i << shift) + next;
            }
            start = 0;
        }
        return -1;
    }

    @Override
    long nextAbsent(long from) {
        long start = inChild(from);
        for (int i = index(from); i < children.length; i++) {
            long absent = children[i].nextAbsent(start);
            if (absent < 1L << shift) {
                return ((long) i << shift) + absent;
            }
            start = 0;
        }
        return capacity(level);
    }

    @Override
    void visit(long base, Visitor visitor) {
        for (int i = 0; i < children.length; i++) {
            children[i].visit(base + ((long) i << shift), visitor);
        }
    }

    @Override
    long[] words() {
        throw new IllegalStateException("a branch has no words");
    }

    @Override
    RegionNode[] children() {
        return children;
    }

    @Override
    boolean sameAs(RegionNode other) {
        RegionNode[] others = ((BranchNode) other).children;
        for (int i = 0; i < children.length; i++) {
            if (!children[i].isEqualTo(others[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    int hash() {
        int hash = level;
        for (RegionNode child : children) {
            hash = 31 * hash + child.hash();
        }
        return hash;
    }
}
