package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.ffi.Pointer;

/**
 * An advisory lock on a file ({@code flock}) that ends with its holder, however that dies. The file holds the holder's
 * process id as text and stays in place afterwards: removing it would let two processes lock two files of one name.
 *
 * <p>Unlike Java's own file locks it also works between two owners in one process, and reading the file elsewhere in
 * this process does not release it.
 */
public final class LockFile implements AutoCloseable {
    private static final int MODE = 0644;

    private final int fd;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private LockFile(int fd) {
        this.fd = fd;
    }

    /**
     * Takes the lock without waiting; empty if somebody holds it.
     *
     * @throws PosixException the file cannot be made, opened or written
     */
    public static Optional<LockFile> tryAcquire(Path path) throws PosixException {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        Pointer name = Linux.allocate(bytes.length + 1);
        name.put(0, bytes, 0, bytes.length);
        int fd = Linux.check(LIBC.open(name.address(), Linux.O_RDWR | Linux.O_CREAT | Linux.CLOEXEC, MODE), "open",
                "lock " + path);
        Reference.reachabilityFence(name);
        LockFile lock = new LockFile(fd);
        if (LIBC.flock(fd, Linux.LOCK_EX_NB) < 0) {
            int errno = Linux.errno();
            lock.close();
            if (errno == Linux.EAGAIN) {
                return Optional.empty();
            }
            throw new PosixException("flock", errno, "lock " + path);
        }
        try {
            lock.writeHolder(path);
            return Optional.of(lock);
        } catch (PosixException e) {
            lock.close();
            throw e;
        }
    }

    private void writeHolder(Path path) throws PosixException {
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
        Pointer text = Linux.allocate(pid.length);
        text.put(0, pid, 0, pid.length);
        Linux.check(LIBC.ftruncate(fd, 0), "ftruncate", "lock " + path);
        Linux.check((int) LIBC.write(fd, text.address(), pid.length), "write", "lock " + path);
        Reference.reachabilityFence(text);
    }

    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            LIBC.close(fd);
        }
    }
}
