package org.mirrorlog.posix;

import jnr.ffi.Pointer;

/** Native {@code msghdr} with one {@code iovec} for sending; one per sending thread, reused for every datagram. */
final class SendHeader {
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int IOV = 16;
    private static final int IOV_COUNT = 24;
    private static final int IOV_BASE = 56;
    private static final int IOV_LENGTH = 64;
    private static final int TOTAL_BYTES = 72;

    private static final ThreadLocal<SendHeader> OWN = ThreadLocal.withInitial(SendHeader::new);

    private final Pointer memory = Linux.allocate(TOTAL_BYTES);
    private final long address = memory.address();

    private SendHeader() {
        memory.putLong(IOV, address + IOV_BASE);
        memory.putLong(IOV_COUNT, 1);
    }

    /** The calling thread's header. */
    static SendHeader own() {
        return OWN.get();
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
