package org.mirrorlog.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import jnr.ffi.LastError;

/**
 * System calls on paths and descriptors, with errors as exceptions. No state; any thread.
 *
 * <p>An interrupted call is repeated, at most {@value #MAX_INTERRUPTIONS} times in a row, then reported as EINTR.
 */
public final class FileCalls {
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    static final int EINTR = 4;
    static final int ENOSYS = 38;
    static final int MAX_INTERRUPTIONS = 1000;

    private static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_TYPE_AND_SIZE = 0x1 | 0x200;
    private static final int STATX_BYTES = 256;
    private static final int STATX_MODE = 28;
    private static final int STATX_SIZE = 40;
    private static final int STATX_RDEV_MAJOR = 128;
    private static final int STATX_RDEV_MINOR = 132;
    private static final int S_IFBLK = 0x6000;
    private static final int OWNER_ONLY = 0x180;

    private FileCalls() {
    }

    /** One call that reports failure as -1 and leaves the reason in errno. */
    @FunctionalInterface
    interface Call {
        long run();
    }

    /**
     * What {@code path} is, symbolic links followed, without opening it.
     *
     * @throws PosixException ENOENT, EACCES and the like
     */
    public static FileStatus status(Path path) throws PosixException {
        byte[] result = new byte[STATX_BYTES];
        check("statx", path.toString(),
                () -> FileLibC.C.statx(AT_FDCWD, path.toString(), 0, STATX_TYPE_AND_SIZE, result));
        return status(result);
    }

    /** What an open descriptor is. */
    static FileStatus status(int fd, String what) throws PosixException {
        byte[] result = new byte[STATX_BYTES];
        check("statx", what, () -> FileLibC.C.statx(fd, "", AT_EMPTY_PATH, STATX_TYPE_AND_SIZE, result));
        return status(result);
    }

    /**
     * Makes a block device node, readable and writable by its owner only. Needs CAP_MKNOD and a file system that is not
     * mounted nodev.
     *
     * @throws PosixException also ENOSYS where the C library does not export mknod (glibc before 2.33)
     */
    public static void makeBlockNode(Path path, int major, int minor) throws PosixException {
        String what = path + " for " + major + ":" + minor;
        try {
            check("mknod", what, () -> FileLibC.C.mknod(path.toString(), S_IFBLK | OWNER_ONLY, device(major, minor)));
        } catch (UnsatisfiedLinkError e) {
            PosixException missing = new PosixException("mknod", ENOSYS, what);
            missing.addSuppressed(e);
            throw missing;
        }
    }

    /** Runs a call until it is not interrupted; its result, or an exception with the errno of the same thread. */
    static long check(String name, String what, Call call) throws PosixException {
        for (int interruptions = 0;; interruptions++) {
            long result = call.run();
            if (result != -1) {
                return result;
            }
            int errno = LastError.getLastError(FileLibC.RUNTIME);
            if (errno != EINTR || interruptions >= MAX_INTERRUPTIONS) {
                throw new PosixException(name, errno, what);
            }
        }
    }

    private static FileStatus status(byte[] statx) {
        ByteBuffer fields = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
        FileStatus.Type type = switch (fields.getShort(STATX_MODE) & 0xf000) {
            case 0x8000 -> FileStatus.Type.REGULAR;
            case S_IFBLK -> FileStatus.Type.BLOCK;
            case 0x2000 -> FileStatus.Type.CHARACTER;
            case 0x4000 -> FileStatus.Type.DIRECTORY;
            default -> FileStatus.Type.OTHER;
        };
        return new FileStatus(type, fields.getInt(STATX_RDEV_MAJOR), fields.getInt(STATX_RDEV_MINOR),
                fields.getLong(STATX_SIZE));
    }

    /** The C library's dev_t: the low parts where they always were, the high parts above. */
    private static long device(int major, int minor) {
        return (minor & 0xffL) | (major & 0xfffL) << 8 | (minor & 0xffff_ff00L) << 12 | (major & 0xffff_f000L) << 32;
    }
}
