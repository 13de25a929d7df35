package org.mirrorlog.protocol;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.mirrorlog.protocol.Decoded.Reason;

/**
 * Datagrams to values and back, for both ends of the link; {@link UlogLayout} draws the bytes.
 *
 * <p>Decoders take the datagram from the buffer's position to its limit and leave both alone; they never throw,
 * whatever the bytes. Encoders write at the position and advance it; too small a buffer is a
 * {@link BufferOverflowException} with nothing written. All of them set the buffer's byte order to the host's. Any
 * thread may call; a buffer belongs to one thread. Who sent the datagram (port id 0) is for the socket to check.
 */
public final class UlogCodec {
    /** A receive buffer of this size holds whatever the kernel sends (528 bytes) and more. */
    public static final int RECEIVE_BUFFER_BYTES = 16 * 1024;
    /** Most bytes of payload in a request: the kernel's buffer of 512 less its structures. */
    public static final int MAX_REQUEST_PAYLOAD_BYTES = 332;
    /** Most bytes of payload in a reply: structure and payload stay within 1024. */
    public static final int MAX_REPLY_PAYLOAD_BYTES = 1024 - UlogLayout.ULOG_BYTES;
    /** A send buffer of this size holds every reply. */
    public static final int SEND_BUFFER_BYTES = UlogLayout.DATA + MAX_REPLY_PAYLOAD_BYTES;
    /** Most characters of a uuid. */
    public static final int MAX_UUID_CHARS = UlogLayout.UUID_BYTES - 1;

    private static final ByteOrder HOST_ORDER = ByteOrder.nativeOrder();
    private static final byte[] NOTHING = new byte[0];
    /** Saves a copy per datagram on the way from a direct buffer to the uuid's String. */
    private static final ThreadLocal<byte[]> UUID_SCRATCH =
            ThreadLocal.withInitial(() -> new byte[UlogLayout.UUID_BYTES]);

    private UlogCodec() { }

    /** Kernel to daemon: applies the acceptance rules in the order of {@link Reason}. */
    public static Decoded decodeRequest(ByteBuffer datagram) {
        datagram.order(HOST_ORDER);
        int base = datagram.position();
        int received = datagram.remaining();
        if (received < UlogLayout.NLMSG_BYTES) {
            return dropped(Reason.TOO_SHORT);
        }
        int type = Short.toUnsignedInt(datagram.getShort(base + UlogLayout.NLMSG_TYPE));
        if (type != UlogLayout.NLMSG_DONE) {
            return dropped(type == UlogLayout.NLMSG_ERROR ? Reason.NETLINK_ERROR : Reason.NOT_DONE_TYPE);
        }
        if (received < UlogLayout.HEADERS_BYTES) {
            return dropped(Reason.TOO_SHORT);
        }
        if (!isForUserspaceLog(datagram, base)) {
            return dropped(Reason.FOREIGN_ID);
        }
        if (received < UlogLayout.DATA) {
            return broken(Reason.TOO_SHORT, datagram, base);
        }
        return decodeBody(datagram, base, received);
    }

    private static Decoded decodeBody(ByteBuffer datagram, int base, int received) {
        int length = Short.toUnsignedInt(datagram.getShort(base + UlogLayout.CN_LEN));
        if (length < UlogLayout.ULOG_BYTES || UlogLayout.HEADERS_BYTES + length > received) {
            return broken(Reason.BAD_LENGTH, datagram, base);
        }
        int wireType = datagram.getInt(base + UlogLayout.REQUEST_TYPE);
        if (wireType == 0) {
            return broken(Reason.ZERO_TYPE, datagram, base);
        }
        int dataSize = datagram.getInt(base + UlogLayout.DATA_SIZE);
        if (Integer.compareUnsigned(dataSize, length - UlogLayout.ULOG_BYTES) > 0) {
            return broken(Reason.BAD_DATA_SIZE, datagram, base);
        }
        int uuidLength = uuidLength(datagram, base);
        if (uuidLength < 1) {
            return broken(Reason.BAD_UUID, datagram, base);
        }
        int version = datagram.getInt(base + UlogLayout.VERSION);
        if (version == 0) {
            return broken(Reason.BAD_VERSION, datagram, base);
        }
        return new Decoded.Request(new UlogRequest(datagram.getLong(base + UlogLayout.LUID),
                uuid(datagram, base, uuidLength), version, datagram.getInt(base + UlogLayout.SEQ), wireType,
                bytes(datagram, base + UlogLayout.DATA, dataSize)));
    }

    /**
     * Daemon to kernel: a full reply that echoes luid, uuid, version, type and seq; or a short ack if the reply is one.
     *
     * @throws IllegalArgumentException if the payload exceeds {@link #MAX_REPLY_PAYLOAD_BYTES} or the uuid its field
     */
    public static void encodeReply(UlogRequest request, Reply reply, ByteBuffer into) {
        if (reply.isShortAck()) {
            encodeAck(request.seq(), reply.error(), into);
            return;
        }
        int size = reply.payloadSize();
        if (size > MAX_REPLY_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("reply payload has " + size + " bytes, at most "
                    + MAX_REPLY_PAYLOAD_BYTES);
        }
        requireUuid(request.uuid());
        int base = claim(into, UlogLayout.DATA + size);
        putHeaders(into, base, UlogLayout.ULOG_BYTES + size, request.seq());
        putBody(into, base, request, reply.error(), size);
        into.position(base + UlogLayout.DATA);
        reply.putPayload(into);
    }

    /**
     * Daemon to kernel: a short ack, 36 bytes; also for a rejected datagram ({@link Decoded.Rejected#nackSeq}).
     *
     * @param errno 0 or the positive number
     */
    public static void encodeAck(int seq, int errno, ByteBuffer into) {
        if (errno < 0) {
            throw new IllegalArgumentException("a short ack carries a positive errno: " + errno);
        }
        int base = claim(into, UlogLayout.HEADERS_BYTES);
        putHeaders(into, base, 0, seq);
        into.putInt(base + UlogLayout.CN_ACK, errno);
        into.position(base + UlogLayout.HEADERS_BYTES);
    }

    /** Kernel to daemon: the request with its own seq in the headers, padded with zeros to a multiple of 4. */
    public static void encodeRequest(UlogRequest request, ByteBuffer into) {
        encodeRequest(request, request.seq(), into);
    }

    /**
     * Kernel to daemon, with a sequence number of its own in the headers; the kernel always puts the same in both
     * places.
     *
     * @throws IllegalArgumentException if the uuid or the payload is more than a kernel can send
     */
    public static void encodeRequest(UlogRequest request, int cnSeq, ByteBuffer into) {
        byte[] payload = request.payload();
        if (payload.length > MAX_REQUEST_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("request payload has " + payload.length + " bytes, at most "
                    + MAX_REQUEST_PAYLOAD_BYTES);
        }
        requireUuid(request.uuid());
        int end = UlogLayout.DATA + payload.length;
        int padding = -end & UlogLayout.ALIGNMENT - 1;
        int base = claim(into, end + padding);
        putHeaders(into, base, UlogLayout.ULOG_BYTES + payload.length, cnSeq);
        into.putInt(base + UlogLayout.NLMSG_SEQ, cnSeq);
        putBody(into, base, request, 0, payload.length);
        into.position(base + UlogLayout.DATA);
        into.put(payload);
        for (int i = 0; i < padding; i++) {
            into.put((byte) 0);
        }
    }

    /** Daemon to kernel, read as a recent kernel reads it: only what it validates is validated. */
    public static DecodedReply decodeReply(ByteBuffer datagram) {
        datagram.order(HOST_ORDER);
        int base = datagram.position();
        int received = datagram.remaining();
        if (received < UlogLayout.HEADERS_BYTES) {
            return new DecodedReply.Rejected(DecodedReply.Reason.TOO_SHORT);
        }
        long nlmsgLength = Integer.toUnsignedLong(datagram.getInt(base + UlogLayout.NLMSG_LEN));
        if (nlmsgLength < UlogLayout.HEADERS_BYTES || nlmsgLength > received) {
            return new DecodedReply.Rejected(DecodedReply.Reason.BAD_NLMSG_LEN);
        }
        if (nlmsgLength - UlogLayout.NLMSG_BYTES > UlogLayout.CONNECTOR_MAX_BYTES) {
            return new DecodedReply.Rejected(DecodedReply.Reason.TOO_LONG);
        }
        int length = Short.toUnsignedInt(datagram.getShort(base + UlogLayout.CN_LEN));
        if (UlogLayout.HEADERS_BYTES + length > nlmsgLength) {
            return new DecodedReply.Rejected(DecodedReply.Reason.BAD_LENGTH);
        }
        if (!isForUserspaceLog(datagram, base)) {
            return new DecodedReply.Rejected(DecodedReply.Reason.FOREIGN_ID);
        }
        if (length == 0) {
            return new UlogAnswer(datagram.getInt(base + UlogLayout.CN_SEQ),
                    -datagram.getInt(base + UlogLayout.CN_ACK), true, 0, NOTHING);
        }
        if (length < UlogLayout.ULOG_BYTES) {
            return new DecodedReply.Rejected(DecodedReply.Reason.INCOMPLETE);
        }
        int dataSize = datagram.getInt(base + UlogLayout.DATA_SIZE);
        int there = length - UlogLayout.ULOG_BYTES;
        int payloadSize = Integer.compareUnsigned(dataSize, there) < 0 ? dataSize : there;
        return new UlogAnswer(datagram.getInt(base + UlogLayout.SEQ), datagram.getInt(base + UlogLayout.ERROR), false,
                dataSize, bytes(datagram, base + UlogLayout.DATA, payloadSize));
    }

    private static Decoded dropped(Reason reason) {
        return new Decoded.Rejected(reason, OptionalInt.empty());
    }

    /**
     * The headers are right, the body is not: worth a NACK if both headers name the same sequence number, as the
     * kernel's do.
     */
    private static Decoded broken(Reason reason, ByteBuffer datagram, int base) {
        int seq = datagram.getInt(base + UlogLayout.CN_SEQ);
        boolean isPlausible = seq == datagram.getInt(base + UlogLayout.NLMSG_SEQ);
        return new Decoded.Rejected(reason, isPlausible ? OptionalInt.of(seq) : OptionalInt.empty());
    }

    private static boolean isForUserspaceLog(ByteBuffer datagram, int base) {
        return datagram.getInt(base + UlogLayout.CN_IDX) == UlogLayout.CN_IDX_DM
                && datagram.getInt(base + UlogLayout.CN_VAL) == UlogLayout.CN_VAL_DM_USERSPACE_LOG;
    }

    /** Characters before the first NUL; -1 without a NUL. */
    private static int uuidLength(ByteBuffer datagram, int base) {
        for (int i = 0; i < UlogLayout.UUID_BYTES; i++) {
            if (datagram.get(base + UlogLayout.UUID + i) == 0) {
                return i;
            }
        }
        return -1;
    }

    private static String uuid(ByteBuffer datagram, int base, int length) {
        byte[] scratch = UUID_SCRATCH.get();
        datagram.get(base + UlogLayout.UUID, scratch, 0, length);
        return new String(scratch, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(ByteBuffer datagram, int at, int count) {
        if (count == 0) {
            return NOTHING;
        }
        byte[] bytes = new byte[count];
        datagram.get(at, bytes);
        return bytes;
    }

    private static void requireUuid(String uuid) {
        boolean fits = !uuid.isEmpty() && uuid.length() <= MAX_UUID_CHARS;
        for (int i = 0; fits && i < uuid.length(); i++) {
            fits = uuid.charAt(i) != 0 && uuid.charAt(i) <= 0xff;
        }
        if (!fits) {
            throw new IllegalArgumentException("a uuid has 1 to " + MAX_UUID_CHARS
                    + " one-byte characters and no NUL: " + uuid);
        }
    }

    private static int claim(ByteBuffer into, int bytes) {
        if (into.remaining() < bytes) {
            throw new BufferOverflowException();
        }
        into.order(HOST_ORDER);
        return into.position();
    }

    private static void putHeaders(ByteBuffer into, int base, int length, int cnSeq) {
        into.putInt(base + UlogLayout.NLMSG_LEN, UlogLayout.HEADERS_BYTES + length);
        into.putShort(base + UlogLayout.NLMSG_TYPE, (short) UlogLayout.NLMSG_DONE);
        into.putShort(base + UlogLayout.NLMSG_FLAGS, (short) 0);
        into.putInt(base + UlogLayout.NLMSG_SEQ, 0);
        into.putInt(base + UlogLayout.NLMSG_PID, 0);
        into.putInt(base + UlogLayout.CN_IDX, UlogLayout.CN_IDX_DM);
        into.putInt(base + UlogLayout.CN_VAL, UlogLayout.CN_VAL_DM_USERSPACE_LOG);
        into.putInt(base + UlogLayout.CN_SEQ, cnSeq);
        into.putInt(base + UlogLayout.CN_ACK, 0);
        into.putShort(base + UlogLayout.CN_LEN, (short) length);
        into.putShort(base + UlogLayout.CN_FLAGS, (short) 0);
    }

    private static void putBody(ByteBuffer into, int base, UlogRequest request, int error, int dataSize) {
        into.putLong(base + UlogLayout.LUID, request.luid());
        String uuid = request.uuid();
        for (int i = 0; i < uuid.length(); i++) {
            into.put(base + UlogLayout.UUID + i, (byte) uuid.charAt(i));
        }
        for (int at = UlogLayout.UUID + uuid.length(); at < UlogLayout.VERSION; at++) {
            into.put(base + at, (byte) 0);
        }
        into.putInt(base + UlogLayout.VERSION, request.version());
        into.putInt(base + UlogLayout.ERROR, error);
        into.putInt(base + UlogLayout.SEQ, request.seq());
        into.putInt(base + UlogLayout.REQUEST_TYPE, request.wireType());
        into.putInt(base + UlogLayout.DATA_SIZE, dataSize);
    }
}
