package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.nio.file.Path;
import java.util.Optional;

/**
 * An advisory lock on a file ({@code flock}) that ends with its holder, however that dies. The file holds the holder's
 * process id as text and stays in place afterwards: removing it would let two processes lock two files of one name.
 *
 * <p>Unlike Java's own file locks it also works between two owners in one process, and reading the file elsewhere in
 * this process does not release it.
 */
public final class LockFile implements AutoCloseable {
    private final HolderFile file;

    private LockFile(HolderFile file) {
        this.file = file;
    }

    /**
     * Takes the lock without waiting; empty if somebody holds it.
     *
     * @throws PosixException the file cannot be made, opened or written
     */
    public static Optional<LockFile> tryAcquire(Path path) throws PosixException {
        HolderFile file = HolderFile.open(path, "lock " + path);
        if (LIBC.flock(file.fd(), Linux.LOCK_EX_NB) < 0) {
            int errno = Linux.errno();
            file.close();
            if (errno == Linux.EAGAIN) {
                return Optional.empty();
            }
            throw new PosixException("flock", errno, "lock " + path);
        }
        try {
            file.writeHolder();
            return Optional.of(new LockFile(file));
        } catch (PosixException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
