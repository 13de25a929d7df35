package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Declared deaths as bytes: version 1 for ever; what a newer build adds is passed over. */
class DeathCodecTest {
    private static final Death DEATH = new Death("boot-a", "node-a", 0x0123_4567_89abL, "operator at node-b");
    private static final String BYTES =
            "0600626f6f742d6106006e6f64652d61ab8967452301000012006f70657261746f72206174206e6f64652d62";

    private final LogSerializer serializer = new LogSerializer();

    @Test
    void shouldKeepTheBytesOfVersion1() throws NotSerializableException {
        assertEquals(BYTES, HexFormat.of().formatHex(serializer.toBinary(DEATH)));
        assertEquals("D1", serializer.manifest(DEATH));
        assertEquals(DEATH, serializer.fromBinary(HexFormat.of().parseHex(BYTES), "D1"));
    }

    @Test
    void shouldKeepTheBytesOfAVersion1Snapshot() throws NotSerializableException {
        DeclaredDeaths record = new DeclaredDeaths(List.of(DEATH));
        String bytes = "01002c00" + BYTES;

        assertEquals(bytes, HexFormat.of().formatHex(serializer.toBinary(record)));
        assertEquals("DS1", serializer.manifest(record));
        assertEquals(record, serializer.fromBinary(HexFormat.of().parseHex(bytes), "DS1"));
    }

    @Test
    void shouldPassOverFieldsOfANewerBuild() throws NotSerializableException {
        assertEquals(DEATH, serializer.fromBinary(HexFormat.of().parseHex(BYTES + "cafe"), "D1"));
        assertEquals(new DeclaredDeaths(List.of(DEATH, DEATH)).deaths(), ((DeclaredDeaths) serializer.fromBinary(
                HexFormat.of().parseHex("02002e00" + BYTES + "cafe" + "2c00" + BYTES), "DS1")).deaths());
    }

    @Test
    void shouldRefuseDamage() {
        byte[] bytes = HexFormat.of().parseHex(BYTES);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThrows(NotSerializableException.class, () -> serializer.fromBinary(cut, "D1"));
        }
        assertArrayEquals(bytes, HexFormat.of().parseHex(BYTES));
    }

    @Test
    void shouldKeepTheFirstDeclarationOfEachAndTheNewestOnes() {
        DeclaredDeaths record = new DeclaredDeaths(List.of(DEATH));
        assertEquals(record, record.with(new Death("boot-a", "other", 1, "later")));

        List<Death> many = new ArrayList<>();
        for (int i = 0; i < 4096; i++) {
            many.add(new Death("boot-" + i, "node", i, "test"));
        }
        DeclaredDeaths full = new DeclaredDeaths(many).with(DEATH);

        assertEquals(4096, full.deaths().size());
        assertTrue(full.incarnations().contains("boot-a") && !full.incarnations().contains("boot-0"));
    }
}
