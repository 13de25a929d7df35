package org.mirrorlog.posix;

import jnr.ffi.Pointer;

/**
 * Native {@code msghdr} with one {@code iovec} for sending; one per sending thread, reused for every datagram.
 *
 * <pre>
 *   0 msg_name      8 msg_namelen   16 msg_iov   24 msg_iovlen   32 msg_control   40 msg_controllen   48 msg_flags
 *  56 iov_base     64 iov_len
 *  72 control, for a descriptor: cmsg_len (8), cmsg_level (4), cmsg_type (4), descriptor (4), padding (4)
 * </pre>
 */
final class SendHeader {
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int IOV = 16;
    private static final int IOV_COUNT = 24;
    private static final int CONTROL_ADDRESS = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int IOV_BASE = 56;
    private static final int IOV_LENGTH = 64;
    private static final int CONTROL = 72;
    private static final int CONTROL_BYTES = 24;
    private static final int CMSG_HEADER_BYTES = 16;

    private static final ThreadLocal<SendHeader> OWN = ThreadLocal.withInitial(SendHeader::new);

    private final Pointer memory = Linux.allocate(CONTROL + CONTROL_BYTES);
    private final long address = memory.address();

    private SendHeader() {
        memory.putLong(IOV, address + IOV_BASE);
        memory.putLong(IOV_COUNT, 1);
    }

    /** The calling thread's header. */
    static SendHeader own() {
        return OWN.get();
    }

    /** A header of its own whose datagrams carry a descriptor to another process. */
    static SendHeader carrying(int descriptor) {
        SendHeader header = new SendHeader();
        Pointer memory = header.memory;
        memory.putLong(CONTROL_ADDRESS, header.address + CONTROL);
        memory.putLong(CONTROL_LENGTH, CONTROL_BYTES);
        memory.putLong(CONTROL, CMSG_HEADER_BYTES + Integer.BYTES);
        memory.putInt(CONTROL + 8, Linux.SOL_SOCKET);
        memory.putInt(CONTROL + 12, Linux.SCM_RIGHTS);
        memory.putInt(CONTROL + CMSG_HEADER_BYTES, descriptor);
        return header;
    }

    /** Makes ready for sending {@code length} bytes at {@code data} to a sockaddr; 0 for the connected receiver. */
    void aim(long data, int length, long sockaddr, int sockaddrLength) {
        memory.putLong(NAME, sockaddr);
        memory.putInt(NAME_LENGTH, sockaddrLength);
        memory.putLong(IOV_BASE, data);
        memory.putLong(IOV_LENGTH, length);
    }

    long address() {
        return address;
    }
}
