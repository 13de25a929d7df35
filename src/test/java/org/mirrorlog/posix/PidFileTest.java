package org.mirrorlog.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The file by which LVM looks for the daemon of cluster mirrors, opposite other processes that ask as LVM does. */
@Timeout(60)
class PidFileTest {
    /** Prints the type that F_GETLK says of a lock for writing of the whole file: 2 (F_UNLCK) is free, 1 is held. */
    private static final String ASK = """
            import fcntl, struct, sys
            f = open(sys.argv[1], 'r+')
            print(struct.unpack('hhqqi4x', fcntl.fcntl(f, fcntl.F_GETLK, struct.pack('hhqqi4x', 1, 0, 0, 0, 0)))[0])
            """;
    private static final String HOLD = """
            import fcntl, sys
            f = open(sys.argv[1], 'w')
            fcntl.lockf(f, fcntl.LOCK_EX)
            print('held', flush=True)
            sys.stdin.read()
            """;

    @TempDir
    Path dir;

    private Process python(String program, Path path) throws IOException {
        return new ProcessBuilder("python3", "-c", program, path.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private String asked(Path path) throws IOException {
        try (BufferedReader said = python(ASK, path).inputReader()) {
            return said.readLine();
        }
    }

    @Test
    void shouldBeSeenByAnotherProcessUntilItIsClosed() throws Exception {
        Path path = dir.resolve("cmirrord.pid");
        Files.writeString(path, "999999999 left behind\n");

        PidFile held = PidFile.hold(path);

        assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(path));
        assertEquals("1", asked(path), "also after this process has read the file, and closed it");
        held.close();
        held.close();
        assertEquals("2", asked(path));
    }

    @Test
    void shouldNameTheProcessThatHoldsItAndTakeItOnceThatWasKilled() throws Exception {
        Path path = dir.resolve("cmirrord.pid");
        Process other = python(HOLD, path);
        try (BufferedReader said = other.inputReader()) {
            assertEquals("held", said.readLine());

            IOException e = assertThrows(IOException.class, () -> PidFile.hold(path));

            assertTrue(e.getMessage().contains(path + " is held by process " + other.pid()), e.getMessage());
        } finally {
            other.destroyForcibly().waitFor();
        }
        PidFile.hold(path).close();
    }

    @Test
    void shouldNameAHolderOfItsOwnKindByWhatTheFileSays() throws Exception {
        Path path = dir.resolve("cmirrord.pid");
        PidFile held = PidFile.hold(path);
        try {
            IOException e = assertThrows(IOException.class, () -> PidFile.hold(path));

            assertTrue(e.getMessage().contains("process " + ProcessHandle.current().pid()), e.getMessage());
            assertEquals("1", asked(path), "a refused attempt must not have released it");
        } finally {
            held.close();
        }
    }
}
