package org.mirrorlog.protocol;

import java.util.OptionalInt;

/**
 * How much payload a reply must have. The kernel fails a request whose reply has one byte too many (ENOSPC) and reads
 * uninitialised memory where one is missing, so this is checked before anything is sent. Pure functions; any thread.
 */
public final class ReplySize {
    /** Most bytes of the device in a CTR reply, NUL included. */
    public static final int MAX_DEVICE_BYTES = 128;

    private ReplySize() { }

    /** Payload bytes of every success reply to this type; empty where the content decides: CTR and the status texts. */
    public static OptionalInt exactBytes(RequestType type) {
        switch (type) {
            case CTR: case STATUS_INFO: case STATUS_TABLE:
                return OptionalInt.empty();
            case GET_REGION_SIZE: case IS_CLEAN: case IN_SYNC: case GET_SYNC_COUNT:
                return OptionalInt.of(Long.BYTES);
            case GET_RESYNC_WORK: case IS_REMOTE_RECOVERING:
                return OptionalInt.of(2 * Long.BYTES);
            default:
                return OptionalInt.of(0);
        }
    }

    /** Whether the kernel can take this reply to this request; an unknown type takes nothing but an error. */
    public static boolean fits(UlogRequest request, Reply reply) {
        if (reply.isShortAck() || reply.error() != 0) {
            return reply.payloadSize() == 0;
        }
        RequestType type = request.type().orElse(null);
        if (type == null) {
            return false;
        }
        OptionalInt exact = exactBytes(type);
        if (exact.isPresent()) {
            return reply.payloadSize() == exact.getAsInt();
        }
        if (type == RequestType.CTR) {
            return fitsConstructor(request, reply);
        }
        return reply.payloadSize() >= 1 && reply.payloadSize() <= UlogCodec.MAX_REPLY_PAYLOAD_BYTES;
    }

    /**
     * Nothing, or exactly the device with its NUL in answer to the initial form of a disk log at version 2 or later.
     */
    private static boolean fitsConstructor(UlogRequest request, Reply reply) {
        if (reply.payloadSize() == 0) {
            return true;
        }
        return request.version() != 1
                && ConstructorString.parse(request.payload()) instanceof ConstructorString.Parsed parsed
                && !parsed.isReconnect()
                && parsed.spec().device().filter(device -> reply.equals(Reply.device(device))).isPresent();
    }
}
