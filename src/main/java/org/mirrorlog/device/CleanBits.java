package org.mirrorlog.device;

import java.nio.ByteBuffer;

/** Where the device takes the clean bits from: the state of the log at the moment of the call. */
@FunctionalInterface
public interface CleanBits {
    /**
     * Fills every remaining byte of {@code into}: bit i (least significant first) of the k-th byte is 1 if region
     * {@code firstRegion + 8k + i} is clean, 0 if it is dirty or not below the region count.
     *
     * <p>A block is written whole, so that bits around the changed ones reach the device too: only accepted events may
     * be visible here.
     *
     * @param firstRegion a multiple of 8
     * @param into at most 64 KiB remaining; its position must be at its limit afterwards
     */
    void fill(long firstRegion, ByteBuffer into);
}
