package org.mirrorlog.kernel;

import java.nio.ByteBuffer;
import org.mirrorlog.protocol.DecodedReply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

/** Datagrams as a kernel sends them, and answers as it reads them. */
final class Requests {
    private static final int REQUEST_TYPE_OFFSET = 188;

    private Requests() {
    }

    static UlogRequest getSyncCount(int seq) {
        return new UlogRequest(0xffff_8880_1234_5600L, "LVM-0123456789abcdef", 2, seq,
                RequestType.GET_SYNC_COUNT.code(), new byte[0]);
    }

    /** A direct buffer with the datagram, ready to be sent. */
    static ByteBuffer datagram(int seq) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);
        UlogCodec.encodeRequest(getSyncCount(seq), buffer);
        return buffer.flip();
    }

    /** Good headers, but the body arrived zeroed: to be asked for again. */
    static ByteBuffer zeroTyped(int seq) {
        return datagram(seq).putInt(REQUEST_TYPE_OFFSET, 0);
    }

    /** What {@code received} (filled, not flipped) says. */
    static UlogAnswer answer(ByteBuffer received) {
        DecodedReply decoded = UlogCodec.decodeReply(received.flip());
        if (decoded instanceof UlogAnswer answer) {
            return answer;
        }
        throw new AssertionError("no answer that a kernel would accept: " + decoded);
    }
}
