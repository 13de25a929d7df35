package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.log.RegionSet;

/**
 * The bytes of one log device, as blocks: the header and the clean bits of some regions each. Written blocks lie in a
 * volatile cache until a flush; a power loss leaves of each block the old content or one of those written since.
 */
final class LogDisk {
    static final int REGIONS_PER_BLOCK = 4;
    private static final int BLOCKS = 33;

    /** Block 0. */
    record Header(long regions, boolean isActive, long logNumber) { }

    /** Any other block: bit i is 1 if region i of the block is clean. */
    record Bits(long clean) { }

    private final Object[] durable = new Object[BLOCKS];
    private final List<List<Object>> cached = new ArrayList<>();

    LogDisk() {
        for (int i = 0; i < BLOCKS; i++) {
            cached.add(new ArrayList<>());
        }
    }

    static int blockOf(long region) {
        return 1 + (int) (region / REGIONS_PER_BLOCK);
    }

    void write(int block, Object content) {
        cached.get(block).add(content);
    }

    void flush() {
        for (int i = 0; i < BLOCKS; i++) {
            List<Object> written = cached.get(i);
            if (!written.isEmpty()) {
                durable[i] = written.get(written.size() - 1);
                written.clear();
            }
        }
    }

    Object read(int block) {
        List<Object> written = cached.get(block);
        return written.isEmpty() ? durable[block] : written.get(written.size() - 1);
    }

    void losePower(Dice dice) {
        for (int i = 0; i < BLOCKS; i++) {
            List<Object> written = cached.get(i);
            int survivor = dice.below(written.size() + 1);
            durable[i] = survivor == 0 ? durable[i] : written.get(survivor - 1);
            written.clear();
        }
    }

    /** The clean regions that a reader sees now. */
    RegionSet clean(long regionCount) {
        RegionSet clean = RegionSet.empty();
        for (long region = 0; region < regionCount; region++) {
            if (isClean(read(blockOf(region)), region)) {
                clean = clean.with(region);
            }
        }
        return clean;
    }

    /** Whether the region could be read as clean after a power loss at this moment. */
    boolean mayComeBackClean(long region) {
        int block = blockOf(region);
        return isClean(durable[block], region) || cached.get(block).stream().anyMatch(content -> isClean(content, region));
    }

    /** Whether the region would be read as dirty after a power loss at this moment, whatever survives. */
    boolean isSafelyDirty(long region) {
        return durable[blockOf(region)] instanceof Bits && !mayComeBackClean(region);
    }

    private static boolean isClean(Object content, long region) {
        return content instanceof Bits bits && (bits.clean >> region % REGIONS_PER_BLOCK & 1) == 1;
    }

    /** What the block should hold when these regions are dirty. */
    static Bits bits(int block, RegionSet dirty, long regionCount) {
        long clean = 0;
        for (int i = 0; i < REGIONS_PER_BLOCK; i++) {
            long region = (block - 1L) * REGIONS_PER_BLOCK + i;
            clean |= region < regionCount && !dirty.contains(region) ? 1L << i : 0;
        }
        return new Bits(clean);
    }
}
