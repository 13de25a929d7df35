package org.mirrorlog;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mirrorlog.posix.LockFile;
import org.mirrorlog.posix.PosixException;

/** The directory with everything the daemon remembers: made when missing, proven writable, held against a second daemon. */
final class DataDir implements AutoCloseable {
    private static final String LOCK = "daemon.lock";

    private final LockFile lock;

    private DataDir(LockFile lock) {
        this.lock = lock;
    }

    /**
     * Takes the directory until {@link #close()} or the process ends.
     *
     * @throws StartException it cannot be made or written, or another daemon has it
     */
    static DataDir hold(Path path) throws StartException {
        try {
            Files.createDirectories(path);
            Files.delete(Files.createTempFile(path, "probe", ""));
        } catch (FileAlreadyExistsException e) {
            throw new StartException("mirrorlog.data-dir " + path + " is not a directory", e);
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir " + path + " cannot be written: " + e + "; it must be a directory"
                    + " in which this user may create files", e);
        }
        Path file = path.resolve(LOCK);
        try {
            return new DataDir(LockFile.tryAcquire(file).orElseThrow(() -> new StartException("another daemon (process "
                    + holder(file) + ") uses mirrorlog.data-dir " + path + "; stop it, or give this one its own directory")));
        } catch (PosixException e) {
            throw new StartException("mirrorlog.data-dir " + path + " cannot be locked: " + e.getMessage(), e);
        }
    }

    private static String holder(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "unknown: " + e.getMessage();
        }
    }

    @Override
    public void close() {
        lock.close();
    }
}
