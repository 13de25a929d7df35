package org.mirrorlog.posix;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Out;
import jnr.ffi.annotations.SaveError;
import jnr.ffi.annotations.Variadic;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The functions of the C library behind {@link FileCalls} and {@link ProcessMemory}, as their manual pages say.
 *
 * <p>Addresses are numbers: the buffers are direct and kept by their owner, so that nothing is copied. {@code stat} and
 * {@code fstat} are missing on purpose: older C libraries do not export them and their layout differs between
 * architectures; {@code statx} has neither fault.
 */
public interface FileLibC {
    @SaveError
    @Variadic(fixedCount = 2)
    int open(CharSequence path, int flags, int mode);

    @SaveError
    int close(int fd);

    @SaveError
    @ssize_t long pread(int fd, @intptr_t long address, @size_t long count, @off_t long offset);

    @SaveError
    @ssize_t long pwrite(int fd, @intptr_t long address, @size_t long count, @off_t long offset);

    @SaveError
    int fdatasync(int fd);

    @SaveError
    int statx(int directoryFd, CharSequence path, int flags, int mask, @Out byte[] result);

    @SaveError
    @Variadic(fixedCount = 2)
    int ioctl(int fd, long request, @intptr_t long address);

    @SaveError
    int mknod(CharSequence path, int mode, long device);

    @SaveError
    int mlockall(int flags);

    @SaveError
    @Variadic(fixedCount = 1)
    int prctl(int option, long arg2, long arg3, long arg4, long arg5);

    /** The one loaded library; safe for any thread. */
    FileLibC C = LibraryLoader.create(FileLibC.class).load("c");

    /** What {@link jnr.ffi.LastError} wants. */
    Runtime RUNTIME = Runtime.getRuntime(C);
}
