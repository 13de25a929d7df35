package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Region sets as the bits of the log device. */
class RegionBitsTest {
    @Provide
    Arbitrary<BitSet> contents() {
        return RegionSets.contents();
    }

    @Provide
    Arbitrary<Long> bases() {
        return RegionSets.bases();
    }

    @Property(tries = 300)
    void shouldReadTheLayoutOfTheDevice(@ForAll("bases") long base, @ForAll("contents") BitSet content,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int skipped = random.nextInt(3) * 8;
        int count = anyCount(random) - skipped;
        byte[] bytes = bytesOf(content, skipped, RegionSets.WINDOW / 8 - skipped / 8);
        ByteBuffer in = ByteBuffer.allocate(bytes.length + 3).order(anyOrder(random)).put(3, bytes).position(3);

        RegionSet set = RegionSet.fromBits(in, base + skipped, count);

        BitSet expected = content.get(0, skipped + count);
        expected.clear(0, skipped);
        assertEquals(RegionSets.set(base, expected), set);
        assertEquals(3 + (count + 7) / 8, in.position());
    }

    @Property(tries = 300)
    void shouldWriteTheLayoutOfTheDevice(@ForAll("bases") long base, @ForAll("contents") BitSet content,
                                         @ForAll boolean inverted, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int skipped = random.nextInt(3) * 8 + random.nextInt(2) * 4096;
        int regionCount = anyCount(random);
        int length = random.nextBoolean() ? random.nextInt(40) : RegionSets.WINDOW / 8;
        ByteOrder order = anyOrder(random);
        ByteBuffer out = ByteBuffer.allocate(3 + length + 2).order(order).position(3).limit(3 + length);

        RegionSets.set(base, content).fillBits(base + skipped, out, inverted, base + regionCount);

        BitSet expected = (BitSet) content.clone();
        if (inverted) {
            expected.flip(0, RegionSets.WINDOW);
        }
        expected.clear(regionCount, RegionSets.WINDOW);
        byte[] bytes = new byte[length];
        out.get(3, bytes);
        assertArrayEquals(bytesOf(expected, skipped, length), bytes);
        assertEquals(0, out.remaining());
        assertEquals(order, out.order());
        assertEquals(0, out.array()[2] | out.array()[3 + length], "only the remaining bytes");
    }

    private static int anyCount(SplittableRandom random) {
        int[] counts = {32, 63, 64, 65, 4095, 4096, 4097, 1 << 18, RegionSets.WINDOW - 1, RegionSets.WINDOW};
        return random.nextBoolean() ? counts[random.nextInt(counts.length)] : 16
                + random.nextInt(RegionSets.WINDOW - 16);
    }

    private static ByteOrder anyOrder(SplittableRandom random) {
        return random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private static byte[] bytesOf(BitSet content, int firstBit, int length) {
        byte[] all = content.toByteArray();
        byte[] bytes = new byte[length];
        int from = firstBit / 8;
        System.arraycopy(all, Math.min(from, all.length), bytes, 0, Math.max(0, Math.min(length, all.length - from)));
        return bytes;
    }

    @Test
    void shouldPutRegionsIntoTheirBits() {
        ByteBuffer out = ByteBuffer.allocate(4);

        RegionSet.of(0, 9, 15, 16, 31).fillBits(0, out, false, 31);

        assertArrayEquals(new byte[] {1, (byte) 0x82, 1, 0}, out.array());
    }

    @Test
    void shouldWriteCleanBitsAsTheComplement() {
        ByteBuffer out = ByteBuffer.allocate(3);

        RegionSet.of(0, 9).fillBits(0, out, true, 11);

        assertArrayEquals(new byte[] {(byte) 0xFE, 5, 0}, out.array());
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        RegionSet set = RegionSet.of(1);
        ByteBuffer one = ByteBuffer.allocate(1);

        assertEquals("bitmap of 9 regions: 2 bytes needed, 1 present",
                assertThrows(IllegalArgumentException.class, () -> RegionSet.fromBits(one, 0, 9)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> RegionSet.fromBits(one, 4, 1));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.fromBits(one, -8, 1));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.fromBits(one, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> RegionSet.fromBits(one, RegionSet.REGION_LIMIT, 1));
        assertThrows(IllegalArgumentException.class, () -> set.fillBits(7, one, false, 8));
        assertThrows(IllegalArgumentException.class, () -> set.fillBits(0, one, false, -1));
        assertThrows(IllegalArgumentException.class, () -> set.fillBits(0, one, false, RegionSet.REGION_LIMIT + 1));
        assertEquals(0, one.position());
    }
}
