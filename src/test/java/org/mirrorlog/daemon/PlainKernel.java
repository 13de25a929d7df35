package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

/** One kernel table that asks one question at a time over the UNIX connector and waits for the answer. */
public final class PlainKernel implements AutoCloseable {
    private static final int TIMEOUT_MS = 15_000;
    private static final int MOST_ATTEMPTS = 6;

    private final UnixDatagramSocket socket;
    private final String uuid;
    private final long luid;
    private int seq;

    public PlainKernel(Path ownPath, Path daemonPath, String uuid, long luid) throws IOException {
        this.socket = UnixDatagramSocket.bind(ownPath);
        socket.connect(UnixAddress.of(daemonPath));
        this.uuid = uuid;
        this.luid = luid;
    }

    /** Finds the daemon again after it was started anew. */
    public void find(Path daemonPath) throws IOException {
        socket.connect(UnixAddress.of(daemonPath));
    }

    /** The answer to a request. */
    UlogAnswer ask(RequestType type, byte[] payload) throws IOException {
        seq++;
        ByteBuffer datagram = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);
        UlogCodec.encodeRequest(new UlogRequest(luid, uuid, 2, seq, type.code(), payload), datagram);
        socket.send(datagram.flip(), TIMEOUT_MS);
        ByteBuffer answer = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
        assertTrue(socket.receive(answer, TIMEOUT_MS) != UnixDatagramSocket.TIMED_OUT, "no answer to " + type);
        return assertInstanceOf(UlogAnswer.class, UlogCodec.decodeReply(answer.flip()));
    }

    /** Asks again, as a kernel does, until there is an answer. */
    void askPatiently(RequestType type, byte[] payload) throws IOException {
        ByteBuffer answer = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
        seq++;
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            ByteBuffer datagram = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);
            UlogCodec.encodeRequest(new UlogRequest(luid, uuid, 2, seq, type.code(), payload), datagram);
            socket.send(datagram.flip(), TIMEOUT_MS);
            if (socket.receive(answer.clear(), TIMEOUT_MS) != UnixDatagramSocket.TIMED_OUT) {
                UlogAnswer reply = assertInstanceOf(UlogAnswer.class, UlogCodec.decodeReply(answer.flip()));
                assertEquals(0, reply.error(), type + " of " + uuid);
                return;
            }
        }
        throw new AssertionError("no answer to " + type);
    }

    /** The daemon says nothing to this for a while. */
    public void assertSilent(RequestType type, byte[] payload, Duration forSoLong) throws IOException {
        seq++;
        ByteBuffer datagram = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);
        UlogCodec.encodeRequest(new UlogRequest(luid, uuid, 2, seq, type.code(), payload), datagram);
        socket.send(datagram.flip(), TIMEOUT_MS);
        ByteBuffer answer = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
        assertEquals(UnixDatagramSocket.TIMED_OUT, socket.receive(answer, (int) forSoLong.toMillis()),
                "an answer to " + type);
    }

    public byte[] askWell(RequestType type, byte[] payload) throws IOException {
        UlogAnswer reply = ask(type, payload);
        assertEquals(0, reply.error(), type + " of " + uuid);
        return reply.payload();
    }

    public void construct(String line) throws IOException {
        askWell(RequestType.CTR, line.getBytes(StandardCharsets.US_ASCII));
    }

    public long askNumber(RequestType type, long... regions) throws IOException {
        return ByteBuffer.wrap(askWell(type, words(regions))).order(ByteOrder.nativeOrder()).getLong();
    }

    /** The second number of an answer that has two. */
    static long second(byte[] answer) {
        return ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder()).getLong(8);
    }

    public static byte[] words(long... values) {
        ByteBuffer words = ByteBuffer.allocate(8 * values.length).order(ByteOrder.nativeOrder());
        for (long value : values) {
            words.putLong(value);
        }
        return words.array();
    }

    @Override
    public void close() {
        socket.close();
    }
}
