package org.mirrorlog.posix;

import jnr.ffi.Pointer;

/**
 * Native memory of one receiving thread: {@code msghdr} with one {@code iovec}, room for the sender's address and its
 * credentials, and the two {@code pollfd} to wait on. Reused for every datagram.
 *
 * <pre>
 *   0 msg_name      8 msg_namelen   16 msg_iov   24 msg_iovlen   32 msg_control   40 msg_controllen   48 msg_flags
 *  56 iov_base     64 iov_len
 *  72 control: cmsg_len (8), cmsg_level (4), cmsg_type (4), ucred (12), padding (4)
 * 104 pollfd of the socket (8), pollfd of the wake-up descriptor (8)
 * 120 sender's address
 * </pre>
 */
final class MessageHeader {
    private static final int NAME_LENGTH = 8;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int IOV_BASE = 56;
    private static final int IOV_LENGTH = 64;
    private static final int CONTROL = 72;
    private static final int CMSG_LEVEL = CONTROL + 8;
    private static final int CMSG_TYPE = CONTROL + 12;
    private static final int CMSG_DATA = CONTROL + 16;
    private static final int CMSG_HEADER_BYTES = 16;
    /**
     * Exactly one message with credentials: what else a sender attaches, descriptors above all, finds no room and is
     * released by the kernel instead of being installed in this process.
     */
    private static final int CONTROL_BYTES = 32;
    private static final int POLL = 104;
    private static final int POLL_WAKE = 112;
    /** Offset of the sender's address. */
    static final int NAME = 120;
    private static final int TOTAL_BYTES = NAME + 128;

    private final Pointer memory = Linux.allocate(TOTAL_BYTES);

    MessageHeader(int fd, int wakeFd) {
        memory.putLong(0, memory.address() + NAME);
        memory.putLong(16, memory.address() + IOV_BASE);
        memory.putLong(24, 1);
        memory.putLong(32, memory.address() + CONTROL);
        memory.putInt(POLL, fd);
        memory.putShort(POLL + 4, Linux.POLLIN);
        memory.putInt(POLL_WAKE, wakeFd);
        memory.putShort(POLL_WAKE + 4, Linux.POLLIN);
    }

    /** Makes ready for one recvmsg into {@code length} bytes at {@code address}. */
    void aim(long address, int length) {
        memory.putInt(NAME_LENGTH, UnixAddress.MAX_SOCKADDR_BYTES);
        memory.putLong(IOV_BASE, address);
        memory.putLong(IOV_LENGTH, length);
        memory.putLong(CONTROL_LENGTH, CONTROL_BYTES);
        memory.putInt(FLAGS, 0);
    }

    long address() {
        return memory.address();
    }

    long pollAddress() {
        return memory.address() + POLL;
    }

    /** Whether the last poll saw the wake-up descriptor. */
    boolean isWoken() {
        return memory.getShort(POLL_WAKE + 6) != 0;
    }

    /** Memory that holds the sender's address at {@link #NAME}. */
    Pointer memory() {
        return memory;
    }

    int nameLength() {
        return memory.getInt(NAME_LENGTH);
    }

    /** Whether the kernel attached the sender's credentials. */
    boolean hasCredentials() {
        return memory.getLong(CONTROL_LENGTH) >= CMSG_HEADER_BYTES + Credentials.SIZE
                && memory.getInt(CMSG_LEVEL) == Linux.SOL_SOCKET
                && memory.getInt(CMSG_TYPE) == Linux.SCM_CREDENTIALS;
    }

    int uid() {
        return memory.getInt(CMSG_DATA + 4);
    }

    Credentials credentials() {
        return Credentials.read(memory, CMSG_DATA);
    }
}
