package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.UlogCodec;

/** One start after the other on one socket path, over real sockets and a real file. */
@Timeout(60)
class LostRequestsTest {
    private static final String BOOT = "boot-1";
    private static final int CN_SEQ = 24;
    private static final int CN_ACK = 28;
    private static final int ACK_BYTES = 36;

    @TempDir
    Path dir;

    private UnixDatagramSocket kernel() throws IOException {
        return UnixDatagramSocket.bind(dir.resolve("kernel"));
    }

    private Optional<OpenRequests> open() {
        return OpenRequestsFile.open(dir.resolve("run/requests"), BOOT);
    }

    /** A start that reads so many requests, and replies to none. */
    private void readAndEnd(UnixDatagramSocket kernel, int... seqs) throws Exception {
        BlockingQueue<Integer> read = new LinkedBlockingQueue<>();
        try (ReceiveLoop loop = ReceiveLoop.start(UnixConnector.open(dir.resolve("daemon")),
                (request, from) -> read.add(request.seq()), open())) {
            kernel.connect(UnixAddress.of(dir.resolve("daemon")));
            for (int seq : seqs) {
                kernel.send(Requests.datagram(seq), Waiting.MS);
                assertEquals(seq, read.poll(Waiting.MS, TimeUnit.MILLISECONDS));
            }
            assertTrue(loop.isWorking());
        }
    }

    @Test
    void shouldAskForWhatWasReadAndForWhatWasNot() throws Exception {
        try (UnixDatagramSocket kernel = kernel()) {
            readAndEnd(kernel, 5, 6, 9);
            List<Integer> asked = new ArrayList<>();
            Thread reader = new Thread(() -> readAll(kernel, asked, 3 + OpenRequests.UNREAD));
            reader.start();
            try (UnixConnector next = UnixConnector.open(dir.resolve("daemon"))) {
                kernel.connect(UnixAddress.of(dir.resolve("daemon")));
                assertEquals(3 + OpenRequests.UNREAD, LostRequests.askAgain(open().orElseThrow(), next));
                reader.join();
            }

            List<Integer> wanted = new ArrayList<>(List.of(5, 6, 9));
            IntStream.rangeClosed(10, 9 + OpenRequests.UNREAD).forEach(wanted::add);
            assertEquals(wanted, asked);
        }
    }

    private static void readAll(UnixDatagramSocket kernel, List<Integer> into, int count) {
        ByteBuffer ack = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES)
                .order(ByteOrder.nativeOrder());
        try {
            for (int i = 0; i < count; i++) {
                ack.clear();
                kernel.receive(ack, Waiting.MS);
                assertEquals(ACK_BYTES, ack.flip().remaining());
                assertEquals(Errno.EAGAIN.number(), ack.getInt(CN_ACK));
                into.add(ack.getInt(CN_SEQ));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldFindKernelsByTheirNames() throws IOException {
        try (UnixConnector connector = UnixConnector.open(dir.resolve("daemon"))) {
            for (String name : List.of("/a/path", "@abstract", "relative")) {
                assertEquals(name, connector.peerNamed(name).orElseThrow().name());
            }
        }
    }

    @Test
    void shouldAskNobodyForWhatWasRepliedTo() throws Exception {
        try (UnixDatagramSocket kernel = kernel()) {
            readAndEnd(kernel, 5, 6);
            OpenRequests left = open().orElseThrow();
            left.replied(5);
            left.replied(6);

            assertEquals(List.of(), open().orElseThrow().lost(true));
        }
    }

    @Test
    void shouldServeWhereNothingCanBeKept() throws Exception {
        Files.createDirectories(dir.resolve("run/requests"));

        assertEquals(Optional.empty(), open());

        try (UnixDatagramSocket kernel = kernel()) {
            readAndEnd(kernel, 1);
        }
    }

    /** Of another build, say. */
    @Test
    void shouldMakeAFileOfAnotherSizeAnew() throws IOException {
        Path file = dir.resolve("run/requests");
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[77]);

        assertEquals(List.of(), open().orElseThrow().lost(false));

        assertEquals(OpenRequests.BYTES, Files.size(file));
    }

    /** Whoever puts a link there does not choose what is written. */
    @Test
    void shouldFollowNoLink() throws IOException {
        Path other = Files.writeString(dir.resolve("other"), "precious");
        Files.createDirectories(dir.resolve("run"));
        Files.createSymbolicLink(dir.resolve("run/requests"), other);

        assertEquals(Optional.empty(), open());

        assertEquals("precious", Files.readString(other));
    }
}
