package org.mirrorlog.device;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The clean bits as they were read. Immutable.
 *
 * <p>Only regions that the log on the device knows can be clean: bits from {@link #knownRegions()} on are 0, whatever
 * the device holds there (S23).
 */
public final class DiskBits {
    private final byte[] bits;
    private final long knownRegions;

    /** @param bits taken over, not copied; at least {@code knownRegions} bits */
    public DiskBits(byte[] bits, long knownRegions) {
        this.bits = bits;
        this.knownRegions = knownRegions;
        int knownBytes = (int) (knownRegions + 7 >>> 3);
        if ((knownRegions & 7) != 0) {
            bits[knownBytes - 1] &= (byte) ((1 << (knownRegions & 7)) - 1);
        }
        Arrays.fill(bits, knownBytes, bits.length, (byte) 0);
    }

    /** How many regions of this log the device describes: its own number or ours, whichever is less. */
    public long knownRegions() {
        return knownRegions;
    }

    /** Whether the device calls the region clean; false for regions that it does not know. */
    public boolean isClean(long region) {
        return region >= 0 && region < knownRegions && (bits[(int) (region >>> 3)] >>> (region & 7) & 1) == 1;
    }

    /** All bits of our regions, least significant bit first, as in {@link CleanBits}; read-only, at position 0. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bits).asReadOnlyBuffer();
    }
}
