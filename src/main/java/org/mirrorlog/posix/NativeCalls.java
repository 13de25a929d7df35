package org.mirrorlog.posix;

import java.util.Optional;

/**
 * Whether the C library can be called from here: a file is unpacked for that, and loaded from where it is, which a
 * directory may forbid.
 */
public final class NativeCalls {
    private NativeCalls() {
    }

    /** Why not, in one line; empty if they can be made. */
    public static Optional<String> problem() {
        try {
            Linux.LIBC.geteuid();
            return Optional.empty();
        } catch (LinkageError e) {
            return Optional.of("a library has to be unpacked and loaded, and neither "
                    + System.getProperty("java.io.tmpdir") + " nor " + System.getProperty("user.dir")
                    + " allows that (mounted noexec, read only or full?); another directory for it:"
                    + " -Djava.io.tmpdir=DIR");
        }
    }
}
