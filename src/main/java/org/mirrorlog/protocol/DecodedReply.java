package org.mirrorlog.protocol;

import java.util.Objects;

/** What the kernel makes of one received datagram: an answer, or the reason why it is ignored. */
public sealed interface DecodedReply permits UlogAnswer, DecodedReply.Rejected {

    /** A datagram that the kernel drops without telling anybody. */
    record Rejected(Reason reason) implements DecodedReply {
        public Rejected {
            Objects.requireNonNull(reason, "reason");
        }
    }

    /** The kernel's checks, in its order. */
    enum Reason {
        /** Shorter than the netlink and connector headers. */
        TOO_SHORT,
        /** nlmsg_len is less than both headers or more than was received. */
        BAD_NLMSG_LEN,
        /** More than 16384 bytes after the netlink header. */
        TOO_LONG,
        /** cn_msg.len reaches beyond nlmsg_len. */
        BAD_LENGTH,
        /** (idx, val) is not (7, 1). */
        FOREIGN_ID,
        /** cn_msg.len is neither 0 nor at least the request structure. */
        INCOMPLETE
    }
}
