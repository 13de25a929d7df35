package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.ffi.Pointer;

/**
 * A netlink datagram socket.
 *
 * <p>One thread receives, any number of threads send (each with a buffer of its own), any thread closes.
 */
public final class NetlinkSocket implements AutoCloseable {
    /** Netlink protocol number of the kernel connector. */
    public static final int PROTOCOL_CONNECTOR = 11;
    /** Result of {@link #receive} when nothing came in time. */
    public static final int TIMED_OUT = SocketHandle.TIMED_OUT;

    /** {@code sockaddr_nl}: u16 family, u16 padding, u32 port id, u32 group mask. */
    private static final int SOCKADDR_BYTES = 12;
    private static final int PORT_ID = 4;
    private static final int GROUPS = 8;

    private final SocketHandle handle;
    private final int portId;

    private NetlinkSocket(SocketHandle handle, int portId) {
        this.handle = handle;
        this.portId = portId;
    }

    /**
     * Opens and binds a socket.
     *
     * @param portId own port id; 0 lets the kernel choose one
     * @param groups mask of the groups 1 to 32 to join at once, bit 0 for group 1
     */
    public static NetlinkSocket bind(int protocol, int portId, int groups) throws PosixException {
        String name = name(protocol);
        SocketHandle handle = SocketHandle.open(Linux.AF_NETLINK, Linux.SOCK_DGRAM, protocol, name);
        try {
            Pointer address = sockaddr(portId, groups);
            Linux.check(LIBC.bind(handle.fd(), address.address(), SOCKADDR_BYTES), "bind",
                    name + ", port id " + portId);
            Reference.reachabilityFence(address);
            return ofBound(handle);
        } catch (PosixException | RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    /** The socket that an earlier start had kept under this name, with what has come since; empty if there is none. */
    public static Optional<NetlinkSocket> kept(ServiceManager manager, String name, int protocol)
            throws PosixException {
        OptionalInt descriptor = manager.take(name);
        if (descriptor.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(ofBound(SocketHandle.adopt(descriptor.getAsInt(), name(protocol))));
    }

    /** Has the socket kept open when this process ends, for the next start; see {@link ServiceManager#keep}. */
    public boolean keep(ServiceManager manager, String name) throws PosixException {
        return manager.keep(name, handle);
    }

    private static String name(int protocol) {
        return "netlink protocol " + protocol;
    }

    private static NetlinkSocket ofBound(SocketHandle handle) throws PosixException {
        Pointer address = handle.boundTo(SOCKADDR_BYTES);
        return new NetlinkSocket(handle, address.getInt(PORT_ID));
    }

    private static Pointer sockaddr(int portId, int groups) {
        Pointer address = Linux.allocate(SOCKADDR_BYTES);
        address.putShort(0, (short) Linux.AF_NETLINK);
        address.putInt(PORT_ID, portId);
        address.putInt(GROUPS, groups);
        return address;
    }

    /** Own port id: what others send to. */
    public int portId() {
        return portId;
    }

    /** Joins one multicast group by its number; most kernels ask for CAP_NET_ADMIN. */
    public void joinGroup(int group) throws PosixException {
        handle.setOption(Linux.SOL_NETLINK, Linux.NETLINK_ADD_MEMBERSHIP, group);
    }

    /**
     * Sets the receive buffer beyond the system's limit (CAP_NET_ADMIN), or up to it where that is not permitted.
     *
     * @return what the kernel will charge datagrams against, in bytes: twice the asked size if it was granted whole
     */
    public int setReceiveBuffer(int bytes) throws PosixException {
        return handle.setBuffer(Linux.SO_RCVBUFFORCE, Linux.SO_RCVBUF, bytes);
    }

    /**
     * Waits for one datagram and appends it to a direct buffer; what does not fit is lost.
     *
     * @param timeoutMs how long to wait at most; negative waits for ever
     * @return number of bytes, 0 or more; {@link #TIMED_OUT}
     * @throws ClosedChannelException closed before or meanwhile
     * @throws PosixException above all ENOBUFS: the queue had overrun and datagrams are lost; the next call goes on
     */
    public int receive(ByteBuffer into, int timeoutMs) throws PosixException, ClosedChannelException {
        return handle.receive(into, timeoutMs);
    }

    /** Port id of the last received datagram's sender, set by the kernel; 0 is the kernel itself. */
    public int senderPortId() {
        return handle.header().memory().getInt(MessageHeader.NAME + PORT_ID);
    }

    /**
     * Sends the rest of a direct buffer as one datagram, without waiting. The buffer's position stays.
     *
     * @return 0, or the errno of the refusal
     */
    public int trySend(ByteBuffer datagram, Address to) throws ClosedChannelException {
        int errno = handle.trySend(datagram, to.sockaddr.address(), SOCKADDR_BYTES);
        Reference.reachabilityFence(to);
        return errno;
    }

    @Override
    public void close() {
        handle.close();
    }

    /** Where a datagram goes. Immutable, kept in native memory. */
    public static final class Address {
        /** The kernel itself. */
        public static final Address KERNEL = new Address(0, 0);

        private final int portId;
        private final Pointer sockaddr;

        private Address(int portId, int groups) {
            this.portId = portId;
            this.sockaddr = NetlinkSocket.sockaddr(portId, groups);
        }

        /** One socket; port id 0 is the kernel. */
        public static Address ofPort(int portId) {
            return portId == 0 ? KERNEL : new Address(portId, 0);
        }

        /** All members of a group, 1 to 32; the sender needs CAP_NET_ADMIN. */
        public static Address ofGroup(int group) {
            if (group < 1 || group > 32) {
                throw new IllegalArgumentException("group must be 1 to 32: " + group);
            }
            return new Address(0, 1 << group - 1);
        }

        /** The port id; 0 for the kernel and for groups. */
        public int portId() {
            return portId;
        }
    }
}
