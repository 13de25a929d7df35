package org.mirrorlog.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.mirrorlog.posix.RawFile;

/**
 * The bytes of the log as they are, or are about to be, on the device. Always little-endian, a whole number of blocks,
 * fit for direct I/O.
 *
 * <pre>
 * offset size        field
 *      0    4        magic 0x4D695272
 *      4    4        version, 2
 *      8    8        number of regions, unsigned
 *     16  120        private header (see {@link PrivateHeader})
 *    136  888        anything; kept
 *   1024  ceil(n/8)  clean bits, least significant bit first, 1 = clean
 * </pre>
 */
final class LogImage {
    static final int MAGIC = 0x4D695272;
    static final int VERSION = 2;
    static final int OLD_VERSION = 1;
    static final int HEADER_BYTES = 1024;
    static final long MAX_REGIONS = 0xffff_ffffL;

    private static final int VERSION_AT = 4;
    private static final int NR_REGIONS_AT = 8;

    private final long regionCount;
    private final int blockBytes;
    private final int bitmapBytes;
    private final ByteBuffer bytes;
    private final ByteBuffer scratch;

    /** @param regionCount 1 to 2^32-1; the image takes that many bits of direct memory */
    LogImage(long regionCount, int blockBytes) {
        this.regionCount = regionCount;
        this.blockBytes = blockBytes;
        this.bitmapBytes = (int) (regionCount + 7 >>> 3);
        this.bytes = RawFile.alignedBuffer((int) neededBytes(regionCount, blockBytes)).order(ByteOrder.LITTLE_ENDIAN);
        this.scratch = ByteBuffer.allocate(blockBytes);
    }

    /** Size of a log: header and bitmap, rounded up to whole blocks. */
    static long neededBytes(long regionCount, int blockBytes) {
        long bytes = HEADER_BYTES + (regionCount + 7 >>> 3);
        return (bytes + blockBytes - 1) / blockBytes * blockBytes;
    }

    int blockCount() {
        return bytes.capacity() / blockBytes;
    }

    /** How many blocks hold the bytes before the bitmap; the last of them may hold bits too. */
    int headerBlocks() {
        return (HEADER_BYTES + blockBytes - 1) / blockBytes;
    }

    /** The block that holds a region's bit. */
    int blockOf(long region) {
        return (int) ((HEADER_BYTES + (region >>> 3)) / blockBytes);
    }

    /** A view of {@code count} blocks from {@code first} on, for reading or writing the device. */
    ByteBuffer blocks(int first, int count) {
        return bytes.slice(first * blockBytes, count * blockBytes);
    }

    /** What these bytes mean, if the device has just been read into them. */
    Contents contents() {
        if (bytes.getInt(0) != MAGIC) {
            return new Contents.BadMagic(bytes.getInt(0));
        }
        int version = bytes.getInt(VERSION_AT);
        if (version != VERSION && version != OLD_VERSION) {
            return new Contents.BadVersion(version);
        }
        long nrRegions = bytes.getLong(NR_REGIONS_AT);
        byte[] bits = new byte[bitmapBytes];
        bytes.get(HEADER_BYTES, bits);
        long known = Long.compareUnsigned(nrRegions, regionCount) < 0 ? nrRegions : regionCount;
        byte[] header = new byte[PrivateHeader.BYTES];
        bytes.get(PrivateHeader.OFFSET, header);
        Optional<PrivateHeader> ours = PrivateHeader.decode(header, nrRegions);
        return new Contents.Readable(nrRegions, new DiskBits(bits, known), ours);
    }

    /** Writes the header; what lies between it and the bitmap stays, what lies behind the bitmap becomes zero. */
    void putHeader(PrivateHeader header) {
        bytes.putInt(0, MAGIC).putInt(VERSION_AT, VERSION).putLong(NR_REGIONS_AT, regionCount);
        bytes.put(PrivateHeader.OFFSET, header.encode(regionCount));
        for (int at = HEADER_BYTES + bitmapBytes; at < bytes.capacity(); at++) {
            bytes.put(at, (byte) 0);
        }
    }

    /** Forgets everything: zeros. */
    void clear() {
        for (int at = 0; at < bytes.capacity(); at++) {
            bytes.put(at, (byte) 0);
        }
    }

    /** Takes the bits of one block from the log's state; whether any byte of the block changed. */
    boolean refresh(int block, CleanBits bits) {
        int from = Math.max(HEADER_BYTES, block * blockBytes);
        int to = Math.min(HEADER_BYTES + bitmapBytes, (block + 1) * blockBytes);
        if (from >= to) {
            return false;
        }
        scratch.clear().limit(to - from);
        bits.fill((long) (from - HEADER_BYTES) << 3, scratch);
        if (scratch.hasRemaining()) {
            throw new IllegalStateException(
                    "clean bits left " + scratch.remaining() + " bytes of block " + block + " unfilled");
        }
        if (to == HEADER_BYTES + bitmapBytes && (regionCount & 7) != 0) {
            int last = to - from - 1;
            scratch.put(last, (byte) (scratch.get(last) & (1 << (regionCount & 7)) - 1));
        }
        ByteBuffer old = bytes.slice(from, to - from);
        if (old.mismatch(scratch.flip()) < 0) {
            return false;
        }
        old.put(scratch);
        return true;
    }
}
