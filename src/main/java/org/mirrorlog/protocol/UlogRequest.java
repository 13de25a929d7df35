package org.mirrorlog.protocol;

import java.util.Objects;
import java.util.Optional;

/**
 * One well-formed request of the kernel. The payload is exactly {@code data_size} bytes in host byte order and is owned
 * by this value: nobody changes it.
 *
 * @param luid the table within the machine (a kernel address)
 * @param uuid the log, 1 to 128 characters, one per byte (ISO 8859-1), never empty
 * @param version protocol version, 1 or more
 * @param seq sequence number, unsigned 32 bits, wraps
 * @param wireType request type as received, upper 24 bits included
 * @param payload {@code data_size} bytes
 */
public record UlogRequest(long luid, String uuid, int version, int seq, int wireType, byte[] payload) {
    public UlogRequest {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(payload, "payload");
    }

    /** The type; empty for a number outside 1 to 17, which is answered EINVAL. */
    public Optional<RequestType> type() {
        return RequestType.ofCode(wireType);
    }
}
