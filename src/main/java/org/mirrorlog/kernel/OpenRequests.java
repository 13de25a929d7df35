package org.mirrorlog.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which requests were read and have no reply yet, in memory that outlives the process. A kernel waits 15 s for a reply
 * before it asks again; a daemon that is started anew tells it at once that these were lost, and so were those sent
 * while nobody read: it asks again under new numbers. Nothing else is kept of a request, so that no successor can
 * execute an old one (a CLEAR that was read before a MARK, and carried out after it, would be a false clean; 2.3).
 *
 * <p>Layout, little endian: magic, boot id, the last number read from each of {@value #MOST_PEERS} kernels, their
 * names, and {@value #SLOTS} slots of eight bytes: number, and kernel plus one, or 0. A slot that is needed again is
 * overwritten: that request has been asked again by its kernel long since, or will be.
 *
 * <p>{@link #read} is for one thread, {@link #replied} for another one.
 */
public final class OpenRequests {
    /** Size of the memory. */
    public static final int BYTES = 10_240;
    /** As many numbers after the last one that was read are asked for again: more than fit any socket's queue. */
    static final int UNREAD = 256;
    static final int MOST_PEERS = 16;
    static final int SLOTS = 1024;

    private static final long MAGIC = 0x3130_5152_474f_4c4dL;
    private static final int BOOT_ID = 8;
    private static final int BOOT_ID_BYTES = 64;
    private static final int LAST = BOOT_ID + BOOT_ID_BYTES;
    private static final int NAMES = LAST + MOST_PEERS * Long.BYTES;
    private static final int NAME_BYTES = 112;
    private static final int FIRST_SLOT = 2_048;
    private static final long IS_SET = 1L << 32;
    private static final int NO_PEER = -1;

    private final ByteBuffer memory;
    private Peer lastPeer;
    private int lastIndex = NO_PEER;

    /**
     * One request to be asked again.
     *
     * @param peer name of the kernel, {@link Peer#name}
     * @param seq its number, as the kernel has sent it
     */
    public record Lost(String peer, int seq) { }

    private OpenRequests(ByteBuffer memory) {
        this.memory = memory;
    }

    /**
     * Goes on with what is there; begins anew if it is of another boot, or nothing that this class has written.
     *
     * @param memory {@value #BYTES} bytes, which nobody else writes
     * @param bootId of the kernels
     */
    public static OpenRequests over(ByteBuffer memory, String bootId) {
        OpenRequests open = new OpenRequests(memory.order(ByteOrder.LITTLE_ENDIAN));
        byte[] boot = Arrays.copyOf(bootId.getBytes(StandardCharsets.UTF_8), BOOT_ID_BYTES);
        byte[] stored = new byte[BOOT_ID_BYTES];
        memory.get(BOOT_ID, stored);
        if (memory.getLong(0) != MAGIC || !Arrays.equals(boot, stored)) {
            memory.putLong(0, 0);
            memory.put(BOOT_ID, new byte[BYTES - BOOT_ID]);
            memory.put(BOOT_ID, boot);
            memory.putLong(0, MAGIC);
        }
        return open;
    }

    /** A request was read; before it is handed on. */
    void read(int seq, Peer from) {
        if (from != lastPeer) {
            lastPeer = from;
            lastIndex = index(from.name());
        }
        read(seq, lastIndex);
    }

    /** The same of a kernel by name, for those that have no socket. */
    public void read(int seq, String peer) {
        read(seq, index(peer));
    }

    private void read(int seq, int index) {
        if (index != NO_PEER) {
            memory.putLong(slot(seq), note(index, seq));
            memory.putLong(LAST + index * Long.BYTES, IS_SET | Integer.toUnsignedLong(seq));
        }
    }

    /** Its reply is on its way. */
    public void replied(int seq) {
        int slot = slot(seq);
        if ((int) memory.getLong(slot) == seq) {
            memory.putLong(slot, 0);
        }
    }

    /**
     * What an earlier start has left: requests without a reply, by kernel and number, and then those which it has not
     * read. The kernel ignores numbers for which nobody waits.
     *
     * @param isQueueKept whether the socket of that start is still there, with what it has not read
     */
    public List<Lost> lost(boolean isQueueKept) {
        List<Lost> lost = new ArrayList<>();
        for (int index = 0; index < MOST_PEERS; index++) {
            long last = memory.getLong(LAST + index * Long.BYTES);
            if (last == 0) {
                continue;
            }
            String peer = name(index);
            for (int back = SLOTS - 1; back >= 0; back--) {
                int seq = (int) last - back;
                if (memory.getLong(slot(seq)) == note(index, seq)) {
                    lost.add(new Lost(peer, seq));
                }
            }
            for (int next = 1; next <= UNREAD && !isQueueKept; next++) {
                lost.add(new Lost(peer, (int) last + next));
            }
        }
        return lost;
    }

    /** All of them were asked for again. */
    public void forget() {
        memory.put(FIRST_SLOT, new byte[BYTES - FIRST_SLOT]);
    }

    /** What a slot holds. */
    private static long note(int index, int seq) {
        return index + 1L << 32 | Integer.toUnsignedLong(seq);
    }

    private static int slot(int seq) {
        return FIRST_SLOT + Math.floorMod(seq, SLOTS) * Long.BYTES;
    }

    /** The place of this kernel, taken now if need be; none where all are taken or the name is too long. */
    private int index(String peer) {
        byte[] bytes = peer.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= NAME_BYTES) {
            return NO_PEER;
        }
        for (int index = 0; index < MOST_PEERS; index++) {
            int at = NAMES + index * NAME_BYTES;
            if (memory.get(at) == 0) {
                memory.put(at + 1, bytes);
                memory.put(at, (byte) bytes.length);
                return index;
            }
            if (name(index).equals(peer)) {
                return index;
            }
        }
        return NO_PEER;
    }

    private String name(int index) {
        int at = NAMES + index * NAME_BYTES;
        byte[] bytes = new byte[memory.get(at)];
        memory.get(at + 1, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
