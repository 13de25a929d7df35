package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.mirrorlog.logging.RateLimitedLog;
import org.mirrorlog.posix.NetlinkSocket;
import org.mirrorlog.posix.PosixException;
import org.mirrorlog.posix.ServiceManager;
import org.mirrorlog.protocol.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This machine's kernel: a netlink socket in connector group 7.
 *
 * <p>The kernel's end exists in the initial network namespace only. Joining needs CAP_NET_ADMIN; the kernel silently
 * drops replies of a thread without CAP_SYS_ADMIN in the initial user namespace.
 */
public final class NetlinkConnector implements ConnectorSocket {
    /** CN_IDX_DM: the device mapper's connector index, which is also its group. */
    static final int GROUP = 7;
    /** What 1.8 asks for at least. About 1.3 KB are charged per message: room for some 6,000 of them. */
    public static final int RECEIVE_BUFFER_BYTES = 4 << 20;

    private static final String KEPT_NAME = "kernel-netlink";

    private static final Logger LOG = LoggerFactory.getLogger(NetlinkConnector.class);

    private final NetlinkSocket socket;
    private final BusyPoll busyPoll;
    private final boolean isKept;
    private final int acceptedPortId;
    private final NetlinkPeer peer;
    private final ConnectorMeter meter = new ConnectorMeter();
    private final RetryingSender sender = new RetryingSender(meter);
    /** Made once: a method reference at the call would be a new object per reply. */
    private final RetryingSender.Attempt<NetlinkPeer> attempt = this::attempt;
    private final RateLimitedLog incidents = new RateLimitedLog(LOG, System::nanoTime);

    /**
     * How to open the connector.
     *
     * @param acceptedPortId whose datagrams are served: 0 is the kernel; a test may name the process that plays it
     * @param isAloneRequired refuse to start while somebody else is in the group: another log daemon would answer too,
     *     and the first answer wins
     * @param receiveBufferBytes room for requests that wait to be read
     * @param lookout how long to look for the next of several requests before sleeping
     */
    public record Options(int acceptedPortId, boolean isAloneRequired, int receiveBufferBytes, Duration lookout) {
        /** The real kernel, and nobody else beside us. */
        public static Options ofKernel() {
            return new Options(0, true, RECEIVE_BUFFER_BYTES, Duration.ZERO);
        }
    }

    private NetlinkConnector(NetlinkSocket socket, boolean isKept, int acceptedPortId, Duration lookout) {
        this.socket = socket;
        this.isKept = isKept;
        this.busyPoll = new BusyPoll(socket::receive, lookout);
        this.acceptedPortId = acceptedPortId;
        this.peer = new NetlinkPeer(acceptedPortId);
    }

    /** As {@link #open(Options, ServiceManager)}, with nobody who keeps the socket. */
    static NetlinkConnector open(Options options) throws IOException {
        return open(options, ServiceManager.none());
    }

    /**
     * Opens the socket and joins the group; or goes on with the socket that an earlier start had kept, with what the
     * kernel has asked since.
     *
     * @param manager is asked to keep it
     * @throws IOException with what is missing: kernel support, a capability, or that somebody else is in the group
     */
    public static NetlinkConnector open(Options options, ServiceManager manager) throws IOException {
        Optional<NetlinkSocket> kept = NetlinkSocket.kept(manager, KEPT_NAME, NetlinkSocket.PROTOCOL_CONNECTOR);
        if (options.isAloneRequired()) {
            ConnectorGroup.requireNobody(GROUP,
                    kept.map(socket -> OptionalInt.of(socket.portId())).orElse(OptionalInt.empty()));
        }
        NetlinkSocket socket = kept.isPresent() ? kept.get() : bind();
        try {
            growReceiveBuffer(socket, options.receiveBufferBytes());
            if (kept.isEmpty()) {
                keep(socket, manager);
            }
            socket.joinGroup(GROUP);
        } catch (PosixException e) {
            socket.close();
            throw new IOException("cannot join connector group " + GROUP + ", which needs CAP_NET_ADMIN: "
                    + e.getMessage(), e);
        }
        return new NetlinkConnector(socket, kept.isPresent(), options.acceptedPortId(), options.lookout());
    }

    /**
     * Looks whether {@link #open(Options, ServiceManager)} would find somebody else in the group; changes nothing. A
     * socket that an earlier start had kept is a member by itself, so then only opening tells.
     *
     * @throws IOException somebody else is in it
     */
    public static void requireAlone(ServiceManager manager) throws IOException {
        if (!manager.keeps(KEPT_NAME)) {
            ConnectorGroup.requireNobody(GROUP, OptionalInt.empty());
        }
    }

    private static NetlinkSocket bind() throws IOException {
        try {
            return NetlinkSocket.bind(NetlinkSocket.PROTOCOL_CONNECTOR, 0, 0);
        } catch (PosixException e) {
            throw new IOException("this kernel offers no connector socket (CONFIG_CONNECTOR, netlink protocol 11): "
                    + e.getMessage(), e);
        }
    }

    /** Before it joins: no moment at which the kernel has somebody to ask who vanishes with this process. */
    private static void keep(NetlinkSocket socket, ServiceManager manager) {
        try {
            socket.keep(manager, KEPT_NAME);
        } catch (PosixException e) {
            LOG.warn("the kernel will find nobody listening while the daemon is started anew: {}", e.getMessage());
        }
    }

    private static void growReceiveBuffer(NetlinkSocket socket, int bytes) throws PosixException {
        int granted = socket.setReceiveBuffer(bytes);
        // The kernel doubles what is asked for, to account for its own overhead.
        if (granted < 2L * bytes) {
            LOG.warn("receive buffer of the kernel connector is {} KiB, wanted are {} KiB: grant CAP_NET_ADMIN or raise"
                    + " net.core.rmem_max, or bursts of requests overrun it and stall mirrors for seconds",
                    granted / 2048, bytes / 1024);
        }
    }

    @Override
    public Peer receive(ByteBuffer into) throws IOException {
        while (true) {
            into.clear();
            try {
                busyPoll.receive(into);
            } catch (PosixException e) {
                if (e.errno() != Errno.ENOBUFS.number()) {
                    throw e;
                }
                meter.add(ConnectorMeter.Count.OVERRUN);
                incidents.warn("kernel connector overrun",
                        () -> "requests were lost; the kernel reconnects its logs and asks again");
                continue;
            }
            if (socket.senderPortId() != acceptedPortId) {
                meter.add(ConnectorMeter.Count.FOREIGN_SENDER);
                incidents.warn("datagram dropped, not from the kernel",
                        () -> "sender is port id " + Integer.toUnsignedString(socket.senderPortId()));
                continue;
            }
            into.flip();
            meter.add(ConnectorMeter.Count.RECEIVED);
            return peer;
        }
    }

    @Override
    public boolean send(ByteBuffer datagram, Peer to) {
        int errno;
        try {
            errno = sender.send(attempt, datagram, (NetlinkPeer) to, RetryingSender.MAX_ATTEMPTS);
        } catch (ClosedChannelException e) {
            meter.add(ConnectorMeter.Count.SEND_FAILURE);
            LOG.debug("a reply came after the connector was closed");
            return false;
        }
        if (errno != 0) {
            meter.add(ConnectorMeter.Count.SEND_FAILURE);
            incidents.warn("reply to " + to.name() + " lost",
                    () -> "send says errno " + errno + "; the kernel asks again after 15 s");
        }
        return errno == 0;
    }

    private int attempt(ByteBuffer datagram, NetlinkPeer to) throws ClosedChannelException {
        return socket.trySend(datagram, to.address());
    }

    /** Own port id: where a process that plays the kernel sends to. */
    public int portId() {
        return socket.portId();
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
        return name.equals(peer.name()) ? Optional.of(peer) : Optional.empty();
    }

    @Override
    public String name() {
        return "netlink connector group " + GROUP + " (port id " + Integer.toUnsignedString(socket.portId()) + ")";
    }

    @Override
    public void close() {
        socket.close();
    }
}
