package org.mirrorlog.log;

import java.util.Arrays;

/** 4096 regions as 64 words; region r of the leaf is bit r mod 64 of word r / 64. */
final class LeafNode extends RegionNode {
    private final long[] words;

    /** Takes the array over; {@link #leaf(long[], int)} keeps the canonical form. */
    LeafNode(long[] words, int size) {
        super(0, size);
        this.words = words;
    }

    @Override
    boolean contains(long offset) {
        return (words[(int) (offset >>> 6)] & 1L << offset) != 0;
    }

    @Override
    RegionNode with(long offset) {
        return contains(offset) ? this : leaf(flipped(offset), (int) size + 1);
    }

    @Override
    RegionNode without(long offset) {
        return contains(offset) ? leaf(flipped(offset), (int) size - 1) : this;
    }

    private long[] flipped(long offset) {
        long[] copy = words.clone();
        copy[(int) (offset >>> 6)] ^= 1L << offset;
        return copy;
    }

    @Override
    long next(long from) {
        return nextBit(words, 0, (int) from);
    }

    @Override
    long nextAbsent(long from) {
        int absent = nextBit(words, -1L, (int) from);
        return absent < 0 ? LEAF_REGIONS : absent;
    }

    /** The first bit at or above {@code from} that is set in the words XOR {@code flip}, or −1. */
    private static int nextBit(long[] words, long flip, int from) {
        if (from >= LEAF_REGIONS) {
            return -1;
        }
        int index = from >>> 6;
        long word = (words[index] ^ flip) & -1L << from;
        while (word == 0) {
            if (++index == LEAF_WORDS) {
                return -1;
            }
            word = words[index] ^ flip;
        }
        return (index << 6) + Long.numberOfTrailingZeros(word);
    }

    @Override
    void visit(long base, Visitor visitor) {
        visitor.leaf(base, words);
    }

    /** Shows the words of a leaf as runs. */
    static void visitRuns(long base, long[] words, Visitor visitor) {
        int from = nextBit(words, 0, 0);
        while (from >= 0) {
            int end = nextBit(words, -1L, from);
            if (end < 0) {
                visitor.run(base + from, base + LEAF_REGIONS);
                return;
            }
            visitor.run(base + from, base + end);
            from = nextBit(words, 0, end);
        }
    }

    @Override
    long[] words() {
        return words;
    }

    @Override
    RegionNode[] children() {
        throw new IllegalStateException("a leaf has no children");
    }

    @Override
    boolean sameAs(RegionNode other) {
        return Arrays.equals(words, ((LeafNode) other).words);
    }

    @Override
    int hash() {
        return Arrays.hashCode(words);
    }
}
