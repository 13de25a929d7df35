package org.mirrorlog.protocol;

import java.util.Objects;
import java.util.OptionalInt;

/** What the daemon makes of one received datagram: a request, or the reason why it is dropped. */
public sealed interface Decoded permits Decoded.Request, Decoded.Rejected {

    /** A well-formed request; its type may still be unknown, which is answered EINVAL. */
    record Request(UlogRequest request) implements Decoded {
        public Request {
            Objects.requireNonNull(request, "request");
        }
    }

    /**
     * A datagram to count and drop.
     *
     * @param reason the first rule that it breaks
     * @param nackSeq where the headers are right and only the body is broken: the sequence number for a short ack
     *     EAGAIN, on which the kernel sends the request again at once; empty: say nothing
     */
    record Rejected(Reason reason, OptionalInt nackSeq) implements Decoded {
        public Rejected {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(nackSeq, "nackSeq");
        }
    }

    /** The rules of acceptance, in the order in which they are checked. */
    enum Reason {
        /** Shorter than its headers (nothing to answer) or than headers and request structure. */
        TOO_SHORT,
        /** An NLMSG_ERROR report; worth a log line. */
        NETLINK_ERROR,
        /** A netlink type other than NLMSG_DONE. */
        NOT_DONE_TYPE,
        /** Another connector's message: (idx, val) is not (7, 1). */
        FOREIGN_ID,
        /** cn_msg.len is less than the request structure or more than was received. */
        BAD_LENGTH,
        /** request_type is 0: the body arrived zeroed. */
        ZERO_TYPE,
        /** data_size is more than cn_msg.len leaves for it. */
        BAD_DATA_SIZE,
        /** The uuid is empty or has no NUL within its 129 bytes. */
        BAD_UUID,
        /** Protocol version 0. */
        BAD_VERSION
    }
}
