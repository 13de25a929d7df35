package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** D21, protocol.md 5.5. */
class PrivateHeaderTest {
    /** Written by version 1; must be understood for ever. */
    private static final String GOLDEN = "6d6972726f726c67" + "01000000" + "01000000"
            + "0123456789abcdef0123456789abcdef" + "2900000000000000" + "4200000000000000" + "0b00"
            + "73746f726167652d6f6e65" + "00".repeat(53) + "0000";

    @Test
    void shouldKeepItsBytes() {
        byte[] encoded = Regions.ACTIVE.encode(66);

        assertEquals(GOLDEN, HexFormat.of().formatHex(encoded, 0, encoded.length - 4));
        assertEquals(PrivateHeader.BYTES, encoded.length);
        assertEquals(Optional.of(Regions.ACTIVE), PrivateHeader.decode(encoded, 66));
    }

    @Test
    void shouldRoundTripLimits() {
        for (String cluster : List.of("", "x".repeat(64), "ü".repeat(32))) {
            PrivateHeader header = new PrivateHeader(Regions.JOURNAL, cluster, false, -1);

            assertEquals(Optional.of(header), PrivateHeader.decode(header.encode(1), 1));
        }
        String tooLong = "ü".repeat(33);
        assertThrows(IllegalArgumentException.class, () -> new PrivateHeader(Regions.JOURNAL, tooLong, true, 0));
    }

    @Test
    void shouldTakeEveryDamagedBitForAbsence() {
        for (int bit = 0; bit < PrivateHeader.BYTES * 8; bit++) {
            byte[] damaged = Regions.ACTIVE.encode(66);
            damaged[bit / 8] ^= (byte) (1 << bit % 8);

            assertEquals(Optional.empty(), PrivateHeader.decode(damaged, 66), "bit " + bit);
        }
    }

    @Test
    void shouldTakeFillPatternsForAbsence() {
        byte[] ones = new byte[PrivateHeader.BYTES];
        Arrays.fill(ones, (byte) 0xff);

        assertEquals(Optional.empty(), PrivateHeader.decode(new byte[PrivateHeader.BYTES], 0));
        assertEquals(Optional.empty(), PrivateHeader.decode(ones, -1));
    }

    @Test
    void shouldIgnoreItselfWhenSomebodyElseFormattedTheLogSince() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);
        file.open(66).format(Regions.allClean(66), Regions.ACTIVE);
        assertEquals(Optional.of(Regions.ACTIVE), read(file).header());

        ByteBuffer.wrap(file.bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(8, -1);

        assertEquals(Optional.empty(), read(file).header());
    }

    @Test
    void shouldSayActiveUntilTheLogIsLeftInOneFlushedBlock() throws IOException {
        MemoryFile file = new MemoryFile(4096, 512);
        LogDevice device = file.open(66);
        device.format(Regions.allClean(66), Regions.ACTIVE);
        byte[] before = file.bytes.clone();
        file.diary.clear();

        device.putHeader(Regions.ACTIVE.withActive(false, 99));

        assertEquals(List.of("write 0+512", "sync"), file.diary);
        assertEquals(Optional.of(new PrivateHeader(Regions.JOURNAL, "storage-one", false, 99)), read(file).header());
        assertArrayEquals(Arrays.copyOf(before, 16), Arrays.copyOf(file.stable, 16));
        assertArrayEquals(Arrays.copyOfRange(before, 136, 4096), Arrays.copyOfRange(file.stable, 136, 4096));
    }

    private static Contents.Readable read(MemoryFile file) throws IOException {
        return assertInstanceOf(Contents.Readable.class, file.open(66).read());
    }
}
