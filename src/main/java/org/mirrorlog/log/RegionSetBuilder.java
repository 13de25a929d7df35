package org.mirrorlog.log;

import java.util.Arrays;

/** Collects regions into a {@link RegionSet}. Any order works; ascending order is fast. One thread. */
public final class RegionSetBuilder {
    private RegionNode root = RegionNode.empty(RegionNode.ROOT_LEVEL);
    private final long[] words = new long[RegionNode.LEAF_WORDS];
    /** First region of the block that the words stand for. */
    private long blockBase;
    private boolean isBlockUsed;

    /** Adds a region; one outside the limits throws IllegalArgumentException. */
    public RegionSetBuilder add(long region) {
        RegionSet.checkRegion(region);
        long[] block = block(region & -RegionNode.LEAF_REGIONS);
        block[(int) (region >>> 6) & RegionNode.LEAF_WORDS - 1] |= 1L << region;
        return this;
    }

    /** Adds regions {@code from} to {@code toExclusive} − 1. */
    public RegionSetBuilder addRange(long from, long toExclusive) {
        RegionSet.checkRange(from, toExclusive);
        if (from == toExclusive) {
            return this;
        }
        long base = from & -RegionNode.LEAF_REGIONS;
        if (toExclusive - base <= RegionNode.LEAF_REGIONS) {
            RegionNode.setRange(block(base), (int) (from - base), (int) (toExclusive - base));
            return this;
        }
        flush();
        root = NodeAlgebra.union(root, RegionNode.range(RegionNode.ROOT_LEVEL, from, toExclusive));
        return this;
    }

    /** What was added up to now. */
    public RegionSet build() {
        flush();
        return RegionSet.of(root);
    }

    /** The words of the 4096 regions that begin at a multiple of 4096, for adding bits; valid until the next call. */
    long[] block(long base) {
        if (base != blockBase) {
            flush();
            blockBase = base;
        }
        isBlockUsed = true;
        return words;
    }

    private void flush() {
        if (isBlockUsed) {
            root = NodeAlgebra.withBlock(root, blockBase, RegionNode.leaf(words.clone()));
            Arrays.fill(words, 0);
            isBlockUsed = false;
        }
    }
}
