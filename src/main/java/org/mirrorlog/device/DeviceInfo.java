package org.mirrorlog.device;

import java.util.Objects;

/**
 * Which device was opened.
 *
 * @param path what it was opened by, for messages
 * @param major device number; 0 for an image file
 * @param minor device number; 0 for an image file
 * @param blockSizeBytes logical block size, the smallest unit of a read or write; a power of two, 512 or more
 */
public record DeviceInfo(String path, int major, int minor, int blockSizeBytes) {
    static final int MIN_BLOCK_BYTES = 512;
    static final int MAX_BLOCK_BYTES = 65536;

    public DeviceInfo {
        Objects.requireNonNull(path, "path");
        if (!isBlockSize(blockSizeBytes)) {
            throw new IllegalArgumentException("logical block size of " + path + " must be a power of two, "
                    + MIN_BLOCK_BYTES + " to " + MAX_BLOCK_BYTES + ": " + blockSizeBytes);
        }
    }

    static boolean isBlockSize(int bytes) {
        return bytes >= MIN_BLOCK_BYTES && bytes <= MAX_BLOCK_BYTES && Integer.bitCount(bytes) == 1;
    }

    /** {@code major:minor}, as in tables and status lines. */
    public String number() {
        return major + ":" + minor;
    }
}
