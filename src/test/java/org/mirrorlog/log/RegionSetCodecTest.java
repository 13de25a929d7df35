package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes of region sets: inverse, pinned, small, and safe to read from anywhere. */
class RegionSetCodecTest {
    private static final long SIXTEEN_M = 1 << 24;

    @Provide
    Arbitrary<BitSet> contents() {
        return RegionSets.contents();
    }

    @Provide
    Arbitrary<Long> bases() {
        return RegionSets.bases();
    }

    @Property(tries = 500)
    void shouldDecodeWhatItEncoded(@ForAll("bases") long base, @ForAll("contents") BitSet content,
            @ForAll boolean isBig) {
        RegionSet set = RegionSets.set(base, content);
        ByteOrder order = isBig ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;

        ByteBuffer buffer = ByteBuffer.allocate(set.encodedSize() + 5).order(order).position(2);
        set.encode(buffer);
        assertEquals(set.encodedSize() + 2, buffer.position());
        assertEquals(order, buffer.order());
        buffer.position(2);
        RegionSet decoded = RegionSet.decode(buffer);

        assertEquals(set, decoded);
        assertEquals(set.hashCode(), decoded.hashCode());
        assertEquals(set.encodedSize() + 2, buffer.position());
    }

    /** These bytes are in journals: they never change. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0-0                       | 03
            0-1                       | 0003
            1-2                       | 0403
            7-9                       | 1d0003
            0-16777216                | 01feffff0703
            0-4294967296              | 01feffffff0f03
            4294967295-4294967296     | fcffffff3f03
            0-100,200-201             | 0162900303
            4095-4097,8192-8193       | fd7f00fc7f03
            """)
    void shouldKeepTheBytesOfRanges(String ranges, String hex) {
        RegionSetBuilder builder = new RegionSetBuilder();
        for (String range : ranges.split(",")) {
            String[] ends = range.split("-");
            builder.addRange(Long.parseLong(ends[0]), Long.parseLong(ends[1]));
        }

        assertEquals(hex, HexFormat.of().formatHex(bytes(builder.build())));
        assertEquals(builder.build(), decode(hex));
    }

    @Test
    void shouldKeepTheBytesOfBlocks() {
        RegionSetBuilder builder = new RegionSetBuilder().add(4000);
        for (int i = 4096; i < 8192; i += 2) {
            builder.add(i);
        }
        RegionSet set = builder.addRange(8192, 8200).build();

        assertEquals("807d" + "fe02" + "55".repeat(512) + "0106" + "03", HexFormat.of().formatHex(bytes(set)));
        assertEquals(set, RegionSet.decode(ByteBuffer.wrap(bytes(set))));
    }

    @Test
    void shouldBeSmall() {
        SplittableRandom random = new SplittableRandom(1);
        RegionSetBuilder half = new RegionSetBuilder();
        random.longs(0, 1 << 20).limit(1 << 20).forEach(half::add);

        assertTrue(RegionSet.range(0, SIXTEEN_M).encodedSize() < 20);
        assertTrue(RegionSet.of(SIXTEEN_M - 1).encodedSize() < 12);
        assertTrue(RegionSet.range(0, SIXTEEN_M).without(5_000_000).encodedSize() < 20);
        assertTrue(half.build().encodedSize() <= (1 << 20) / 8 * 513 / 512 + 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''             | byte 0: end of the bytes
            00             | byte 1: end of the bytes
            0080           | byte 2: end of the bytes
            8080808080     | byte 5: number of more than 5 bytes
            01             | byte 1: end of the bytes
            07             | byte 1: end item with gap 1
            01feffffff1f03 | byte 6: regions 0 to 8589934591, allowed are regions below 8192
            fdff0100       | byte 4: regions 8191 to 8192, allowed are regions below 8192
            80800203       | byte 3: regions 8192 to 8192, allowed are regions below 8192
            0602           | byte 1: block at region 1, allowed are multiples of 4096 below 8192
            828002         | byte 3: block at region 8192, allowed are multiples of 4096 below 8192
            02ffff         | byte 1: block of 512 bytes, 2 left
            """)
    void shouldRefuseBadBytes(String hex, String message) {
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));

        String actual = assertThrows(IllegalArgumentException.class, () -> RegionSet.decode(bytes, 8192)).getMessage();

        assertTrue(actual.startsWith("region set, " + message), actual);
        assertEquals(0, bytes.position());
    }

    @Test
    void shouldRefuseABlockThatPassesTheLimit() {
        String hex = "02" + "00".repeat(511) + "80" + "03";

        assertThrows(IllegalArgumentException.class,
                () -> RegionSet.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), 4095));
        assertEquals(RegionSet.of(4095), RegionSet.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), 4096));
    }

    /** Damaged bytes give an IllegalArgumentException or a set inside the limit, whatever the damage. */
    @Property(tries = 2000)
    void shouldSurviveDamage(@ForAll("contents") BitSet content, @ForAll long seed) {
        byte[] bytes = bytes(RegionSets.set(0, content));
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        ByteBuffer damaged = ByteBuffer.wrap(bytes, 0, random.nextInt(bytes.length + 1));

        survives(damaged);
    }

    @Property(tries = 2000)
    void shouldSurviveNoise(@ForAll byte[] noise) {
        survives(ByteBuffer.wrap(noise));
    }

    private static void survives(ByteBuffer bytes) {
        try {
            RegionSet set = RegionSet.decode(bytes, RegionSets.WINDOW);
            assertEquals(set, set.below(RegionSets.WINDOW));
            assertEquals(set, RegionSet.decode(ByteBuffer.wrap(bytes(set))));
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().startsWith("region set, byte "), e.getMessage());
        }
    }

    private static RegionSet decode(String hex) {
        return RegionSet.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    private static byte[] bytes(RegionSet set) {
        ByteBuffer buffer = ByteBuffer.allocate(set.encodedSize());
        set.encode(buffer);
        assertEquals(0, buffer.remaining());
        return buffer.array();
    }
}
