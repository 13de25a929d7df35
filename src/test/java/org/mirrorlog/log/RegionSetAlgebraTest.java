package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.BitSet;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Union, difference, intersection and the questions about two sets, against {@link BitSet}. */
class RegionSetAlgebraTest {
    @Provide
    Arbitrary<BitSet> contents() {
        return RegionSets.contents();
    }

    @Provide
    Arbitrary<Long> bases() {
        return RegionSets.bases();
    }

    @Property(tries = 300)
    void shouldUnite(@ForAll("bases") long base, @ForAll("contents") BitSet a, @ForAll("contents") BitSet b) {
        check(base, a, b, RegionSet::with, BitSet::or);
    }

    @Property(tries = 300)
    void shouldSubtract(@ForAll("bases") long base, @ForAll("contents") BitSet a, @ForAll("contents") BitSet b) {
        check(base, a, b, RegionSet::minus, BitSet::andNot);
    }

    @Property(tries = 300)
    void shouldIntersect(@ForAll("bases") long base, @ForAll("contents") BitSet a, @ForAll("contents") BitSet b) {
        check(base, a, b, RegionSet::and, BitSet::and);
    }

    private static void check(long base, BitSet a, BitSet b, BinaryOperator<RegionSet> operation,
                              BiConsumer<BitSet, BitSet> model) {
        BitSet expected = (BitSet) a.clone();
        model.accept(expected, b);

        RegionSet first = RegionSets.set(base, a);
        RegionSet second = RegionSets.set(base, b);
        RegionSet actual = operation.apply(first, second);

        assertEquals(expected, RegionSets.bits(base, actual));
        assertEquals(expected.cardinality(), actual.size());
        assertEquals(RegionSets.set(base, expected), actual);
        assertEquals(RegionSets.set(base, expected).hashCode(), actual.hashCode());
        assertEquals(a, RegionSets.bits(base, first), "operands stay what they were");
        assertEquals(b, RegionSets.bits(base, second), "operands stay what they were");
        if (expected.equals(a)) {
            assertSame(first, actual, "nothing changed");
        }
    }

    @Property(tries = 300)
    void shouldCompare(@ForAll("bases") long base, @ForAll("contents") BitSet a, @ForAll("contents") BitSet b) {
        BitSet common = (BitSet) a.clone();
        common.and(b);
        RegionSet first = RegionSets.set(base, a);
        RegionSet second = RegionSets.set(base, b);
        RegionSet both = RegionSets.set(base, common);

        assertEquals(a.intersects(b), first.intersects(second));
        assertEquals(common.equals(b), first.containsAll(second));
        assertEquals(a.equals(b), first.equals(second));
        assertEquals(true, first.containsAll(both) && second.containsAll(both));
        assertEquals(common.equals(a), both.containsAll(first));
        assertEquals(!common.isEmpty(), first.intersects(both));
    }
}
