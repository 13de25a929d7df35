package org.mirrorlog.log;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;

/**
 * Prints what operations on sets of 16 M regions cost; run by hand, no test. Class path: target/classes,
 * target/test-classes.
 */
final class RegionSetBenchmark {
    private static final int REGIONS = 1 << 24;
    private static final SplittableRandom RANDOM = new SplittableRandom(7);

    private RegionSetBenchmark() {
    }

    /** Takes no arguments. */
    public static void main(String[] arguments) {
        RegionSet full = RegionSet.range(0, REGIONS);
        RegionSet half = noise(2);
        RegionSet thousandth = noise(1000);
        RegionSet hundred = RegionSet.of(RANDOM.longs(100, 0, REGIONS).toArray());
        RegionSet[] few = new RegionSet[1024];
        for (int i = 0; i < few.length; i++) {
            few[i] = RegionSet.of(RANDOM.longs(1 + i % 8, 0, REGIONS).toArray());
        }
        for (Object[] each
                : new Object[][] {{"full", full}, {"half", half}, {"1/1000", thousandth}, {"100", hundred}}) {
            RegionSet set = (RegionSet) each[1];
            String name = each[0] + ": ";
            print(name + "contains", 2_000_000, i -> set.contains(region()) ? 1 : 0);
            print(name + "with", 500_000, i -> set.with(region()).size());
            print(name + "without", 500_000, i -> set.without(region()).size());
            print(name + "union of 1 to 8 regions", 200_000, i -> set.with(few[(int) i & 1023]).size());
            print(name + "minus 1 to 8 regions", 200_000, i -> set.minus(few[(int) i & 1023]).size());
            print(name + "next", 500_000, i -> set.next(region()));
            print(name + "nextAbsent", 500_000, i -> set.nextAbsent(region()));
        }
        print("half or 1/1000", 100, i -> half.with(thousandth).size());
        print("half minus 1/1000", 100, i -> half.minus(thousandth).size());
        printBytes(half, thousandth, full, hundred);
    }

    private static void printBytes(RegionSet... sets) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 22);
        for (RegionSet set : sets) {
            String name = set.size() + " of 16 M: ";
            System.out.println(name + set.encodedSize() + " bytes encoded");
            print(name + "encode", 50, i -> {
                set.encode(buffer.clear());
                return buffer.position();
            });
            print(name + "decode", 50, i -> RegionSet.decode(buffer.flip(), REGIONS).size());
            print(name + "fillBits", 50, i -> {
                set.fillBits(0, buffer.clear().limit(REGIONS / 8), true, REGIONS);
                return buffer.position();
            });
            print(name + "fromBits", 50, i -> RegionSet.fromBits(buffer.rewind(), 0, REGIONS).size());
        }
    }

    private static RegionSet noise(int oneOf) {
        RegionSetBuilder builder = new RegionSetBuilder();
        for (long region = 0; region < REGIONS; region++) {
            if (RANDOM.nextInt(oneOf) == 0) {
                builder.add(region);
            }
        }
        return builder.build();
    }

    private static long region() {
        return RANDOM.nextInt(REGIONS);
    }

    /** The best of five rounds, in ns per operation. */
    private static void print(String what, int times, LongUnaryOperator operation) {
        long best = Long.MAX_VALUE;
        long sum = 0;
        for (int round = 0; round < 5; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < times; i++) {
                sum += operation.applyAsLong(i);
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.printf("%-40s %,12.1f ns  (%x)%n", what, (double) best / times, sum & 0xF);
    }
}
