package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.Decoded;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

@Timeout(60)
class ReceiveLoopTest {
    @TempDir
    Path dir;

    @Test
    void shouldCarryRequestsInAndRepliesOut() throws Exception {
        carry(5_000);
    }

    @Test
    @Tag("slow")
    void shouldCarryAHundredThousandRequests() throws Exception {
        carry(100_000);
    }

    private void carry(int count) throws Exception {
        UnixConnector connector = UnixConnector.open(dir.resolve("kernel.sock"));
        ReplySender replies = new ReplySender(connector);
        ReceiveLoop loop = ReceiveLoop.start(connector, (request, from) ->
                replies.send(request, Reply.number(Integer.toUnsignedLong(request.seq())), from));
        try (UnixDatagramSocket kernel = kernel("guest")) {
            ByteBuffer answer = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
            for (int seq = 0; seq < count; seq++) {
                kernel.send(Requests.datagram(seq), Waiting.MS);
                kernel.receive(answer.clear(), Waiting.MS);
                UlogAnswer got = Requests.answer(answer);
                assertEquals(seq, got.seq());
                assertEquals(seq, ByteBuffer.wrap(got.payload()).order(java.nio.ByteOrder.nativeOrder()).getLong());
            }
        }
        loop.close();

        ConnectorCounters counters = connector.meter().snapshot();
        assertEquals(count, counters.received());
        assertEquals(count, counters.sent());
        assertEquals(0, counters.rejectedTotal() + counters.loopFailures() + counters.sendFailures());
    }

    @Test
    void shouldAskAgainForABrokenBodyAndCountTheReason() throws Exception {
        BlockingQueue<UlogRequest> requests = new LinkedBlockingQueue<>();
        UnixConnector connector = UnixConnector.open(dir.resolve("kernel.sock"));
        ReceiveLoop loop = ReceiveLoop.start(connector, (request, from) -> requests.add(request));
        try (UnixDatagramSocket kernel = kernel("guest")) {
            kernel.send(Requests.zeroTyped(0x22), Waiting.MS);
            kernel.send(ByteBuffer.allocateDirect(5), Waiting.MS);
            kernel.send(ByteBuffer.allocateDirect(0), Waiting.MS);
            kernel.send(Requests.datagram(7), Waiting.MS);
            ByteBuffer answer = ByteBuffer.allocateDirect(1000);
            assertEquals(36, kernel.receive(answer, Waiting.MS));

            assertEquals(7, requests.take().seq(), "it goes on after the broken ones");
            UlogAnswer nack = Requests.answer(answer);
            assertEquals(0x22, nack.seq());
            assertTrue(nack.isShortAck());
            assertEquals(-Errno.EAGAIN.number(), nack.error());
        }
        loop.close();
        ConnectorCounters counters = connector.meter().snapshot();
        assertEquals(4, counters.received());
        assertEquals(1, counters.rejected().get(Decoded.Reason.ZERO_TYPE));
        assertEquals(2, counters.rejected().get(Decoded.Reason.TOO_SHORT));
        assertEquals(Decoded.Reason.values().length, counters.rejected().size());
    }

    @Test
    void shouldNotAskAgainWithoutEnd() throws Exception {
        int count = 10 * NackBudget.PER_SECOND;
        UnixConnector connector = UnixConnector.open(dir.resolve("kernel.sock"));
        ReceiveLoop loop = ReceiveLoop.start(connector, (request, from) -> { });
        try (UnixDatagramSocket kernel = kernel("guest")) {
            for (int i = 0; i < count; i++) {
                kernel.send(Requests.zeroTyped(i), Waiting.MS);
            }
            Waiting.until("all are counted", () -> connector.meter().snapshot().rejectedTotal() == count);
        }
        loop.close();

        long asked = connector.meter().snapshot().sent();
        assertTrue(asked >= NackBudget.PER_SECOND && asked < count, asked + " of " + count + " asked for again");
    }

    @Test
    void shouldSurviveASinkThatThrows() throws Exception {
        UnixConnector connector = UnixConnector.open(dir.resolve("kernel.sock"));
        List<Integer> taken = new CopyOnWriteArrayList<>();
        ReceiveLoop loop = ReceiveLoop.start(connector, (request, from) -> {
            if (request.seq() == 0) {
                throw new StackOverflowError("of a test");
            }
            if (request.seq() % 2 == 0) {
                throw new IllegalStateException("of a test");
            }
            taken.add(request.seq());
        });
        try (UnixDatagramSocket kernel = kernel("guest")) {
            for (int seq = 0; seq < 6; seq++) {
                kernel.send(Requests.datagram(seq), Waiting.MS);
            }
            Waiting.until("the last request is taken", () -> taken.contains(5));
            assertTrue(loop.isWorking());
        }
        loop.close();

        assertEquals(List.of(1, 3, 5), taken);
        assertEquals(3, connector.meter().snapshot().loopFailures());
        assertFalse(loop.isWorking());
    }

    @Test
    void shouldOutliveASocketThatFailsForAWhileAndSaySo() {
        FailingSocket socket = new FailingSocket(20);
        BlockingQueue<UlogRequest> requests = new LinkedBlockingQueue<>();
        ReceiveLoop loop = ReceiveLoop.start(socket, (request, from) -> requests.add(request));

        Waiting.until("it is seen failing", () -> !loop.isWorking());
        Waiting.until("it got past the failures", () -> !requests.isEmpty());
        assertTrue(loop.isWorking());
        loop.close();

        assertEquals(20, socket.meter().snapshot().loopFailures());
    }

    @Test
    void shouldJoinItsThreadOnClose() throws Exception {
        UnixConnector connector = UnixConnector.open(dir.resolve("kernel.sock"));
        ReceiveLoop loop = ReceiveLoop.start(connector, (request, from) -> { });
        assertTrue(loop.isWorking());

        loop.close();
        loop.close();

        assertFalse(loop.isWorking(), "the thread has ended");
        UnixConnector.open(dir.resolve("kernel.sock")).close();
    }

    private UnixDatagramSocket kernel(String name) throws IOException {
        UnixDatagramSocket socket = UnixDatagramSocket.bind(dir.resolve(name));
        socket.connect(UnixAddress.of(dir.resolve("kernel.sock")));
        return socket;
    }

    /** Fails a number of times, then yields one request, then blocks until closed. */
    private static final class FailingSocket extends PlayedSocket {
        private final Peer peer = new NetlinkPeer(0);
        private final java.util.concurrent.CountDownLatch closed = new java.util.concurrent.CountDownLatch(1);
        private int failuresLeft;
        private boolean isYielded;

        FailingSocket(int failures) {
            this.failuresLeft = failures;
        }

        @Override
        public Peer receive(ByteBuffer into) throws IOException {
            if (failuresLeft > 0) {
                failuresLeft--;
                throw new IOException("of a test");
            }
            if (!isYielded) {
                isYielded = true;
                into.clear().put(Requests.datagram(1)).flip();
                return peer;
            }
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new ClosedChannelException();
        }

        @Override
        public boolean send(ByteBuffer datagram, Peer to) {
            return false;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }
}
