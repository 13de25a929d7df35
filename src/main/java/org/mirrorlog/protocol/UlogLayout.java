package org.mirrorlog.protocol;

/**
 * Where each field of one datagram lies, the same in both directions. All integers are in host byte order.
 *
 * <pre>
 *        0        2        4        6        8                12               16
 *      0 +--------+--------+--------+--------+-----------------+-----------------+
 *        | nlmsg_len       | type   | flags  | nlmsg_seq       | nlmsg_pid       |  nlmsghdr, 16 bytes
 *     16 +-----------------+--------+--------+-----------------+-----------------+
 *        | id.idx = 7      | id.val = 1      | seq             | ack             |  cn_msg, 20 bytes
 *     32 +--------+--------+-----------------+-----------------+-----------------+
 *        | len    | flags  | luid                              | uuid            |  dm_ulog_request, 160 bytes,
 *     48 +--------+--------+-----------------------------------+                 |  starts at 36
 *        | uuid, 129 bytes in all, ends with NUL                                 |
 *    160 |                          +-------------------------------------------+
 *        |                          173 padding, 3 bytes
 *    176 +-----------------+-----------------+-----------------+-----------------+
 *        | version         | error           | seq             | request_type    |
 *    192 +-----------------+-----------------+-----------------+-----------------+
 *        | data_size       | 196 payload, data_size bytes, then zeros to a multiple of 4 ...
 *        +-----------------+
 * </pre>
 *
 * <p>{@code luid} and every 64-bit word of the payload lie at offsets that are 4 modulo 8: access is unaligned. See
 * {@code linux/netlink.h}, {@code linux/connector.h} and {@code linux/dm-log-userspace.h}.
 */
final class UlogLayout {
    /** u32: header and content; with the padding on old kernels, without on new ones, so never a payload length. */
    static final int NLMSG_LEN = 0;
    /** u16: {@link #NLMSG_DONE} in both directions. */
    static final int NLMSG_TYPE = 4;
    /** u16: 0. */
    static final int NLMSG_FLAGS = 6;
    /** u32: the same number as {@link #CN_SEQ} in requests, 0 in replies. */
    static final int NLMSG_SEQ = 8;
    /** u32: 0 in requests; the kernel does not look at it in replies. */
    static final int NLMSG_PID = 12;
    /** Bytes of the netlink header. */
    static final int NLMSG_BYTES = 16;

    /** u32: {@link #CN_IDX_DM}. */
    static final int CN_IDX = 16;
    /** u32: {@link #CN_VAL_DM_USERSPACE_LOG}. */
    static final int CN_VAL = 20;
    /** u32: sequence number of the request; the key of a short ack, ignored in a full reply. */
    static final int CN_SEQ = 24;
    /** u32: 0 in requests and full replies; the positive errno of a short ack. */
    static final int CN_ACK = 28;
    /** u16: bytes after this header without padding; 0 in a short ack. */
    static final int CN_LEN = 32;
    /** u16: 0. */
    static final int CN_FLAGS = 34;
    /** Bytes of the netlink and connector headers; the whole of a short ack. */
    static final int HEADERS_BYTES = 36;

    /** u64: the table within the machine, a kernel address. */
    static final int LUID = 36;
    /** char[129]: the log, NUL-terminated. */
    static final int UUID = 44;
    /** Bytes of the uuid field, the NUL included. */
    static final int UUID_BYTES = 129;
    /** u32: protocol version, 1 or more. */
    static final int VERSION = 176;
    /** s32: 0 in requests; 0 or a negative errno in replies. */
    static final int ERROR = 180;
    /** u32: sequence number; the key by which the kernel finds the request of a full reply. */
    static final int SEQ = 184;
    /** u32: the low 8 bits are the type, the upper 24 are reserved. */
    static final int REQUEST_TYPE = 188;
    /** u32: bytes of the payload. */
    static final int DATA_SIZE = 192;
    /** The payload. */
    static final int DATA = 196;
    /** Bytes of dm_ulog_request without its payload. */
    static final int ULOG_BYTES = DATA - LUID;

    /** Netlink type of a complete message. */
    static final int NLMSG_DONE = 3;
    /** Netlink type of an error report. */
    static final int NLMSG_ERROR = 2;
    /** Connector index of the device mapper; also its multicast group. */
    static final int CN_IDX_DM = 7;
    /** Connector value of the userspace log. */
    static final int CN_VAL_DM_USERSPACE_LOG = 1;
    /** The most the connector takes after the netlink header. */
    static final int CONNECTOR_MAX_BYTES = 16384;
    /** Datagrams are padded with zeros to a multiple of this. */
    static final int ALIGNMENT = 4;

    private UlogLayout() { }
}
