package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The connector: datagrams from kernels in, datagrams to them out, one message each.
 *
 * <p>One thread receives; any number of threads send, each with buffers of its own; any thread closes.
 */
public interface ConnectorSocket extends AutoCloseable {
    /**
     * Waits for the next datagram of a kernel that may be served; others are counted and dropped. An overrun of the
     * queue is counted and waited past.
     *
     * @param into a direct buffer; cleared, then left ready for reading the datagram
     * @return who sent it
     * @throws java.nio.channels.ClosedChannelException closed before or meanwhile, by any thread
     * @throws IOException anything else that the socket cannot get past by itself; the next call may work
     */
    Peer receive(ByteBuffer into) throws IOException;

    /**
     * Sends the rest of a direct buffer as one datagram. Waits a few milliseconds at most while there is no room, then
     * gives up; what is lost is counted and, unless the peer is simply gone, logged. The kernel asks again after 15
     * seconds.
     *
     * @return whether the datagram is on its way
     */
    boolean send(ByteBuffer datagram, Peer to);

    /** Counts of this socket and of the loop that reads it. */
    ConnectorMeter meter();

    /** Whether it is that of an earlier start, with what kernels have sent meanwhile. */
    boolean isKept();

    /** The kernel of this name ({@link Peer#name}), heard of or not; empty if none can have it. */
    Optional<Peer> peerNamed(String name);

    /** What and where it is, for log lines. */
    String name();

    /** Wakes the receiver and all senders and gives everything back. Again: nothing. */
    @Override
    void close();
}
