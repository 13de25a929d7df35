package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.ffi.Pointer;

/**
 * A file with this process's id, locked for writing for as long as it is held: what asks by {@code fcntl} F_GETLK
 * whether a daemon runs, as LVM does, sees it. The lock belongs to the open file (F_OFD_SETLK), so it is not lost when
 * this process closes another descriptor of the file, and it ends with the process, however that dies. The file stays
 * in place afterwards; what an ended process has left there is written over. Thread-safe.
 */
public final class PidFile implements AutoCloseable {
    private static final int F_GETLK = 5;
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    /** {@code struct flock}: type and whence (16 bits each), start, length (64 bits each), process id. */
    private static final int FLOCK_BYTES = 32;
    private static final int FLOCK_PID = 24;

    private final HolderFile file;

    private PidFile(HolderFile file) {
        this.file = file;
    }

    /**
     * Takes the lock without waiting, and writes this process's id.
     *
     * @throws IOException somebody holds it, whom the message names by process id, or the file cannot be made or
     *     written
     */
    public static PidFile hold(Path path) throws IOException {
        HolderFile file = HolderFile.open(path, path.toString());
        try {
            lock(file, path);
            file.writeHolder();
            return new PidFile(file);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Looks whether {@link #hold} would find somebody else; changes nothing.
     *
     * @throws IOException somebody holds it, or the file cannot be made or opened
     */
    public static void requireFree(Path path) throws IOException {
        if (!Files.exists(path)) {
            if (!Files.isWritable(path.toAbsolutePath().getParent())) {
                throw new IOException(path + " cannot be made: its directory is not there, or not writable");
            }
            return;
        }
        HolderFile file = HolderFile.open(path, path.toString());
        try {
            Pointer lock = wholeFile();
            Linux.check(LIBC.fcntl(file.fd(), F_OFD_GETLK, lock.address()), "fcntl", "lock " + path);
            if (lock.getShort(0) != F_UNLCK) {
                throw held(file, path);
            }
        } finally {
            file.close();
        }
    }

    private static IOException held(HolderFile file, Path path) throws IOException {
        return new IOException(path + " is held by " + holder(file, path) + "; stop that first");
    }

    private static void lock(HolderFile file, Path path) throws IOException {
        Pointer lock = wholeFile();
        int result = LIBC.fcntl(file.fd(), F_OFD_SETLK, lock.address());
        int errno = result < 0 ? Linux.errno() : 0;
        Reference.reachabilityFence(lock);
        if (errno == Linux.EAGAIN || errno == Linux.EACCES) {
            throw held(file, path);
        }
        if (errno != 0) {
            throw new PosixException("fcntl", errno, "lock " + path);
        }
    }

    /** A lock of an open file has no process: then the holder is whom the file names. */
    private static String holder(HolderFile file, Path path) throws IOException {
        Pointer lock = wholeFile();
        Linux.check(LIBC.fcntl(file.fd(), F_GETLK, lock.address()), "fcntl", "lock " + path);
        int pid = lock.getShort(0) == F_UNLCK ? 0 : lock.getInt(FLOCK_PID);
        if (pid > 0) {
            return "process " + pid;
        }
        String named = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1).strip();
        return named.matches("[0-9]{1,10}") ? "process " + named : "a process that is unknown";
    }

    /** Whence, start and length are 0: from the beginning to the end, wherever that is. */
    private static Pointer wholeFile() {
        Pointer lock = Linux.allocate(FLOCK_BYTES);
        lock.putShort(0, F_WRLCK);
        return lock;
    }

    @Override
    public void close() {
        file.close();
    }
}
