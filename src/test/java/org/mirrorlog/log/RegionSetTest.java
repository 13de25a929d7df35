package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One set at a time: members, ranges, searches, the canonical form, limits and text. */
class RegionSetTest {
    private static final long LAST = RegionSet.REGION_LIMIT - 1;

    @Provide
    Arbitrary<BitSet> contents() {
        return RegionSets.contents();
    }

    @Provide
    Arbitrary<Long> bases() {
        return RegionSets.bases();
    }

    @Provide
    Arbitrary<Long> regions() {
        return Arbitraries.oneOf(Arbitraries.longs().between(0, LAST),
                Arbitraries.of(0L, 63L, 64L, 4095L, 4096L, 1L << 18, (1L << 18) - 1, 1L << 24, (1L << 24) - 1, 1L << 30,
                        (1L << 30) - 1, LAST - 1, LAST));
    }

    @Property(tries = 200)
    void shouldFollowABitSet(@ForAll("bases") long base, @ForAll("contents") BitSet content, @ForAll long seed) {
        RegionSet set = RegionSets.set(base, content);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200; i++) {
            int bit = random.nextBoolean() ? random.nextInt(RegionSets.WINDOW) : random.nextInt(3) * 4095;
            assertEquals(content.get(bit), set.contains(base + bit));
            boolean isAdded = random.nextBoolean();
            RegionSet changed = isAdded ? set.with(base + bit) : set.without(base + bit);
            assertEquals(content.get(bit) == isAdded, changed == set, "a set that does not change is the same set");
            content.set(bit, isAdded);
            assertEquals(isAdded, changed.contains(base + bit));
            set = changed;
        }
        assertEquals(content.cardinality(), set.size());
        assertArrayEquals(content.stream().mapToLong(bit -> base + bit).toArray(), set.toArray());
        assertEquals(RegionSets.set(base, content), set);
    }

    /** Few regions, spread over everything: growth and decay of sparse nodes at every level. */
    @Property(tries = 200)
    void shouldFollowATreeSet(@ForAll("regions") long center, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TreeSet<Long> model = new TreeSet<>();
        RegionSet set = RegionSet.empty();
        int reach = random.nextInt(2, 33);
        for (int i = 0; i < 1_000; i++) {
            boolean isGrowing = random.nextInt(10) < (i / 150 % 2 == 0 ? 8 : 2);
            long drawn = center + random.nextLong(1L << reach) & LAST;
            Long near = model.ceiling(drawn);
            long region = isGrowing || near == null ? drawn : near;
            set = isGrowing ? set.with(region) : set.without(region);
            if (isGrowing) {
                model.add(region);
            } else {
                model.remove(region);
            }
            assertEquals(model.size(), set.size());
        }
        assertEquals(model, RegionSets.tree(set));
        assertEquals(RegionSet.of(model.stream().mapToLong(region -> region).toArray()), set);
        assertCanonical(set.root());
    }

    @Property(tries = 300)
    void shouldSearch(@ForAll("bases") long base, @ForAll("contents") BitSet content, @ForAll long seed) {
        RegionSet set = RegionSets.set(base, content);
        assertEquals(content.isEmpty() ? -1 : base + content.nextSetBit(0), set.first());
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 100; i++) {
            int from = random.nextInt(RegionSets.WINDOW);
            int next = content.nextSetBit(from);
            assertEquals(next < 0 ? -1 : base + next, set.next(base + from));
            assertEquals(base + content.nextClearBit(from), set.nextAbsent(base + from));
        }
        for (long from : new long[] {base + RegionSets.WINDOW, RegionSet.REGION_LIMIT, Long.MAX_VALUE}) {
            assertEquals(-1, set.next(from));
            assertEquals(from, set.nextAbsent(from));
        }
    }

    @Property(tries = 300)
    void shouldCutAndFillRanges(@ForAll("bases") long base, @ForAll("contents") BitSet content, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int from = edgeOrAny(random);
        int end = Math.min(RegionSets.WINDOW, from + (random.nextBoolean() ? edgeOrAny(random) : random.nextInt(200)));
        RegionSet set = RegionSets.set(base, content);

        BitSet filled = (BitSet) content.clone();
        filled.set(from, end);
        assertEquals(RegionSets.set(base, filled), set.withRange(base + from, base + end));
        BitSet cut = (BitSet) content.clone();
        cut.clear(from, end);
        assertEquals(RegionSets.set(base, cut), set.withoutRange(base + from, base + end));
        BitSet below = (BitSet) content.clone();
        below.clear(from, RegionSets.WINDOW);
        assertEquals(RegionSets.set(base, below), set.below(base + from));
    }

    private static int edgeOrAny(SplittableRandom random) {
        int[] edges = {0, 63, 64, 65, 4095, 4096, 4097, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, RegionSets.WINDOW};
        return random.nextBoolean() ? edges[random.nextInt(edges.length)] : random.nextInt(RegionSets.WINDOW + 1);
    }

    @Property(tries = 200)
    void shouldHaveOneFormHoweverItWasBuilt(@ForAll("bases") long base, @ForAll("contents") BitSet content,
                                            @ForAll long seed) {
        RegionSet expected = RegionSets.set(base, content);
        List<long[]> ranges = new ArrayList<>();
        expected.forEachRange((from, end) -> ranges.add(new long[] {from, end}));
        RegionSetBuilder ascending = new RegionSetBuilder();
        ranges.forEach(range -> ascending.addRange(range[0], range[1]));
        Collections.shuffle(ranges, new Random(seed));
        RegionSetBuilder anyOrder = new RegionSetBuilder();
        ranges.forEach(range -> anyOrder.addRange(range[0], range[1]));
        RegionSet byParts = RegionSet.empty();
        for (long[] range : ranges) {
            byParts = range[1] - range[0] == 1 ? byParts.with(range[0]) : byParts.withRange(range[0], range[1]);
        }
        RegionSet whole = RegionSet.range(base, base + RegionSets.WINDOW);

        for (RegionSet same : List.of(ascending.build(), anyOrder.build(), byParts, whole.minus(whole.minus(expected)),
                expected.with(whole).and(expected), RegionSet.of(LongStream.of(expected.toArray())))) {
            assertEquals(expected, same);
            assertEquals(expected.hashCode(), same.hashCode());
            assertEquals(expected.toString(), same.toString());
            assertCanonical(same.root());
        }
    }

    /** The rule of {@link RegionNode}: the shape follows from the content. */
    private static void assertCanonical(RegionNode node) {
        if (node.size == 0) {
            assertSame(RegionNode.empty(node.level), node);
        } else if (node.size == RegionNode.capacity(node.level)) {
            assertSame(RegionNode.full(node.level), node);
        } else if (node.size <= RegionNode.SPARSE_MAX) {
            assertEquals(SparseNode.class, node.getClass());
        } else if (node.level == 0) {
            assertEquals(LeafNode.class, node.getClass());
        } else {
            assertEquals(BranchNode.class, node.getClass());
            long size = 0;
            for (RegionNode child : node.children()) {
                assertEquals(node.level - 1, child.level);
                assertCanonical(child);
                size += child.size;
            }
            assertEquals(size, node.size);
        }
    }

    @Property(tries = 500)
    void shouldDifferByOneRegion(@ForAll("regions") long region, @ForAll("regions") long other) {
        RegionSet one = RegionSet.of(region);
        RegionSet all = RegionSet.range(0, RegionSet.REGION_LIMIT);

        assertEquals(one, all.minus(all.without(region)));
        assertEquals(all, all.without(region).with(region));
        assertEquals(RegionSet.REGION_LIMIT - 1, all.without(region).size());
        assertEquals(region, all.without(region).nextAbsent(0));
        assertEquals(RegionSet.of(region, other), RegionSet.of(other).with(one));
        assertEquals(region == other, one.equals(RegionSet.of(other)));
        assertEquals(region == other, all.without(region).equals(all.without(other)));
        assertEquals(Math.min(region, other), RegionSet.of(region, other).first());
        assertEquals(region < other, RegionSet.range(0, other).contains(region));
        assertEquals(RegionSet.range(0, other), all.below(other));
        assertSame(RegionSet.empty(), one.without(region));
    }

    @Test
    void shouldShowTheFewestRanges() {
        List<String> ranges = new ArrayList<>();

        RegionSet.range(4000, 1 << 19).without(100_000).with(1 << 19).with(LAST).with(0)
                .forEachRange((from, end) -> ranges.add(from + "-" + end));

        assertEquals(List.of("0-1", "4000-100000", "100001-524289", "4294967295-4294967296"), ranges);
    }

    @Test
    void shouldSayItsRanges() {
        assertEquals("{}", RegionSet.empty().toString());
        assertEquals("{0-99, 200, 4294967295}", RegionSet.range(0, 100).with(200).with(LAST).toString());
        assertEquals("{0, 2, 4, 6, 8, 10, 12, 14, ... 3 more}",
                RegionSet.of(0, 2, 4, 6, 8, 10, 12, 14, 16, 17, 18).toString());
    }

    @Test
    void shouldShareWhatDoesNotChange() {
        RegionSet all = RegionSet.range(0, 1 << 24);

        assertSame(RegionNode.full(2), all.root().children()[0].children()[0]);
        RegionNode[] before = all.without(5).root().children()[0].children()[0].children();
        RegionNode[] after = all.without(5).without(7).root().children()[0].children()[0].children();
        for (int i = 1; i < before.length; i++) {
            assertSame(before[i], after[i]);
        }
        assertSame(all, all.with(RegionSet.of(1, 2, 3)));
        assertSame(all, RegionSet.of(1, 2, 3).with(all));
        assertSame(all, all.minus(RegionSet.range(1 << 24, 1 << 25)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE})
    void shouldRefuseRegionsOutsideTheLimits(long region) {
        RegionSet set = RegionSet.range(0, RegionSet.REGION_LIMIT);

        assertFalse(set.contains(region));
        assertSame(set, set.without(region));
        String message = "region " + region + ": allowed are 0 to 4294967295";
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> set.with(region)).getMessage());
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> RegionSet.of(1, region)).getMessage());
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> new RegionSetBuilder().add(region)).getMessage());
    }

    @Test
    void shouldRefuseRangesOutsideTheLimits() {
        assertThrows(IllegalArgumentException.class, () -> RegionSet.range(-1, 3));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.range(4, 3));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.range(0, RegionSet.REGION_LIMIT + 1));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.empty().below(-1));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.empty().next(-1));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.empty().nextAbsent(-1));
        assertSame(RegionSet.empty(), RegionSet.range(LAST + 1, LAST + 1));
        RegionSet some = RegionSet.of(LAST);
        assertSame(some, some.below(Long.MAX_VALUE));
    }

    @Test
    void shouldRefuseAnArrayOfMoreThanFits() {
        RegionSet all = RegionSet.range(0, RegionSet.REGION_LIMIT);

        assertThrows(IllegalStateException.class, all::toArray);
    }

    @Test
    void shouldDifferFromOtherThings() {
        assertNotEquals(RegionSet.empty(), null);
        assertNotEquals(RegionSet.of(1), "{1}");
        assertTrue(RegionSet.of(new long[0]).isEmpty());
    }
}
