package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Logs that the in-kernel disk log and the old daemon wrote on a real machine; INDEX.txt says which bits are clear. */
class GoldenLogsTest {
    private static final Pattern INDEX_LINE =
            Pattern.compile("(\\S+\\.bin): .*on disk: \\[([^]]*)] header nr_regions=(\\d+) version=2");

    record Golden(String file, List<Integer> dirty, int nrRegions) { }

    /** The index, and the files that it leaves out: their names say what they are. */
    static Stream<Golden> logs() throws IOException {
        List<Golden> indexed = new String(resource("INDEX.txt")).lines().map(GoldenLogsTest::indexed).toList();
        assertEquals(18, indexed.size());
        Stream<Golden> crash =
                Stream.of(new Golden("clustered-disk.crash-dirty-3-9-63-64.bin", List.of(3, 9, 63, 64), 66));
        Stream<Golden> idle =
                Stream.of("4s-after-writes", "idle", "just-after-writes", "removed", "suspended", "synced")
                        .map(when -> new Golden("lifecycle-17regions.log." + when + ".bin", List.of(), 17));
        return Stream.of(indexed.stream(), crash, idle).flatMap(stream -> stream);
    }

    private static Golden indexed(String line) {
        Matcher matcher = INDEX_LINE.matcher(line);
        assertTrue(matcher.matches(), line);
        List<Integer> dirty = Arrays.stream(matcher.group(2).split(", ")).filter(word -> !word.isEmpty())
                .map(Integer::valueOf).toList();
        return new Golden(matcher.group(1), dirty, Integer.parseInt(matcher.group(3)));
    }

    @ParameterizedTest
    @MethodSource("logs")
    void shouldReadWhatTheIndexSays(Golden golden) throws IOException {
        LogDevice device = new MemoryFile(resource(golden.file()), 512).open(golden.nrRegions());

        Contents.Readable log = assertInstanceOf(Contents.Readable.class, device.read());

        assertEquals(golden.nrRegions(), log.nrRegions());
        assertEquals(golden.nrRegions(), log.bits().knownRegions());
        assertEquals(Optional.empty(), log.header());
        List<Integer> dirty = IntStream.range(0, golden.nrRegions()).filter(region -> !log.bits().isClean(region))
                .boxed().toList();
        assertEquals(golden.dirty(), dirty);
    }

    @ParameterizedTest
    @MethodSource("logs")
    void shouldFormatTheSameHeaderAndBitmap(Golden golden) throws IOException {
        byte[] original = resource(golden.file());
        for (int blockBytes : new int[] {512, 4096}) {
            MemoryFile empty = new MemoryFile(original.length, blockBytes);

            Regions regions = Regions.cleanExcept(golden.nrRegions(), golden.dirty());
            empty.open(golden.nrRegions()).format(regions, Regions.ACTIVE);

            assertArrayEquals(Arrays.copyOf(original, 16), Arrays.copyOf(empty.bytes, 16));
            assertArrayEquals(Arrays.copyOfRange(original, 1024, original.length),
                    Arrays.copyOfRange(empty.bytes, 1024, original.length));
        }
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = GoldenLogsTest.class.getResourceAsStream("/logs/" + name)) {
            return in.readAllBytes();
        }
    }
}
