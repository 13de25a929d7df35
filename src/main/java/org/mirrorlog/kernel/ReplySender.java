package org.mirrorlog.kernel;

import java.nio.ByteBuffer;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

/**
 * Encodes replies and sends them. Belongs to one thread (it reuses one buffer); make one for each thread that answers.
 */
public final class ReplySender {
    private final ConnectorSocket socket;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(UlogCodec.SEND_BUFFER_BYTES);

    public ReplySender(ConnectorSocket socket) {
        this.socket = socket;
    }

    /**
     * Answers a request; {@link Reply#resend()} goes out as a short ack.
     *
     * @return whether the answer is on its way; otherwise it is counted, and the kernel asks again after 15 seconds
     * @throws IllegalArgumentException if the payload is more than a reply can carry
     */
    public boolean send(UlogRequest request, Reply reply, Peer to) {
        buffer.clear();
        UlogCodec.encodeReply(request, reply, buffer);
        return socket.send(buffer.flip(), to);
    }

    /**
     * Asks for a datagram again that arrived broken or was lost; the kernel sends it at once, under a new number, if
     * it waits for that one.
     */
    boolean askAgain(int seq, Peer to) {
        buffer.clear();
        UlogCodec.encodeAck(seq, Errno.EAGAIN.number(), buffer);
        return socket.send(buffer.flip(), to);
    }
}
