package org.mirrorlog.protocol;

import java.util.Objects;

/**
 * One answer as the kernel reads it.
 *
 * @param seq the request that it answers: dm_ulog_request.seq of a full reply, cn_msg.seq of a short ack
 * @param error 0 or a negative errno, in both forms
 * @param isShortAck true for the 36-byte form, which has no payload
 * @param dataSize the payload size that the answer claims, unsigned; the kernel holds this against the caller's space
 * @param payload the bytes really there: at most {@code dataSize}
 */
public record UlogAnswer(int seq, int error, boolean isShortAck, int dataSize, byte[] payload) implements DecodedReply {
    public UlogAnswer {
        Objects.requireNonNull(payload, "payload");
    }

    /** Whether all the payload it claims is there; the kernel does not check this and reads on. */
    public boolean isWhole() {
        return dataSize == payload.length;
    }
}
