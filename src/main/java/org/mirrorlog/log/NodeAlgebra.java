package org.mirrorlog.log;

import java.util.Arrays;

/**
 * Set algebra on two subtrees of the same level. Results are canonical, and where a result equals an operand the
 * operand itself is returned: sharing survives, and "did anything change" is a comparison of references.
 */
final class NodeAlgebra {
    private NodeAlgebra() {
    }

    static RegionNode union(RegionNode a, RegionNode b) {
        if (a == b || b.isEmpty() || a.isFull()) {
            return a;
        }
        if (a.isEmpty() || b.isFull()) {
            return b;
        }
        if (a instanceof SparseNode x && b instanceof SparseNode y) {
            long[] merged = merge(x.sorted(), y.sorted());
            return choose(a, b, RegionNode.ofSorted(a.level, merged, 0, merged.length, 0));
        }
        if (a.level > 0 && a instanceof SparseNode few) {
            return withEach(b, few);
        }
        if (a.level > 0 && b instanceof SparseNode few) {
            return withEach(a, few);
        }
        if (a.level == 0) {
            long[] x = a.words();
            long[] y = b.words();
            long[] words = new long[x.length];
            for (int i = 0; i < words.length; i++) {
                words[i] = x[i] | y[i];
            }
            return choose(a, b, RegionNode.leaf(words));
        }
        RegionNode[] x = a.children();
        RegionNode[] y = b.children();
        RegionNode[] children = new RegionNode[x.length];
        for (int i = 0; i < children.length; i++) {
            children[i] = union(x[i], y[i]);
        }
        return choose(a, b, RegionNode.branch(a.level, children));
    }

    static RegionNode intersection(RegionNode a, RegionNode b) {
        if (a == b || a.isEmpty() || b.isFull()) {
            return a;
        }
        if (b.isEmpty() || a.isFull()) {
            return b;
        }
        if (a instanceof SparseNode x) {
            return filter(x, b, true);
        }
        if (b instanceof SparseNode y) {
            return filter(y, a, true);
        }
        if (a.level == 0) {
            long[] x = a.words();
            long[] y = b.words();
            long[] words = new long[x.length];
            for (int i = 0; i < words.length; i++) {
                words[i] = x[i] & y[i];
            }
            return choose(a, b, RegionNode.leaf(words));
        }
        RegionNode[] x = a.children();
        RegionNode[] y = b.children();
        RegionNode[] children = new RegionNode[x.length];
        for (int i = 0; i < children.length; i++) {
            children[i] = intersection(x[i], y[i]);
        }
        return choose(a, b, RegionNode.branch(a.level, children));
    }

    /** A few paths are copied faster than 64 children of each level are compared. */
    private static RegionNode withEach(RegionNode node, SparseNode few) {
        RegionNode result = node;
        for (long offset : few.sorted()) {
            result = result.with(offset);
        }
        return result;
    }

    private static RegionNode withoutEach(RegionNode node, SparseNode few) {
        RegionNode result = node;
        for (long offset : few.sorted()) {
            result = result.without(offset);
        }
        return result;
    }

    /** Members of the first that the second lacks. */
    static RegionNode difference(RegionNode a, RegionNode b) {
        if (a.isEmpty() || b.isEmpty()) {
            return a;
        }
        if (a == b || b.isFull()) {
            return RegionNode.empty(a.level);
        }
        if (a instanceof SparseNode x) {
            return filter(x, b, false);
        }
        if (a.level > 0 && b instanceof SparseNode few) {
            return withoutEach(a, few);
        }
        if (a.level == 0) {
            long[] x = a.words();
            long[] y = b.words();
            long[] words = new long[x.length];
            for (int i = 0; i < words.length; i++) {
                words[i] = x[i] & ~y[i];
            }
            return choose(a, a, RegionNode.leaf(words));
        }
        RegionNode[] x = a.children();
        RegionNode[] y = b.children();
        RegionNode[] children = new RegionNode[x.length];
        for (int i = 0; i < children.length; i++) {
            children[i] = difference(x[i], y[i]);
        }
        return choose(a, a, RegionNode.branch(a.level, children));
    }

    /** Whether the first has every member of the second. */
    static boolean containsAll(RegionNode a, RegionNode b) {
        if (a == b || b.isEmpty() || a.isFull()) {
            return true;
        }
        if (b.size > a.size) {
            return false;
        }
        if (b instanceof SparseNode y) {
            for (long offset : y.sorted()) {
                if (!a.contains(offset)) {
                    return false;
                }
            }
            return true;
        }
        if (a.level == 0) {
            long[] x = a.words();
            long[] y = b.words();
            for (int i = 0; i < x.length; i++) {
                if ((y[i] & ~x[i]) != 0) {
                    return false;
                }
            }
            return true;
        }
        RegionNode[] x = a.children();
        RegionNode[] y = b.children();
        for (int i = 0; i < x.length; i++) {
            if (!containsAll(x[i], y[i])) {
                return false;
            }
        }
        return true;
    }

    static boolean intersects(RegionNode a, RegionNode b) {
        if (a.isEmpty() || b.isEmpty()) {
            return false;
        }
        if (a == b || a.isFull() || b.isFull()) {
            return true;
        }
        if (a instanceof SparseNode x) {
            return intersects(x, b);
        }
        if (b instanceof SparseNode y) {
            return intersects(y, a);
        }
        if (a.level == 0) {
            long[] x = a.words();
            long[] y = b.words();
            for (int i = 0; i < x.length; i++) {
                if ((x[i] & y[i]) != 0) {
                    return true;
                }
            }
            return false;
        }
        RegionNode[] x = a.children();
        RegionNode[] y = b.children();
        for (int i = 0; i < x.length; i++) {
            if (intersects(x[i], y[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean intersects(SparseNode few, RegionNode other) {
        for (long offset : few.sorted()) {
            if (other.contains(offset)) {
                return true;
            }
        }
        return false;
    }

    /** The union of one block of leaf size, which begins at an offset, with a node. */
    static RegionNode withBlock(RegionNode node, long offset, RegionNode block) {
        if (node.isFull() || block.isEmpty()) {
            return node;
        }
        if (node.level == 0) {
            return union(node, block);
        }
        if (block instanceof SparseNode few && !(node instanceof BranchNode)) {
            return union(node, few.moved(node.level, offset));
        }
        int shift = RegionNode.childShift(node.level);
        int index = (int) (offset >>> shift);
        RegionNode branch = node instanceof BranchNode ? node : new BranchNode(node.level, node.children(), node.size);
        RegionNode child = withBlock(branch.children()[index], offset & (1L << shift) - 1, block);
        return choose(node, node, ((BranchNode) branch).replace(index, child));
    }

    /** Every caller's result is a superset or a subset of both operands, so that an equal size means equal contents. */
    private static RegionNode choose(RegionNode a, RegionNode b, RegionNode result) {
        return result.size == a.size ? a : result.size == b.size ? b : result;
    }

    private static RegionNode filter(SparseNode few, RegionNode other, boolean isKeptWhenContained) {
        long[] kept = new long[few.sorted().length];
        int count = 0;
        for (long offset : few.sorted()) {
            if (other.contains(offset) == isKeptWhenContained) {
                kept[count++] = offset;
            }
        }
        return count == kept.length ? few : RegionNode.ofSorted(few.level, kept, 0, count, 0);
    }

    private static long[] merge(long[] a, long[] b) {
        long[] merged = new long[a.length + b.length];
        int count = 0;
        int i = 0;
        int j = 0;
        while (i < a.length || j < b.length) {
            long next = j == b.length || i < a.length && a[i] <= b[j] ? a[i] : b[j];
            i += i < a.length && a[i] == next ? 1 : 0;
            j += j < b.length && b[j] == next ? 1 : 0;
            merged[count++] = next;
        }
        return Arrays.copyOf(merged, count);
    }
}
