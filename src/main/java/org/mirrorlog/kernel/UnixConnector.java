package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.mirrorlog.logging.RateLimitedLog;
import org.mirrorlog.posix.Credentials;
import org.mirrorlog.posix.PosixException;
import org.mirrorlog.posix.ServiceManager;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Emulated kernels, and relays of kernels elsewhere: the connector's datagrams, byte for byte, over a UNIX datagram
 * socket.
 *
 * <p>Only processes of our own user and of root are served. Answers go to the address that the sender's socket is bound
 * to. The path belongs to whoever holds the lock file beside it; a socket file that a dead daemon left is replaced.
 */
public final class UnixConnector implements ConnectorSocket {
    private static final Logger LOG = LoggerFactory.getLogger(UnixConnector.class);
    private static final String KEPT_NAME = "kernel-unix";
    private static final int ROOT = 0;
    private static final int MAX_PEERS = 1024;
    /**
     * What peers have not read counts against the one socket that all are answered from: so much is what a thousand of
     * them leave unread where the kernel lets each have ten.
     */
    private static final int SEND_BUFFER_BYTES = 8 << 20;
    private static final int ECONNREFUSED = 111;

    private final Path path;
    private final UnixDatagramSocket socket;
    private final boolean isKept;
    private final SingleInstanceLock lock;
    private final BusyPoll busyPoll;
    private final int ownUid = Credentials.ofThisProcess().uid();
    private final ConnectorMeter meter = new ConnectorMeter();
    private final RetryingSender sender = new RetryingSender(meter);
    /** Made once: a method reference at the call would be a new object per reply. */
    private final RetryingSender.Attempt<UnixPeer> attempt = this::attempt;
    private final RateLimitedLog incidents = new RateLimitedLog(LOG, System::nanoTime);
    /** Peers lately heard of, so that one sender is one object; for the receiving thread. */
    private final Map<UnixAddress, UnixPeer> peers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UnixAddress, UnixPeer> eldest) {
            return size() > MAX_PEERS;
        }
    };
    private UnixPeer lastPeer = new UnixPeer(UnixAddress.UNNAMED);

    private UnixConnector(Path path, UnixDatagramSocket socket, boolean isKept, SingleInstanceLock lock,
            Duration lookout) {
        this.path = path;
        this.socket = socket;
        this.isKept = isKept;
        this.lock = lock;
        this.busyPoll = new BusyPoll(socket::receive, lookout);
    }

    /** As {@link #open(Path, Duration, ServiceManager)}, sleeping at once when there is nothing to read, not kept. */
    static UnixConnector open(Path path) throws IOException {
        return open(path, Duration.ZERO, ServiceManager.none());
    }

    /**
     * Binds the path, making its directory if need be; or goes on with the socket that an earlier start had kept.
     *
     * @param lookout how long to look for the next of several datagrams before sleeping
     * @param manager is asked to keep the socket
     * @throws IOException the path is too long (107 bytes), not writable, not a socket, or another process serves it
     */
    public static UnixConnector open(Path path, Duration lookout, ServiceManager manager) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        requireFits(absolute);
        try {
            Files.createDirectories(absolute.getParent());
        } catch (IOException e) {
            throw new IOException("the directory of " + absolute + " cannot be made: " + e, e);
        }
        SingleInstanceLock lock = SingleInstanceLock.forSocketPath(absolute);
        try {
            Optional<UnixDatagramSocket> kept = UnixDatagramSocket.kept(manager, KEPT_NAME, absolute);
            return new UnixConnector(absolute, socket(kept, absolute, manager), kept.isPresent(), lock, lookout);
        } catch (PosixException e) {
            lock.close();
            throw new IOException("cannot serve emulated kernels at " + absolute
                    + " (free to bind, or a socket file that nobody listens to any more): " + e.getMessage(), e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Looks whether {@link #open(Path, Duration, ServiceManager)} would find somebody else at the path; changes
     * nothing. A socket that an earlier start had kept is there by itself, so then only opening tells.
     *
     * @throws IOException another process listens there, or the path cannot be that of a socket
     */
    public static void requireFree(Path path, ServiceManager manager) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        requireFits(absolute);
        if (!manager.keeps(KEPT_NAME) && UnixDatagramSocket.isListening(UnixAddress.of(absolute))) {
            throw new IOException("socket path " + absolute + " is served by another process: stop it, or give another"
                    + " path");
        }
    }

    private static UnixDatagramSocket socket(Optional<UnixDatagramSocket> kept, Path path, ServiceManager manager)
            throws PosixException {
        if (kept.isPresent()) {
            kept.get().setSendBuffer(SEND_BUFFER_BYTES);
            return kept.get();
        }
        UnixDatagramSocket bound = UnixDatagramSocket.bindOverStale(path);
        bound.setSendBuffer(SEND_BUFFER_BYTES);
        try {
            bound.keep(manager, KEPT_NAME);
        } catch (PosixException e) {
            LOG.warn("kernels will find nobody listening while the daemon is started anew: {}", e.getMessage());
        }
        return bound;
    }

    private static void requireFits(Path path) throws IOException {
        try {
            UnixAddress.of(path);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public Peer receive(ByteBuffer into) throws IOException {
        while (true) {
            into.clear();
            busyPoll.receive(into);
            int uid = socket.senderUid();
            if (uid != ownUid && uid != ROOT) {
                meter.add(ConnectorMeter.Count.FOREIGN_SENDER);
                incidents.warn("datagram dropped, sender may not be served",
                        () -> "uid " + Integer.toUnsignedString(uid)
                        + " is neither root nor our own " + ownUid + " (process "
                        + socket.senderCredentials().map(Credentials::pid).orElse(0) + ")");
                continue;
            }
            UnixAddress address = socket.sender();
            if (address.isUnnamed()) {
                meter.add(ConnectorMeter.Count.UNNAMED_SENDER);
                incidents.warn("datagram dropped, sender cannot be answered",
                        () -> "its socket is not bound to a path (process "
                        + socket.senderCredentials().map(Credentials::pid).orElse(0) + ")");
                continue;
            }
            into.flip();
            meter.add(ConnectorMeter.Count.RECEIVED);
            return peer(address);
        }
    }

    private UnixPeer peer(UnixAddress address) {
        if (address != lastPeer.address()) {
            lastPeer = peers.computeIfAbsent(address, UnixPeer::new);
        }
        return lastPeer;
    }

    @Override
    public boolean send(ByteBuffer datagram, Peer to) {
        UnixPeer peer = (UnixPeer) to;
        int errno;
        try {
            errno = sender.send(attempt, datagram, peer, peer.isStalled() ? 1 : RetryingSender.MAX_ATTEMPTS);
        } catch (ClosedChannelException e) {
            meter.add(ConnectorMeter.Count.SEND_FAILURE);
            LOG.debug("a reply came after the connector was closed");
            return false;
        }
        peer.setStalled(RetryingSender.isPassing(errno));
        if (errno == ECONNREFUSED || errno == Errno.ENOENT.number()) {
            meter.add(ConnectorMeter.Count.PEER_GONE);
            LOG.debug("{} is gone, its answer is dropped", peer);
        } else if (errno != 0) {
            meter.add(ConnectorMeter.Count.SEND_FAILURE);
            incidents.warn("reply to " + peer.name() + " lost",
                    () -> "send says errno " + errno + (peer.isStalled() ? ": it does not read its socket" : ""));
        }
        return errno == 0;
    }

    private int attempt(ByteBuffer datagram, UnixPeer to) throws ClosedChannelException {
        return socket.trySend(datagram, to.address());
    }

    @Override
    public ConnectorMeter meter() {
        return meter;
    }

    @Override
    public boolean isKept() {
        return isKept;
    }

    @Override
    public Optional<Peer> peerNamed(String name) {
        UnixAddress address = name.startsWith("@") ? UnixAddress.ofAbstract(name.substring(1))
                : UnixAddress.of(Path.of(name));
        return Optional.of(new UnixPeer(address));
    }

    @Override
    public String name() {
        return "UNIX connector " + path;
    }

    @Override
    public void close() {
        socket.close();
        lock.close();
    }
}
