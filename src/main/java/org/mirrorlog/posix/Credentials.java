package org.mirrorlog.posix;

import jnr.ffi.Pointer;

/**
 * Who a process is, as the kernel vouches for it ({@code struct ucred}).
 *
 * @param pid process id in our pid namespace; 0 if it has none there
 * @param uid user id
 * @param gid group id
 */
public record Credentials(int pid, int uid, int gid) {
    /** Bytes of {@code struct ucred}. */
    static final int SIZE = 12;

    /** This process, with its effective ids. */
    public static Credentials ofThisProcess() {
        return new Credentials((int) ProcessHandle.current().pid(), Linux.LIBC.geteuid(),
                Linux.LIBC.getegid());
    }

    static Credentials read(Pointer memory, int offset) {
        return new Credentials(memory.getInt(offset), memory.getInt(offset + 4), memory.getInt(offset + 8));
    }
}
