package org.mirrorlog.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocksTest {
    @TempDir
    Path dir;

    @Test
    void shouldGiveAFileLockToOneOwnerAtATime() throws Exception {
        Path path = dir.resolve("lock");
        LockFile first = LockFile.tryAcquire(path).orElseThrow();

        assertEquals(Optional.empty(), LockFile.tryAcquire(path));
        assertEquals(Optional.empty(), LockFile.tryAcquire(path), "a refused attempt must not have released it");
        assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(path));
        first.close();
        first.close();

        LockFile.tryAcquire(path).orElseThrow().close();
    }

    @Test
    void shouldKeepAFileLockFromAnotherProcess() throws Exception {
        Path path = dir.resolve("lock");
        LockFile held = LockFile.tryAcquire(path).orElseThrow();

        assertEquals(1, flockInAnotherProcess(path));
        held.close();

        assertEquals(0, flockInAnotherProcess(path));
    }

    private static int flockInAnotherProcess(Path path) throws Exception {
        return new ProcessBuilder("flock", "--nonblock", path.toString(), "true").inheritIO().start().waitFor();
    }

    @Test
    void shouldTellWhyALockFileCannotBeMade() {
        PosixException e = assertThrows(PosixException.class, () -> LockFile.tryAcquire(dir.resolve("absent/lock")));

        assertEquals(Linux.ENOENT, e.errno());
        assertTrue(e.getMessage().contains(dir.resolve("absent/lock").toString()), e.getMessage());
    }

    @Test
    void shouldGiveANameToOneOwnerAtATimeAndTellWhoItIs() throws Exception {
        String name = "mirrorlog-test-lock-" + ProcessHandle.current().pid();
        assertEquals(Optional.empty(), NameLock.holder(name));
        NameLock first = NameLock.tryAcquire(name).orElseThrow();

        assertEquals(Optional.empty(), NameLock.tryAcquire(name));
        assertEquals(Optional.of(Credentials.ofThisProcess()), NameLock.holder(name));
        first.close();

        NameLock.tryAcquire(name).orElseThrow().close();
        assertEquals(Optional.empty(), NameLock.holder(name));
    }
}
