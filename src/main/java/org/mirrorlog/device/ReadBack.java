package org.mirrorlog.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.mirrorlog.posix.RawFile;

/**
 * A window on what the device really holds, to be compared with the image. One buffer, used again for every window, and
 * no larger than the log.
 */
final class ReadBack {
    private static final int WINDOW_BYTES = 256 * 1024;

    private final Transfers transfers;
    private final LogImage image;
    private final int blockBytes;
    private final int windowBlocks;
    private final ByteBuffer window;
    private int firstBlock;

    ReadBack(Transfers transfers, LogImage image, int blockBytes) {
        this.transfers = transfers;
        this.image = image;
        this.blockBytes = blockBytes;
        this.windowBlocks = Math.min(WINDOW_BYTES / blockBytes, image.blockCount());
        this.window = RawFile.alignedBuffer(windowBlocks * blockBytes);
    }

    /** How many blocks a window holds. */
    int windowBlocks() {
        return windowBlocks;
    }

    /** Reads the blocks from {@code first} to before {@code end}; false if the device refuses. */
    boolean load(int first, int end) {
        firstBlock = first;
        try {
            transfers.read(window.clear().limit((end - first) * blockBytes), (long) first * blockBytes);
            return true;
        } catch (IOException e) {
            // Reported as unreadable blocks: all of them are rewritten, which either heals the device or fails it.
            return false;
        }
    }

    /** Whether a block of the window is not what the image says. */
    boolean differs(int block) {
        return window.slice((block - firstBlock) * blockBytes, blockBytes).mismatch(image.blocks(block, 1)) >= 0;
    }
}
