package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** D16: what a data directory knows of the runs of its machine's kernel; D5: what orders the starts within one. */
class ServedBootsTest {
    private static final int MOST_CALLS = 100;

    @TempDir
    private Path dir;

    private ServedBoots open(String machine, String node, String boot) throws IOException {
        return ServedBoots.open(dir, new ServedBoots.Own(machine, node, boot));
    }

    private List<String> former(String boot) throws IOException {
        return open("m", "n", boot).former();
    }

    @Test
    void shouldKnowWhichRunsAreOver() throws IOException {
        assertEquals(List.of(), former("boot-1"));
        assertEquals(List.of(), former("boot-1"), "a daemon that was restarted");
        assertEquals(List.of("boot-1"), former("boot-2"));
        assertEquals(List.of("boot-2", "boot-1"), former("boot-3"));
        assertEquals(List.of("boot-2", "boot-1"), former("boot-3"));
    }

    @Test
    void shouldKeepABoundedNumber() throws IOException {
        for (int i = 0; i <= 3 * ServedBoots.KEPT; i++) {
            former("boot-" + i);
        }

        List<String> former = former("last");

        assertEquals(ServedBoots.KEPT, former.size());
        assertEquals("boot-" + 3 * ServedBoots.KEPT, former.get(0));
    }

    /** A disk that was moved or copied to another machine, a node that was renamed, a machine that cannot be told. */
    @ParameterizedTest
    @CsvSource({"m, n, other, n", "m, n, m, other", "m, n, '', n", "'', n, m, n", "'', n, '', n"})
    void shouldProveNothingWhereMachineOrNameDiffer(String machine, String node, String nextMachine, String nextNode)
            throws IOException {
        open(machine, node, "boot-1");

        assertEquals(List.of(), open(nextMachine, nextNode, "boot-2").former());
        assertEquals(nextMachine.isEmpty() ? List.of() : List.of("boot-2"),
                open(nextMachine, nextNode, "boot-3").former(), "the newer ones count anew");
    }

    @Test
    void shouldProveNothingOnceAnotherNodeHasTheMachineId() throws IOException {
        former("boot-1");
        ServedBoots boots = open("m", "n", "boot-2");

        boots.share();

        assertEquals(List.of(), boots.former());
        assertEquals(List.of(), former("boot-3"), "though this start has met nobody yet");
        open("own", "n", "boot-4");
        assertEquals(List.of("boot-4"), open("own", "n", "boot-5").former(), "it was given a machine id of its own");
    }

    /** Two machines that use one directory by turns, or a kernel that was set back to a snapshot of its memory. */
    @Test
    void shouldProveNothingOnceARunHasComeBack() throws IOException {
        former("boot-1");
        former("boot-2");

        assertEquals(List.of(), former("boot-1"));
        assertEquals(List.of(), former("boot-3"));
    }

    @Test
    void shouldProveNothingFromADamagedFile() throws IOException {
        former("boot-1");
        former("boot-2");
        byte[] bytes = Files.readAllBytes(dir.resolve("boots"));
        for (int at = 0; at < bytes.length; at += 4096) {
            bytes[at + 30] ^= 1;
        }
        Files.write(dir.resolve("boots"), bytes);

        assertEquals(List.of(), former("boot-3"));
        assertEquals(List.of("boot-3"), former("boot-4"));
    }

    /** Whichever call fails, and however: what is proven was kept, and what was kept before is not lost. */
    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void shouldStartOnlyWithWhatIsDurableWhicheverCallFails(FaultyDisk.Fault fault) throws IOException {
        FaultyDisk disk;
        int at = 1;
        do {
            assertTrue(at < MOST_CALLS, "calls end");
            String what = fault + " at call " + at;
            Files.deleteIfExists(dir.resolve("boots"));
            Files.deleteIfExists(dir.resolve("starts"));
            disk = new FaultyDisk("");
            disk.fail(fault, at++, 1);
            boolean isFirstKept = start(disk, "boot-1").isPresent();
            boolean isSecondKept = start(disk, "boot-2").isPresent();

            List<String> former = former("boot-3");

            assertTrue(former.contains("boot-1") || !isFirstKept, what + ": " + former);
            assertTrue(former.contains("boot-2") || !isSecondKept, what + ": " + former);
            assertTrue(List.of("boot-2", "boot-1").containsAll(former), what + ": " + former);
        } while (disk.hasFailed());
        assertTrue(at > 12, at + " calls");
    }

    private OptionalLong start(RecordDisk disk, String boot) {
        try {
            ServedBoots boots = ServedBoots.open(disk, dir, new ServedBoots.Own("m", "n", boot));
            return OptionalLong.of(RecordDirectory.open(disk, dir, boot).nextStart(1_000, boots));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    // --- D5: daemon starts ----------------------------------------------------------------------------------------

    private long nextStart(String boot, long uptimeMs) throws IOException {
        return RecordDirectory.open(dir, boot).nextStart(uptimeMs, open("m", "n", boot));
    }

    @Test
    void d5ShouldOrderTheStartsOfARunThoughTheirDirectoryIsLost() throws IOException {
        nextStart("boot-1", 9_000_000);
        long first = nextStart("boot-2", 5_000);
        long second = nextStart("boot-2", 5_000);
        Files.writeString(dir.resolve("starts"), "rubbish");
        long third = nextStart("boot-2", 6_000);
        Files.delete(dir.resolve("starts"));
        Files.delete(dir.resolve("boots"));
        long fourth = nextStart("boot-2", 7_000);

        assertTrue(first < second && second < third && third < fourth,
                first + " " + second + " " + third + " " + fourth);
    }

    /** A build that counted by the clock has left its number; one that is put back finds one that it counts on from. */
    @Test
    void d5ShouldCountOnFromOtherBuildsAndForThem() throws IOException {
        Files.writeString(dir.resolve("starts"), "%018d\n".formatted(4_000_000_000_000L));

        long start = nextStart("boot-1", 5);

        assertTrue(start > 4_000_000_000_000L);
        assertEquals("%018d\n".formatted(start), Files.readString(dir.resolve("starts")));
    }

    @Test
    void shouldReadTheNewerOfTwoSlots() throws IOException {
        former("boot-1");
        former("boot-2");
        former("boot-3");

        Optional<ServedBoots.Entries> last = ServedBoots.read(RecordDisk.REAL, dir.resolve("boots"));

        assertEquals(List.of("boot-3", "boot-2", "boot-1"), last.orElseThrow().boots());
        byte[] bytes = Files.readAllBytes(dir.resolve("boots"));
        ByteBuffer.wrap(bytes).position(4096 * (int) (last.get().generation() % 2)).put(new byte[100]);
        Files.write(dir.resolve("boots"), bytes);
        assertEquals(List.of("boot-2", "boot-1"),
                ServedBoots.read(RecordDisk.REAL, dir.resolve("boots")).orElseThrow().boots(), "torn: the one before");
        assertFalse(ServedBoots.read(RecordDisk.REAL, dir.resolve("nothing")).isPresent());
    }
}
