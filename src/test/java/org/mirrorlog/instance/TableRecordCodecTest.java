package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.log.RegionSet;

/** The bytes of a record: version 1 for ever, inverse, and safe against anything else. */
class TableRecordCodecTest {
    private static final RegionSet SOME = RegionSet.of(3, 64, 4096);
    private static final RegionSet RANGE = RegionSet.range(0, 1000);

    private static byte[] encode(RecordChange change) {
        ByteBuffer into = ByteBuffer.allocate(TableRecordCodec.sizeBound(change)).order(ByteOrder.LITTLE_ENDIAN);
        TableRecordCodec.encode(change, into);
        byte[] bytes = new byte[into.position()];
        into.flip().get(bytes);
        return bytes;
    }

    private static RecordChange decode(byte[] bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        RecordChange change = TableRecordCodec.decode(from);
        assertEquals(0, from.remaining(), "bytes left over");
        return change;
    }

    private static RecordChange named(String name) {
        switch (name) {
            case "pending": return new RecordChange.Pending(SOME);
            case "committed": return new RecordChange.Committed(SOME);
            case "cleared": return new RecordChange.Cleared(RANGE);
            case "dropped": return new RecordChange.Dropped(RegionSet.empty());
            case "reached": return new RecordChange.Reached(Phase.PRESUSPENDED);
            case "hinted": return new RecordChange.Hinted(0x1_0000_0000L, SOME);
            case "recovered": return new RecordChange.Learned(SOME, true);
            case "told": return new RecordChange.Learned(SOME, false);
            case "slot": return new RecordChange.Slot(5);
            case "exposed": return new RecordChange.Exposed(true);
            case "noslot": return new RecordChange.Slot(-1);
            case "whole": return new RecordChange.Whole(new Memory(Phase.ACTIVE, 7, RANGE, 9, SOME, -1, RegionSet.of(1),
                    RegionSet.of(2), RegionSet.of(4), false));
            case "bare": return new RecordChange.Whole(Memory.lost());
            default: throw new IllegalArgumentException(name);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            pending   | 010cf001fc7d03
            committed | 020cf001fc7d03
            cleared   | 0301e60703
            dropped   | 0403
            reached   | 0503
            hinted    | 0600000000010000000cf001fc7d03
            recovered | 07010cf001fc7d03
            told      | 07000cf001fc7d03
            slot      | 080500000000000000
            noslot    | 08ffffffffffffffff
            exposed   | 0a01
            bare      | 0b00ffffffffffffffff0000000000000000ffffffffffffffff0303030303
            whole     | 090207000000000000000900000000000000ffffffffffffffff01e607030cf001fc7d03040308031003
            """)
    void shouldKeepTheBytesOfVersion1(String name, String hex) {
        RecordChange change = named(name);

        assertEquals(hex, HexFormat.of().formatHex(encode(change)));
        assertEquals(change, decode(HexFormat.of().parseHex(hex)));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void shouldReadWhatItWrote(@ForAll("changes") RecordChange change) {
        assertEquals(change, decode(encode(change)));
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void shouldThrowNothingUnexpectedOnDamagedBytes(@ForAll("changes") RecordChange change, @ForAll int at,
            @ForAll byte value,
                                                    @ForAll int cut) {
        byte[] bytes = encode(change);
        bytes[Math.floorMod(at, bytes.length)] = value;
        ByteBuffer from = ByteBuffer.wrap(bytes, 0, 1 + Math.floorMod(cut, bytes.length))
                .order(ByteOrder.LITTLE_ENDIAN);

        try {
            Memory after = Memory.constructed().after(TableRecordCodec.decode(from));
            assertTrue(after.phase() != null, "decoded to something usable");
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            assertTrue(e.getMessage() == null || !e.getMessage().isEmpty(), "refused");
        }
    }

    @ParameterizedTest
    @CsvSource({"00", "0c", "ff", "0506", "0580"})
    void shouldRefuseUnknownKindsAndPhases(String hex) {
        assertThrows(IllegalArgumentException.class, () -> decode(HexFormat.of().parseHex(hex)));
    }

    @Provide
    Arbitrary<RecordChange> changes() {
        Arbitrary<Long> numbers = Arbitraries.longs();
        return Arbitraries.oneOf(regions().map(RecordChange.Pending::new), regions().map(RecordChange.Committed::new),
                regions().map(RecordChange.Cleared::new), regions().map(RecordChange.Dropped::new),
                Arbitraries.of(Phase.class).map(RecordChange.Reached::new),
                Combinators.combine(numbers, regions()).as(RecordChange.Hinted::new),
                Combinators.combine(regions(), Arbitraries.of(true, false)).as(RecordChange.Learned::new),
                numbers.map(RecordChange.Slot::new),
                Arbitraries.of(true, false).map(RecordChange.Exposed::new), memories().map(RecordChange.Whole::new));
    }

    private static Arbitrary<Memory> memories() {
        Arbitrary<Long> numbers = Arbitraries.longs();
        return Combinators.combine(Arbitraries.of(Phase.class), numbers, numbers, numbers, regions(),
                regions(), regions(), regions()).as((phase, session, hint, slot, a, b, c, d) ->
                new Memory(phase, session, a, hint, b, slot, c, d, a.with(b), hint % 2 == 0));
    }

    private static Arbitrary<RegionSet> regions() {
        Arbitrary<Long> region = Arbitraries.longs().between(0, RegionSet.REGION_LIMIT - 1);
        return Arbitraries.oneOf(region.list().ofMaxSize(20)
                        .map(list -> RegionSet.of(list.stream().mapToLong(Long::longValue))),
                Combinators.combine(region, Arbitraries.longs().between(0, 100_000)).as((from, length) ->
                        RegionSet.range(from, Math.min(RegionSet.REGION_LIMIT, from + length))));
    }
}
