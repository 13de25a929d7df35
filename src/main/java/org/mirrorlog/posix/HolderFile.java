package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.ffi.Pointer;

/**
 * The file beneath a lock: open for as long as it is held, and with the holder's process id as text. It stays in place
 * afterwards; what an ended process has left there is written over. Thread-safe.
 */
final class HolderFile implements AutoCloseable {
    private static final int MODE = 0644;

    private final int fd;
    private final String what;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private HolderFile(int fd, String what) {
        this.fd = fd;
        this.what = what;
    }

    /**
     * Opens it, made if need be; whoever opens it locks it before anything else.
     *
     * @param what it is, for what is said of a failure
     */
    static HolderFile open(Path path, String what) throws PosixException {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        Pointer name = Linux.allocate(bytes.length + 1);
        name.put(0, bytes, 0, bytes.length);
        int fd = Linux.check(LIBC.open(name.address(), Linux.O_RDWR | Linux.O_CREAT | Linux.CLOEXEC, MODE), "open",
                what);
        Reference.reachabilityFence(name);
        return new HolderFile(fd, what);
    }

    int fd() {
        return fd;
    }

    /** Names this process. */
    void writeHolder() throws PosixException {
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
        Pointer text = Linux.allocate(pid.length);
        text.put(0, pid, 0, pid.length);
        Linux.check(LIBC.ftruncate(fd, 0), "ftruncate", what);
        Linux.check((int) LIBC.write(fd, text.address(), pid.length), "write", what);
        Reference.reachabilityFence(text);
    }

    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            LIBC.close(fd);
        }
    }
}
