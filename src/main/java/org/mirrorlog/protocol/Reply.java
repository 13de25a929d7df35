package org.mirrorlog.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What the kernel is told. Made by the factories only, so that every value keeps the rules of reply forms: an error has
 * no payload, booleans are exactly 0 or 1, EAGAIN is only ever a short ack.
 */
public final class Reply {
    private static final byte[] NOTHING = new byte[0];
    private static final Reply DONE = new Reply(0, NOTHING, false);
    private static final Reply TRUE = words(1);
    private static final Reply FALSE = words(0);
    private static final Reply RESEND = new Reply(Errno.EAGAIN.number(), NOTHING, true);

    private final int error;
    private final byte[] payload;
    private final boolean isShortAck;

    private Reply(int error, byte[] payload, boolean isShortAck) {
        this.error = error;
        this.payload = payload;
        this.isShortAck = isShortAck;
    }

    /** Success of a request that returns nothing. */
    public static Reply done() {
        return DONE;
    }

    /** A full reply with a negative errno and no payload. */
    public static Reply failure(Errno errno) {
        if (errno == Errno.EAGAIN) {
            throw new IllegalArgumentException("EAGAIN only as a short ack: resend()");
        }
        return new Reply(-errno.number(), NOTHING, false);
    }

    /** A short ack that makes the kernel send the request again at once, with a new sequence number. */
    public static Reply resend() {
        return RESEND;
    }

    /** IN_SYNC, IS_CLEAN: s64, exactly 0 or 1. */
    public static Reply flag(boolean value) {
        return value ? TRUE : FALSE;
    }

    /** GET_REGION_SIZE, GET_SYNC_COUNT: one u64. */
    public static Reply number(long value) {
        return words(value);
    }

    /** GET_RESYNC_WORK: this region. */
    public static Reply work(long region) {
        return words(1, region);
    }

    /** GET_RESYNC_WORK: nothing to do now. */
    public static Reply noWork() {
        return words(0, 0);
    }

    /** IS_REMOTE_RECOVERING: s64 0 or 1, u64 hint. */
    public static Reply remoteRecovering(boolean isRecovering, long hint) {
        return words(isRecovering ? 1 : 0, hint);
    }

    /** STATUS_INFO, STATUS_TABLE: the bytes of the text, no NUL. */
    public static Reply text(String text) {
        return new Reply(0, text.getBytes(StandardCharsets.ISO_8859_1), false);
    }

    /** CTR of a disk log, initial form, protocol version 2: the device as given, NUL-terminated. */
    public static Reply device(String device) {
        return text(Objects.requireNonNull(device, "device") + '\0');
    }

    private static Reply words(long... words) {
        ByteBuffer buffer = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (long word : words) {
            buffer.putLong(word);
        }
        return new Reply(0, buffer.array(), false);
    }

    /** 0 or a negative errno; for a short ack the positive errno. */
    public int error() {
        return error;
    }

    /** A copy of the payload; empty on errors. */
    public byte[] payload() {
        return payload.clone();
    }

    /** Number of payload bytes. */
    public int payloadSize() {
        return payload.length;
    }

    /** True for the 36-byte form without the request structure. */
    public boolean isShortAck() {
        return isShortAck;
    }

    /** Appends the payload to a buffer, without a copy in between. */
    void putPayload(ByteBuffer buffer) {
        buffer.put(payload);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Reply that && error == that.error && isShortAck == that.isShortAck
                && java.util.Arrays.equals(payload, that.payload);
    }

    @Override
    public int hashCode() {
        return 31 * error + java.util.Arrays.hashCode(payload);
    }

    @Override
    public String toString() {
        return isShortAck ? "ack " + error : error != 0 ? "error " + error : "ok " + payload.length + " bytes";
    }
}
