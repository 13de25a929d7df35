package org.mirrorlog.posix;

/**
 * The addresses lately seen by one receiving thread, so that a datagram from a known sender allocates nothing. Bounded:
 * the oldest entry makes room.
 */
final class SenderCache {
    static final int CAPACITY = 64;

    private final UnixAddress[] known = new UnixAddress[CAPACITY];
    private int next;
    private UnixAddress last = UnixAddress.UNNAMED;

    /** The address that the header of the last received datagram holds. */
    UnixAddress find(MessageHeader header) {
        int length = header.nameLength();
        if (last.isAt(header.memory(), MessageHeader.NAME, length)) {
            return last;
        }
        for (int i = 0; i < CAPACITY && known[i] != null; i++) {
            if (known[i].isAt(header.memory(), MessageHeader.NAME, length)) {
                last = known[i];
                return last;
            }
        }
        last = UnixAddress.read(header.memory(), MessageHeader.NAME, length);
        if (!last.isUnnamed()) {
            known[next] = last;
            next = (next + 1) % CAPACITY;
        }
        return last;
    }
}
