package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.ffi.Pointer;

/**
 * A UNIX datagram socket whose receiver learns who sent each datagram.
 *
 * <p>One thread receives, any number of threads send (each with a buffer of its own), any thread closes. A path that
 * this socket bound is removed when it is closed, unless it is kept.
 */
public final class UnixDatagramSocket implements AutoCloseable {
    /** Result of {@link #receive} when nothing came in time. */
    public static final int TIMED_OUT = SocketHandle.TIMED_OUT;

    private static final int OWNER_ONLY = 0600;
    private static final int ROOM_FOR_ADDRESS = 112;
    private static final int MODE_TYPE = 0170000;
    private static final int MODE_SOCKET = 0140000;

    private final SocketHandle handle;
    private final Optional<Path> ownPath;
    private boolean isKept;
    private final SenderCache senders = new SenderCache();

    private UnixDatagramSocket(SocketHandle handle, Optional<Path> ownPath) {
        this.handle = handle;
        this.ownPath = ownPath;
    }

    /** Binds a path that must not exist yet; the socket file is made with mode 0600. */
    public static UnixDatagramSocket bind(Path path) throws PosixException {
        return open(UnixAddress.of(path), Optional.of(path));
    }

    /**
     * Binds a path, first removing a socket file that a dead process left there. Not safe against another process that
     * does the same at the same moment: hold a lock where that can happen.
     *
     * @throws PosixException EADDRINUSE if the path is no socket, or one that somebody listens to
     */
    public static UnixDatagramSocket bindOverStale(Path path) throws PosixException {
        try {
            return bind(path);
        } catch (PosixException e) {
            if (e.errno() != Linux.EADDRINUSE || !isSocket(path) || isListening(UnixAddress.of(path))) {
                throw e;
            }
        }
        path.toFile().delete();
        return bind(path);
    }

    /** Makes room where a socket was bound; anything else stays, and is in the way. */
    static void removeSocketFile(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && isSocket(path)) {
            Files.delete(path);
        }
    }

    private static boolean isSocket(Path path) {
        try {
            int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return (mode & MODE_TYPE) == MODE_SOCKET;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at socket path " + path, e);
        }
    }

    /** Binds any address; {@link UnixAddress#UNNAMED} for a socket that can send but not be answered. */
    public static UnixDatagramSocket bind(UnixAddress address) throws PosixException {
        return open(address, Optional.empty());
    }

    private static UnixDatagramSocket open(UnixAddress address, Optional<Path> ownPath) throws PosixException {
        String name = "UNIX datagram socket " + address;
        SocketHandle handle = SocketHandle.open(Linux.AF_UNIX, Linux.SOCK_DGRAM, 0, name);
        try {
            handle.setOption(Linux.SOL_SOCKET, Linux.SO_PASSCRED, 1);
            if (!address.isUnnamed()) {
                // The file gets the mode of the unbound socket: no moment at which others could open it.
                Linux.check(LIBC.fchmod(handle.fd(), OWNER_ONLY), "fchmod", name);
                Linux.check(LIBC.bind(handle.fd(), address.sockaddrAddress(), address.sockaddrLength()), "bind", name);
            }
            return new UnixDatagramSocket(handle, ownPath);
        } catch (PosixException | RuntimeException e) {
            handle.close();
            throw e;
        } finally {
            Reference.reachabilityFence(address);
        }
    }

    /**
     * The socket that an earlier start had kept under this name, with what has arrived since.
     *
     * @return empty if there is none, or it is not the one that others find at the path
     */
    public static Optional<UnixDatagramSocket> kept(ServiceManager manager, String name, Path path)
            throws PosixException {
        OptionalInt descriptor = manager.take(name);
        if (descriptor.isEmpty()) {
            return Optional.empty();
        }
        UnixAddress address = UnixAddress.of(path);
        SocketHandle handle = SocketHandle.adopt(descriptor.getAsInt(), "UNIX datagram socket " + address);
        Pointer bound = handle.boundTo(ROOM_FOR_ADDRESS);
        if (address.isAt(bound, 0, bound.getInt(ROOM_FOR_ADDRESS)) && isListening(address)) {
            UnixDatagramSocket socket = new UnixDatagramSocket(handle, Optional.of(path));
            socket.isKept = true;
            return Optional.of(socket);
        }
        handle.close();
        manager.drop(name);
        return Optional.empty();
    }

    /**
     * Has the socket kept open when this process ends, for the next start; see {@link ServiceManager#keep}. Its path
     * stays then.
     */
    public synchronized boolean keep(ServiceManager manager, String name) throws PosixException {
        isKept = manager.keep(name, handle);
        return isKept;
    }

    /** Whether some process has a datagram socket bound to this address and would receive what is sent there. */
    public static boolean isListening(UnixAddress address) throws PosixException {
        try (UnixDatagramSocket probe = bind(UnixAddress.UNNAMED)) {
            probe.connect(address);
            return true;
        } catch (PosixException e) {
            if (e.errno() == Linux.ECONNREFUSED || e.errno() == Linux.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Sets the room for what was sent and not read yet, by all who were sent to: beyond the system's limit
     * (CAP_NET_ADMIN), or up to it where that is not permitted. Once it is full, nobody can be sent anything.
     *
     * @return what the kernel will charge datagrams against, in bytes: twice the asked size if it was granted whole
     */
    public int setSendBuffer(int bytes) throws PosixException {
        return handle.setBuffer(Linux.SO_SNDBUFFORCE, Linux.SO_SNDBUF, bytes);
    }

    /**
     * Makes {@code to} the receiver of {@link #send(ByteBuffer, int)} and the only one whose datagrams are received. To
     * be called again when the other side was started anew.
     */
    public void connect(UnixAddress to) throws PosixException {
        int result = LIBC.connect(handle.fd(), to.sockaddrAddress(), to.sockaddrLength());
        int errno = result < 0 ? Linux.errno() : 0;
        Reference.reachabilityFence(to);
        if (result < 0) {
            throw new PosixException("connect", errno, handle.name() + " to " + to);
        }
    }

    /**
     * Waits for one datagram and appends it to a direct buffer; what does not fit is lost.
     *
     * @param timeoutMs how long to wait at most; negative waits for ever
     * @return number of bytes, 0 or more; {@link #TIMED_OUT}
     * @throws ClosedChannelException closed before or meanwhile
     */
    public int receive(ByteBuffer into, int timeoutMs) throws PosixException, ClosedChannelException {
        return handle.receive(into, timeoutMs);
    }

    /** Address of the last received datagram's sender; the same object for the same sender, as a rule. */
    public UnixAddress sender() {
        return senders.find(handle.header());
    }

    /** User id of the last received datagram's sender, vouched for by the kernel; -1 if it gave none. */
    public int senderUid() {
        return handle.header().hasCredentials() ? handle.header().uid() : -1;
    }

    /** Who sent the last received datagram, vouched for by the kernel. */
    public Optional<Credentials> senderCredentials() {
        return handle.header().hasCredentials() ? Optional.of(handle.header().credentials()) : Optional.empty();
    }

    /**
     * Sends the rest of a direct buffer as one datagram, without waiting. The buffer's position stays.
     *
     * @return 0, or the errno of the refusal: EAGAIN if the receiver's queue is full, ECONNREFUSED or ENOENT if nobody
     *     is
     *         there
     */
    public int trySend(ByteBuffer datagram, UnixAddress to) throws ClosedChannelException {
        int errno = handle.trySend(datagram, to.sockaddrAddress(), to.sockaddrLength());
        Reference.reachabilityFence(to);
        return errno;
    }

    /**
     * Sends the rest of a direct buffer to the connected receiver, waiting while its queue is full.
     *
     * @param timeoutMs how long to wait at most, each time the queue is found full; negative waits for ever
     * @throws PosixException EAGAIN if there was no room in time, ECONNREFUSED if the receiver is gone, ENOTCONN
     */
    public void send(ByteBuffer datagram, int timeoutMs) throws PosixException, ClosedChannelException {
        send(SendHeader.own(), datagram, timeoutMs);
    }

    /** As {@link #send(ByteBuffer, int)}, with what this header carries besides. */
    void send(SendHeader message, ByteBuffer datagram, int timeoutMs) throws PosixException, ClosedChannelException {
        int errno = handle.trySend(message, datagram, 0, 0);
        while (errno == Linux.EAGAIN && handle.awaitWritable(timeoutMs)) {
            errno = handle.trySend(message, datagram, 0, 0);
        }
        if (errno != 0) {
            throw new PosixException("sendmsg", errno, handle.name() + ", " + datagram.remaining() + " bytes");
        }
    }

    /** Receives without credentials from now on; a socket that asks for them is given a name when it sends. */
    void stopAskingForCredentials() throws PosixException {
        handle.setOption(Linux.SOL_SOCKET, Linux.SO_PASSCRED, 0);
    }

    @Override
    public synchronized void close() {
        if (handle.isClosed()) {
            return;
        }
        // The file goes first: once the socket is closed, the path is up for whoever finds it stale.
        ownPath.filter(path -> !isKept).ifPresent(path -> path.toFile().delete());
        handle.close();
    }
}
