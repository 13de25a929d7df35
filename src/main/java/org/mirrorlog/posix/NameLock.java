package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.lang.ref.Reference;
import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * A lock that is an abstract UNIX socket name: one holder per network namespace, whatever file systems the processes
 * see, ended by the kernel when the holder dies. The holder listens, so that others can learn who it is.
 */
public final class NameLock implements AutoCloseable {
    /** Those who asked for the holder's credentials stay queued; only the error message of later ones needs more. */
    private static final int BACKLOG = 4096;

    private final SocketHandle handle;

    private NameLock(SocketHandle handle) {
        this.handle = handle;
    }

    /**
     * Takes the lock without waiting; empty if somebody holds it.
     *
     * @param name without the leading {@code @}
     */
    public static Optional<NameLock> tryAcquire(String name) throws PosixException {
        UnixAddress address = UnixAddress.ofAbstract(name);
        SocketHandle handle = SocketHandle.open(Linux.AF_UNIX, Linux.SOCK_STREAM, 0, "lock " + address);
        try {
            int result = LIBC.bind(handle.fd(), address.sockaddrAddress(), address.sockaddrLength());
            int errno = result < 0 ? Linux.errno() : 0;
            Reference.reachabilityFence(address);
            if (errno == Linux.EADDRINUSE) {
                handle.close();
                return Optional.empty();
            }
            if (errno != 0) {
                throw new PosixException("bind", errno, handle.name());
            }
            Linux.check(LIBC.listen(handle.fd(), BACKLOG), "listen", handle.name());
            return Optional.of(new NameLock(handle));
        } catch (PosixException | RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    /** Who holds the lock; empty if nobody does or the holder cannot be asked. */
    public static Optional<Credentials> holder(String name) throws PosixException {
        UnixAddress address = UnixAddress.ofAbstract(name);
        try (SocketHandle handle = SocketHandle.open(Linux.AF_UNIX, Linux.SOCK_STREAM | Linux.NONBLOCK, 0,
                "lock " + address)) {
            int result = LIBC.connect(handle.fd(), address.sockaddrAddress(), address.sockaddrLength());
            Reference.reachabilityFence(address);
            if (result < 0) {
                return Optional.empty();
            }
            Pointer memory = Linux.allocate(Credentials.SIZE + 4);
            memory.putInt(Credentials.SIZE, Credentials.SIZE);
            Linux.check(LIBC.getsockopt(handle.fd(), Linux.SOL_SOCKET, Linux.SO_PEERCRED, memory.address(),
                    memory.address() + Credentials.SIZE), "getsockopt", handle.name());
            return Optional.of(Credentials.read(memory, 0));
        }
    }

    @Override
    public void close() {
        handle.close();
    }
}
