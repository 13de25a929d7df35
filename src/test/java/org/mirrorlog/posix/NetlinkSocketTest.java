package org.mirrorlog.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two ends in one process; group 20 of the connector, which nobody uses. */
@Timeout(60)
class NetlinkSocketTest {
    private static final int GROUP = 20;
    private static final int ENOBUFS = 105;
    private static final int WAIT_MS = 10_000;
    private static final int BURST = 2_000;

    @BeforeAll
    static void needConnector() {
        boolean isUsable;
        try (NetlinkSocket probe = open()) {
            isUsable = Credentials.ofThisProcess().uid() == 0 && probe.portId() != 0;
        } catch (PosixException e) {
            isUsable = false;
        }
        assumeTrue(isUsable, "needs root and a kernel with netlink protocol 11 (CONFIG_CONNECTOR)");
    }

    private static NetlinkSocket open() throws PosixException {
        return NetlinkSocket.bind(NetlinkSocket.PROTOCOL_CONNECTOR, 0, 0);
    }

    @Test
    void shouldCarryDatagramsToAPortAndToAGroupAndNameTheSender() throws Exception {
        try (NetlinkSocket listener = open(); NetlinkSocket speaker = open()) {
            assertNotEquals(listener.portId(), speaker.portId());
            listener.joinGroup(GROUP);

            assertEquals(0, speaker.trySend(bytes(3), NetlinkSocket.Address.ofPort(listener.portId())));
            assertReceived(3, speaker.portId(), listener);
            speaker.trySend(bytes(4), NetlinkSocket.Address.ofGroup(GROUP));
            assertReceived(4, speaker.portId(), listener);
            assertEquals(0, listener.trySend(bytes(5), NetlinkSocket.Address.ofPort(listener.senderPortId())));
            assertReceived(5, listener.portId(), speaker);
        }
    }

    @Test
    void shouldReportAnOverrunOnceAndGoOn() throws Exception {
        try (NetlinkSocket listener = open(); NetlinkSocket speaker = open()) {
            listener.joinGroup(GROUP);
            listener.setReceiveBuffer(4096);
            for (int i = 0; i < 1000; i++) {
                speaker.trySend(bytes(100), NetlinkSocket.Address.ofGroup(GROUP));
            }
            ByteBuffer into = ByteBuffer.allocateDirect(1000);

            assertEquals(ENOBUFS, assertThrows(PosixException.class, () -> listener.receive(into, WAIT_MS)).errno());

            int received = 0;
            while (listener.receive(into.clear(), 0) != NetlinkSocket.TIMED_OUT) {
                received++;
            }
            assertTrue(received > 0 && received < 1000, "some were kept, some lost: " + received);
            speaker.trySend(bytes(6), NetlinkSocket.Address.ofGroup(GROUP));
            assertReceived(6, speaker.portId(), listener);
        }
    }

    @Test
    void shouldTakeABurstWholeThatHadOverrunOnceItsBufferIsRaised() throws Exception {
        try (NetlinkSocket listener = open(); NetlinkSocket speaker = open()) {
            listener.joinGroup(GROUP);
            listener.setReceiveBuffer(256 << 10);
            assertTrue(burst(speaker, listener) < BURST, "overrun");

            listener.setReceiveBuffer(8 << 20);

            assertEquals(BURST, burst(speaker, listener));
        }
    }

    /** How many of them arrive where nobody reads meanwhile. */
    private static int burst(NetlinkSocket speaker, NetlinkSocket listener) throws Exception {
        for (int i = 0; i < BURST; i++) {
            speaker.trySend(bytes(300), NetlinkSocket.Address.ofGroup(GROUP));
        }
        ByteBuffer into = ByteBuffer.allocateDirect(1000);
        int received = 0;
        while (true) {
            try {
                if (listener.receive(into.clear(), 0) == NetlinkSocket.TIMED_OUT) {
                    return received;
                }
                received++;
            } catch (PosixException e) {
                assertEquals(ENOBUFS, e.errno());
            }
        }
    }

    @Test
    void shouldGrowTheReceiveBufferBeyondTheLimit() throws Exception {
        try (NetlinkSocket socket = open()) {
            assertEquals(2 * (8 << 20), socket.setReceiveBuffer(8 << 20));
        }
    }

    @Test
    void shouldReportANobodyAtThePort() throws Exception {
        try (NetlinkSocket socket = open()) {
            assertEquals(Linux.ECONNREFUSED, socket.trySend(bytes(1), NetlinkSocket.Address.ofPort(0x7fff_fff0)));
        }
    }

    @Test
    void shouldRefuseGroupsThatAMaskCannotHold() {
        assertThrows(IllegalArgumentException.class, () -> NetlinkSocket.Address.ofGroup(0));
        assertThrows(IllegalArgumentException.class, () -> NetlinkSocket.Address.ofGroup(33));
    }

    private static void assertReceived(int bytes, int fromPort, NetlinkSocket by) throws Exception {
        assertEquals(bytes, by.receive(ByteBuffer.allocateDirect(1000), WAIT_MS));
        assertEquals(fromPort, by.senderPortId());
    }

    /** The connector reads the header of whatever reaches the kernel; a zeroed one is dropped there. */
    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocateDirect(count);
    }
}
