package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of a process that appends to a record, again and again: what it had acknowledged is there, and at
 * most the one change more that it was about to acknowledge (S3, D14).
 */
@Tag("slow")
class RecordKillTest {
    private static final int CYCLES = Integer.getInteger("cycles", 80);
    private static final int MOST_BEFORE_KILL = 10_000;

    @TempDir
    private Path dir;

    /** The process: appends change after change, and writes one byte for each that has returned. */
    public static void main(String[] args) throws IOException {
        RecordFile file = RecordFile.open(RecordDisk.REAL, Path.of(args[0]));
        SplittableRandom random = skip(new SplittableRandom(Long.parseLong(args[1])), Long.parseLong(args[2]));
        PrintStream acknowledgements = System.out;
        while (!acknowledgements.checkError()) {
            file.append(RecordFileTest.change(random));
            acknowledgements.write(1);
            acknowledgements.flush();
        }
    }

    private static SplittableRandom skip(SplittableRandom random, long changes) {
        for (long i = 0; i < changes; i++) {
            RecordFileTest.change(random);
        }
        return random;
    }

    @Test
    void s3ShouldLoseNothingThatWasAcknowledgedBeforeTheKill() throws Exception {
        long seed = Long.getLong("seed", 20_261_122L);
        SplittableRandom dice = new SplittableRandom(seed);
        SplittableRandom changes = new SplittableRandom(seed);
        Path path = dir.resolve("killed.record");
        RecordFile.create(RecordDisk.REAL, path, RecordFile.names("boot-1", new InstanceKey("LVM-killed", 1),
                "65536 clustered-core 1024"), Memory.constructed()).close();
        Memory expected = Memory.constructed();
        long done = 0;

        for (int cycle = 0; cycle < CYCLES; cycle++) {
            long acknowledged = runAndKill(path, seed, done, dice.nextInt(MOST_BEFORE_KILL));
            for (long i = 0; i < acknowledged; i++) {
                expected = expected.after(RecordFileTest.change(changes));
            }
            done += acknowledged;
            Memory found = RecordFile.open(RecordDisk.REAL, path).memory();
            if (!found.equals(expected)) {
                expected = expected.after(RecordFileTest.change(changes));
                done++;
            }
            assertEquals(expected, found, "cycle " + cycle + " after " + done + " changes, -Dseed=" + seed);
        }

        assertTrue(done > CYCLES, "the processes appended something: " + done);
        assertTrue(Files.size(path) < 1 << 20, "rewritten while killed: " + Files.size(path) + " bytes");
    }

    private long runAndKill(Path path, long seed, long done, int killAfter) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                RecordKillTest.class.getName(), path.toString(), Long.toString(seed), Long.toString(done))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        long acknowledged = 0;
        try (InputStream in = new BufferedInputStream(process.getInputStream())) {
            for (; acknowledged < killAfter; acknowledged++) {
                if (in.read() < 0) {
                    throw new EOFException("the process ended by itself after " + acknowledged + " changes");
                }
            }
            // Not Process.destroyForcibly: that closes the pipe, with acknowledgements in it.
            process.toHandle().destroyForcibly();
            while (in.read() >= 0) {
                acknowledged++;
            }
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "killed within a minute");
        }
        return acknowledged;
    }
}
