package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.ffi.Pointer;

/**
 * A listening UNIX stream socket that only its owner, and the members of a group where one is given, can connect to:
 * the file says so before anybody can. One thread accepts, any thread closes; the file is removed then.
 */
public final class UnixListener implements AutoCloseable {
    private static final int BACKLOG = 16;

    private final SocketHandle handle;
    private final Path path;
    private final OptionalInt gid;

    private UnixListener(SocketHandle handle, Path path, OptionalInt gid) {
        this.handle = handle;
        this.path = path;
        this.gid = gid;
    }

    /**
     * Listens at a path, in place of a socket file that is there: hold a lock against another process that does the
     * same.
     *
     * @param group name, or empty: the owner only
     * @throws IOException the path is something else, or cannot be bound; there is no such group
     */
    public static UnixListener bind(Path path, Optional<String> group) throws IOException {
        UnixDatagramSocket.removeSocketFile(path);
        SocketHandle handle = SocketHandle.open(Linux.AF_UNIX, Linux.SOCK_STREAM | Linux.NONBLOCK, 0, path.toString());
        try {
            UnixAddress address = UnixAddress.of(path);
            Linux.check(LIBC.bind(handle.fd(), address.sockaddrAddress(), address.sockaddrLength()), "bind",
                    path.toString());
            Reference.reachabilityFence(address);
            PosixFileAttributeView file = Files.getFileAttributeView(path, PosixFileAttributeView.class);
            OptionalInt gid = OptionalInt.empty();
            if (group.isPresent()) {
                file.setGroup(path.getFileSystem().getUserPrincipalLookupService()
                        .lookupPrincipalByGroupName(group.get()));
                gid = OptionalInt.of((Integer) Files.getAttribute(path, "unix:gid"));
            }
            file.setPermissions(PosixFilePermissions.fromString(gid.isPresent() ? "rw-rw----" : "rw-------"));
            Linux.check(LIBC.listen(handle.fd(), BACKLOG), "listen", path.toString());
            return new UnixListener(handle, path, gid);
        } catch (IOException | RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    /**
     * Waits for a connection; empty if none came in time.
     *
     * @throws PosixException it could not be let in: no descriptor is left, for one. It waits on
     */
    public Optional<UnixStream> accept(int timeoutMs) throws PosixException, ClosedChannelException {
        handle.enter();
        try {
            Pointer descriptor = Linux.allocate(8);
            descriptor.putInt(0, handle.fd());
            descriptor.putShort(4, Linux.POLLIN);
            int ready = LIBC.poll(descriptor.address(), 1, timeoutMs);
            Reference.reachabilityFence(descriptor);
            if (handle.isClosed()) {
                throw new ClosedChannelException();
            }
            int fd = ready <= 0 ? -1 : LIBC.accept4(handle.fd(), 0, 0, Linux.CLOEXEC);
            int errno = ready > 0 && fd < 0 ? Linux.errno() : 0;
            if (errno != 0 && errno != Linux.EAGAIN && errno != Linux.EINTR && errno != Linux.ECONNABORTED) {
                throw new PosixException("accept4", errno, path.toString());
            }
            return fd < 0 ? Optional.empty() : Optional.of(new UnixStream(fd, path.toString()));
        } finally {
            handle.exit();
        }
    }

    /** Whether this process may order what it likes: root, our own user, or a member of the group. */
    public boolean isTrusted(UnixStream stream) throws PosixException {
        Credentials peer = stream.peer();
        return peer.uid() == 0 || peer.uid() == Credentials.ofThisProcess().uid()
                || gid.isPresent() && (peer.gid() == gid.getAsInt() || stream.isPeerIn(gid.getAsInt()));
    }

    @Override
    public void close() {
        if (!handle.isClosed()) {
            handle.close();
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                return; // the next start takes its place
            }
        }
    }
}
