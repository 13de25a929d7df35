package org.mirrorlog.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.posix.ProcessMemory;

/** S24: no thread of the process waits for writeback to a mirror that waits for it. */
@Timeout(60)
class ProcessCareTest {
    @TempDir
    private Path dir;

    private Process start(String wrapper) throws Exception {
        return new ProcessBuilder("bash", "-c", ". deploy/lib.sh; " + wrapper
                + " exec \"${io_flusher[@]}\" " + System.getProperty("java.home") + "/bin/java -XX:+UseSerialGC -Xmx16m"
                + " -XX:TieredStopAtLevel=1 " + Files.writeString(dir.resolve("Wait.java"),
                        "class Wait { public static void main(String[] a) throws Exception { System.in.read(); } }"))
                .redirectErrorStream(true).start();
    }

    private static long threads(Path tasks) throws Exception {
        try (Stream<Path> threads = Files.list(tasks)) {
            return threads.count();
        }
    }

    private static void awaitAJvm(Path tasks) {
        await("a JVM with its threads").atMost(Duration.ofSeconds(30)).until(() -> threads(tasks) > 8);
    }

    @Test
    void s24ShouldMakeEveryThreadOfAJvmAnIoFlusher() throws Exception {
        ProcessMemory.Outcome here = ProcessMemory.ioFlusher();
        assumeTrue(here.errno() == 0, here.text());
        Process daemonStart = start("io_flusher;");
        try {
            Path tasks = Path.of("/proc", Long.toString(daemonStart.pid()), "task");
            awaitAJvm(tasks);

            assertEquals(0, ProcessCare.threadsThatMayWait(tasks));
        } finally {
            daemonStart.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldCountTheThreadsThatAreNone() throws Exception {
        Process daemonStart = start("io_flusher=();");
        try {
            Path tasks = Path.of("/proc", Long.toString(daemonStart.pid()), "task");
            awaitAJvm(tasks);

            assertTrue(ProcessCare.threadsThatMayWait(tasks) > 8);
        } finally {
            daemonStart.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }
}
