package org.mirrorlog.posix;

import java.io.IOException;
import java.util.Objects;

/**
 * A system call failed. The message reads {@code pwrite: EIO (5): /dev/sdb, 512 bytes at 1024}.
 *
 * <p>An {@link IOException}, so that callers of ports need not know this room.
 */
public final class PosixException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;
    private final String what;

    /**
     * @param call name of the system call, as in its manual page
     * @param errno the positive number read on the same thread right after the call
     * @param what what the call was applied to: a path or descriptor, an offset, a length
     */
    public PosixException(String call, int errno, String what) {
        super(Objects.requireNonNull(call, "call") + ": " + ErrnoNames.of(errno) + " (" + errno + "): "
                + Objects.requireNonNull(what, "what"));
        this.call = call;
        this.errno = errno;
        this.what = what;
    }

    /** Name of the system call. */
    public String call() {
        return call;
    }

    /** The positive Linux error number. */
    public int errno() {
        return errno;
    }

    /** Name of the error number, such as {@code EIO}; {@code errno} for one that has none here. */
    public String errnoName() {
        return ErrnoNames.of(errno);
    }

    /** What the call was applied to. */
    public String what() {
        return what;
    }

    /** The message alone: lines for operators show it, and the name of this class says nothing to them. */
    @Override
    public String toString() {
        return getMessage();
    }
}
