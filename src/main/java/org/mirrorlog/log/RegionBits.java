package org.mirrorlog.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Region sets as the bits of the log device: little-endian, bit i of the bitmap is bit i mod 8 of byte i / 8. Works on
 * whole words where region and byte positions allow it. Byte order of the buffers does not matter and is left alone.
 */
final class RegionBits {
    private static final int WORD_MASK = RegionNode.LEAF_WORDS - 1;

    private RegionBits() {
    }

    /** See {@link RegionSet#fromBits}. */
    static RegionSet read(ByteBuffer bits, long firstRegion, long count) {
        checkFirst(firstRegion);
        if (count < 0 || count > RegionSet.REGION_LIMIT - firstRegion) {
            throw new IllegalArgumentException("bitmap of " + count + " regions from region " + firstRegion
                    + ": allowed are regions below " + RegionSet.REGION_LIMIT);
        }
        if (count + 7 >>> 3 > bits.remaining()) {
            throw new IllegalArgumentException("bitmap of " + count + " regions: " + (count + 7 >>> 3)
                    + " bytes needed, " + bits.remaining() + " present");
        }
        ByteBuffer in = bits.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        RegionSetBuilder builder = new RegionSetBuilder();
        long end = firstRegion + count;
        for (long region = firstRegion; region < end;) {
            long[] block = builder.block(region & -RegionNode.LEAF_REGIONS);
            long blockEnd = Math.min(end, (region & -RegionNode.LEAF_REGIONS) + RegionNode.LEAF_REGIONS);
            while (region < blockEnd) {
                int index = (int) (region >>> 6) & WORD_MASK;
                if ((region & 63) == 0 && blockEnd - region >= Long.SIZE) {
                    block[index] |= in.getLong();
                    region += Long.SIZE;
                } else {
                    long present = in.get() & lowBits(blockEnd - region) & 0xFF;
                    block[index] |= present << region;
                    region += Byte.SIZE;
                }
            }
        }
        bits.position(in.position());
        return builder.build();
    }

    /** See {@link RegionSet#fillBits}. */
    static void write(RegionSet set, long firstRegion, ByteBuffer into, boolean inverted, long regionCount) {
        checkFirst(firstRegion);
        if (regionCount < 0 || regionCount > RegionSet.REGION_LIMIT) {
            throw new IllegalArgumentException(
                    "bitmap of " + regionCount + " regions: allowed are 0 to " + RegionSet.REGION_LIMIT);
        }
        ByteBuffer out = into.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long flip = inverted ? -1L : 0;
        long end = firstRegion + 8L * out.remaining();
        long[] scratch = new long[RegionNode.LEAF_WORDS];
        long region = firstRegion;
        while (region < Math.min(end, regionCount)) {
            long base = region & -RegionNode.LEAF_REGIONS;
            long[] block = block(set.root(), base, scratch);
            long blockEnd = Math.min(end, base + RegionNode.LEAF_REGIONS);
            while (region < blockEnd) {
                long word = (block[(int) (region >>> 6) & WORD_MASK] ^ flip) >>> region & lowBits(regionCount - region);
                if ((region & 63) == 0 && blockEnd - region >= Long.SIZE) {
                    out.putLong(word);
                    region += Long.SIZE;
                } else {
                    out.put((byte) word);
                    region += Byte.SIZE;
                }
            }
        }
        while (out.remaining() >= Long.BYTES) {
            out.putLong(0);
        }
        while (out.hasRemaining()) {
            out.put((byte) 0);
        }
        into.position(out.position());
    }

    /** The words of the block that begins at {@code base}; not to be changed, valid until the next call. */
    private static long[] block(RegionNode root, long base, long[] scratch) {
        RegionNode node = root;
        long offset = base;
        while (node instanceof BranchNode branch) {
            int shift = RegionNode.childShift(branch.level);
            node = branch.children()[(int) (offset >>> shift)];
            offset &= (1L << shift) - 1;
        }
        if (node.level == 0 && !(node instanceof SparseNode)) {
            return node.words();
        }
        Arrays.fill(scratch, node.isFull() ? -1L : 0);
        if (node instanceof SparseNode few) {
            for (long member : few.sorted()) {
                if (member >= offset && member < offset + RegionNode.LEAF_REGIONS) {
                    scratch[(int) (member - offset >>> 6)] |= 1L << member;
                }
            }
        }
        return scratch;
    }

    /** A word with the lowest bits set, all of them for 64 or more, none for 0 or less. */
    private static long lowBits(long count) {
        return count >= Long.SIZE ? -1L : count <= 0 ? 0 : (1L << count) - 1;
    }

    private static void checkFirst(long firstRegion) {
        if (firstRegion < 0 || firstRegion > RegionSet.REGION_LIMIT || (firstRegion & 7) != 0) {
            throw new IllegalArgumentException("bitmap from region " + firstRegion
                    + ": allowed are multiples of 8 up to "
                    + RegionSet.REGION_LIMIT);
        }
    }
}
