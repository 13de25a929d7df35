package org.mirrorlog.posix;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * The loaded C library with the numbers of its headers and a few helpers around native memory. Numbers and structure
 * layouts in this room are those of 64-bit Linux on x86-64 and arm64.
 */
final class Linux {
    static final int AF_UNIX = 1;
    static final int AF_NETLINK = 16;
    static final int SOCK_STREAM = 1;
    static final int SOCK_DGRAM = 2;
    /** {@code SOCK_CLOEXEC}, {@code EFD_CLOEXEC} and {@code O_CLOEXEC} are one number on x86-64 and arm64. */
    static final int CLOEXEC = 0x80000;
    static final int NONBLOCK = 0x800;
    static final int SOL_SOCKET = 1;
    static final int SOL_NETLINK = 270;
    static final int SO_SNDBUF = 7;
    static final int SO_RCVBUF = 8;
    static final int SO_PASSCRED = 16;
    static final int SO_PEERCRED = 17;
    static final int SO_SNDBUFFORCE = 32;
    static final int SO_RCVBUFFORCE = 33;
    static final int NETLINK_ADD_MEMBERSHIP = 1;
    static final int SCM_RIGHTS = 1;
    static final int SCM_CREDENTIALS = 2;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;
    static final short POLLIN = 1;
    static final short POLLOUT = 4;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int LOCK_EX_NB = 2 | 4;

    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int ECONNABORTED = 103;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EADDRINUSE = 98;
    static final int ECONNREFUSED = 111;

    static final SocketCalls LIBC = LibraryLoader.create(SocketCalls.class)
            .load(Platform.getNativePlatform().getStandardCLibraryName());

    private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

    static {
        if (RUNTIME.addressSize() != 8) {
            throw new IllegalStateException("64-bit Linux only");
        }
    }

    private Linux() {
    }

    /** The error number of this thread's last call of {@link #LIBC}; read it before anything else is called. */
    static int errno() {
        return RUNTIME.getLastError();
    }

    /** Throws if a call failed; returns its result otherwise. */
    static int check(int result, String call, String what) throws PosixException {
        if (result < 0) {
            throw new PosixException(call, errno(), what);
        }
        return result;
    }

    /** Fresh zeroed native memory, freed when the pointer is collected. */
    static Pointer allocate(int bytes) {
        return jnr.ffi.Memory.allocateDirect(RUNTIME, bytes, true);
    }

    /** Address of the byte at the buffer's position; the buffer must be direct and stay reachable during the call. */
    static long addressOf(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("sockets read and write direct buffers only");
        }
        return Pointer.wrap(RUNTIME, buffer).address();
    }
}
