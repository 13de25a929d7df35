package org.mirrorlog.log;

import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** What the tests of region sets share: sets in interesting places and shapes, and plain models of them. */
final class RegionSets {
    /** Window of the model: the regions that a {@link BitSet} mirrors begin at one of {@link #bases}. */
    static final int WINDOW = 3 << 18;

    private RegionSets() {
    }

    /** Regions at which windows begin: the edges of words, leaves and levels lie inside them. */
    static Arbitrary<Long> bases() {
        return Arbitraries.of(0L, (1L << 24) - (1 << 18), (1L << 30) - (1 << 19), (1L << 32) - WINDOW);
    }

    /** Content of a window, from a shape and a seed. */
    static Arbitrary<BitSet> contents() {
        return Arbitraries.longs()
                .flatMap(seed -> Arbitraries.integers().between(0, 7).map(shape -> content(shape, seed)));
    }

    private static BitSet content(int shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        BitSet bits = new BitSet(WINDOW);
        switch (shape) {
            case 0 -> addRegions(bits, random, random.nextInt(4));
            case 1 -> addRegions(bits, random, 20 + random.nextInt(40));
            case 2 -> addEdges(bits, random);
            case 3 -> addRanges(bits, random, 1 + random.nextInt(5), WINDOW);
            case 4 -> addRanges(bits, random, 100, 200);
            case 5 -> {
                bits.set(0, WINDOW);
                addRegions(bits, random, 0);
                removeRegions(bits, random, random.nextInt(40));
            }
            case 6 -> addNoise(bits, random);
            default -> {
                addRanges(bits, random, 4, 10_000);
                addNoise(bits, random);
                addEdges(bits, random);
            }
        }
        return bits;
    }

    private static void addRegions(BitSet bits, SplittableRandom random, int count) {
        for (int i = 0; i < count; i++) {
            bits.set(random.nextInt(WINDOW));
        }
    }

    private static void removeRegions(BitSet bits, SplittableRandom random, int count) {
        for (int i = 0; i < count; i++) {
            bits.clear(random.nextInt(WINDOW));
        }
    }

    private static void addEdges(BitSet bits, SplittableRandom random) {
        int[] edges = {0, 63, 64, 4095, 4096, 8191, 8192, (1 << 18) - 1, 1 << 18, (1 << 19) - 1, 1 << 19, WINDOW - 1};
        for (int edge : edges) {
            bits.set(edge, random.nextBoolean());
        }
    }

    private static void addRanges(BitSet bits, SplittableRandom random, int count, int maxLength) {
        for (int i = 0; i < count; i++) {
            int from = random.nextInt(WINDOW);
            bits.set(from, Math.min(WINDOW, from + 1 + random.nextInt(maxLength)));
        }
    }

    /** Dense noise in a few leaves. */
    private static void addNoise(BitSet bits, SplittableRandom random) {
        for (int leaf = 0; leaf < 3; leaf++) {
            int from = random.nextInt(WINDOW / 4096) * 4096;
            int density = 1 + random.nextInt(16);
            for (int i = 0; i < 4096; i++) {
                bits.set(from + i, random.nextInt(16) < density);
            }
        }
    }

    /** The set of a window, built from one array. */
    static RegionSet set(long base, BitSet bits) {
        return RegionSet.of(bits.stream().mapToLong(bit -> base + bit).toArray());
    }

    /** The members less the base. */
    static BitSet bits(long base, RegionSet set) {
        BitSet bits = new BitSet(WINDOW);
        set.forEachRange((from, end) -> bits.set(Math.toIntExact(from - base), Math.toIntExact(end - base)));
        return bits;
    }

    static TreeSet<Long> tree(RegionSet set) {
        TreeSet<Long> tree = new TreeSet<>();
        set.forEach(tree::add);
        return tree;
    }
}
