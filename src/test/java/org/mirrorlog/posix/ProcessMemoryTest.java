package org.mirrorlog.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** S24. The calls change the whole process, so they run in a JVM of their own. */
class ProcessMemoryTest {
    private static List<String> lines;

    @BeforeAll
    static void run() throws Exception {
        lines = runProbe();
    }

    @Test
    void shouldLockMemoryOrSayWhyNot_S24() {
        String outcome = lines.get(0);
        long lockedKib = Long.parseLong(lines.get(1));
        if (outcome.startsWith("true 0 memory is locked")) {
            assertTrue(lockedKib > 1024, "locked KiB: " + lockedKib);
        } else {
            assertTrue(outcome.matches("false (1|12) memory is not locked: allow it .*mlockall: E\\w+ \\(\\d+\\).*"),
                    outcome);
            assertEquals(0, lockedKib);
        }
    }

    @Test
    void shouldBecomeAnIoFlusherOrSayWhyNot_S24() {
        String set = lines.get(2);
        String asked = lines.get(3);
        if (set.startsWith("true")) {
            assertEquals("true 0 this thread is an I/O flusher", asked);
        } else {
            assertTrue(set.matches("false (1|22) not an I/O flusher: .*PR_SET_IO_FLUSHER: E\\w+ \\(\\d+\\).*"), set);
            assertTrue(asked.startsWith("false"), asked);
        }
    }

    private static List<String> runProbe() throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process probe = new ProcessBuilder(java, "-Xmx32m", "--add-opens",
                "java.base/java.nio=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xss512k", "-cp",
                System.getProperty("java.class.path"), Probe.class.getName()).redirectErrorStream(true).start();
        String output = new String(probe.getInputStream().readAllBytes());
        assertEquals(0, probe.waitFor(), output);
        return output.lines().toList();
    }

    /** Prints both outcomes and the locked KiB that the kernel accounts to this process. */
    static final class Probe {
        private Probe() {
        }

        public static void main(String[] args) throws IOException {
            print(ProcessMemory.lockAll());
            String locked = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmLck:")).findFirst().orElseThrow();
            System.out.println(locked.replaceAll("\\D", ""));
            print(ProcessMemory.setIoFlusher());
            print(ProcessMemory.ioFlusher());
        }

        private static void print(ProcessMemory.Outcome outcome) {
            System.out.println(outcome.worked() + " " + outcome.errno() + " " + outcome.text());
        }
    }
}
