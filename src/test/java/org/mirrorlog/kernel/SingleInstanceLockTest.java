package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.posix.Credentials;

@Timeout(60)
class SingleInstanceLockTest {
    @TempDir
    Path dir;

    @Test
    void shouldNameLockAndHolderOfADataDir() throws Exception {
        SingleInstanceLock first = SingleInstanceLock.forDataDir(dir);

        IOException refusal = assertThrows(IOException.class, () -> SingleInstanceLock.forDataDir(dir));

        assertEquals("another mirrorlogd, process " + ProcessHandle.current().pid() + ", serves data directory " + dir
                + " (lock " + dir.resolve("mirrorlogd.lock") + "); stop it first", refusal.getMessage());
        first.close();
        first.close();
        SingleInstanceLock.forDataDir(dir).close();
    }

    @Test
    void shouldTellWhyADataDirCannotBeLocked() {
        IOException failure = assertThrows(IOException.class,
                () -> SingleInstanceLock.forDataDir(dir.resolve("absent")));

        assertTrue(failure.getMessage().contains("ENOENT") && failure.getMessage().contains("absent/mirrorlogd.lock"),
                failure.getMessage());
    }

    @Test
    void shouldNameTheProcessThatHoldsAName() throws Exception {
        String name = name();
        Process holder = listen(name);

        IOException refusal = assertThrows(IOException.class, () -> SingleInstanceLock.ofName(name));

        assertTrue(refusal.getMessage().contains("process " + holder.pid())
                && refusal.getMessage().contains("@" + name),
                refusal.getMessage());
        holder.destroyForcibly().waitFor();
        SingleInstanceLock.ofName(name).close();
    }

    @Test
    void shouldNotBeLockedOutByAnyUser() throws Exception {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root to become nobody");
        String name = name();
        Process squatter = listen(name, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

        SingleInstanceLock.ofName(name).close();

        assertTrue(squatter.isAlive(), "it really held the name");
        squatter.destroyForcibly().waitFor();
    }

    private String name() {
        return "mirrorlog-test-" + ProcessHandle.current().pid() + "-" + dir.getFileName();
    }

    /** A process that listens at an abstract name until its input ends. */
    private static Process listen(String name, String... prefix) throws IOException {
        java.util.List<String> command = new java.util.ArrayList<>(java.util.List.of(prefix));
        command.addAll(java.util.List.of("perl", "-MSocket", "-e", "$| = 1; socket(S, AF_UNIX, SOCK_STREAM, 0);"
                + " bind(S, pack('S a*', AF_UNIX, qq(\\0) . $ARGV[0])) or die $!; listen(S, 5) or die $!; print"
                + " qq(ready\\n); <STDIN>", name));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String line = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
                .readLine();
        assertEquals("ready", line);
        return process;
    }
}
