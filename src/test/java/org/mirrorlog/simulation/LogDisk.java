package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.RegionSet;

/**
 * The bytes of one log device, as blocks: the header and the clean bits of some regions each. Written blocks lie in a
 * volatile cache until a flush; a power loss leaves of each block the old content or one of those written since.
 *
 * <p>Knows besides, for the checkers only, which blocks a deposed owner wrote late: those may be cleaner than the truth
 * until they are repaired (D20).
 */
final class LogDisk {
    static final int REGIONS_PER_BLOCK = 4;
    private static final int BLOCKS = 33;
    private static final Block NOTHING = new Block(null, false, false);

    /** Block 0. */
    record Header(Geometry geometry, int journal, boolean isActive, long logNumber) { }

    /** Any other block: bit i is 1 if region i of the block is clean. */
    record Bits(long clean) { }

    /** What somebody wrote; late: after another owner was accepted, too late: even after the last reading back. */
    private record Block(Object content, boolean isLate, boolean isTooLate) { }

    private final Block[] durable = new Block[BLOCKS];
    private final List<List<Block>> cached = new ArrayList<>();
    private boolean isKeptUp;
    private boolean isNeglected;
    private boolean isSettling;
    private long lateWrites;
    private long changes;

    LogDisk() {
        for (int i = 0; i < BLOCKS; i++) {
            durable[i] = NOTHING;
            cached.add(new ArrayList<>());
        }
    }

    static int blockOf(long region) {
        return 1 + (int) (region / REGIONS_PER_BLOCK);
    }

    /** Grows with every write. */
    long changes() {
        return changes;
    }

    /** How often a deposed owner wrote late. */
    long lateWrites() {
        return lateWrites;
    }

    /** Whether a reader of the block finds this, whatever survives. */
    boolean holdsOnly(int block, Object content) {
        return survivors(block).allMatch(survivor -> content.equals(survivor.content));
    }

    /** Whether it was taken over at least once, and no write has failed since: what it holds counts. */
    boolean isKeptUp() {
        return isKeptUp;
    }

    void keptUp(boolean now) {
        isKeptUp = now;
        isNeglected = !now;
    }

    void write(int block, Object content, boolean isLate) {
        changes++;
        lateWrites += isLate ? 1 : 0;
        boolean isLeft = isSettling || read(0) instanceof Header header && !header.isActive;
        cached.get(block).add(new Block(content, isLate, isLate && isLeft));
        isSettling &= block != 0 || isLate;
    }

    /**
     * The owner reads the bits back for the last time, before it writes that nobody uses the log: later blocks are too
     * late.
     */
    void settle() {
        isSettling = true;
    }

    void flush() {
        changes++;
        for (int i = 0; i < BLOCKS; i++) {
            List<Block> written = cached.get(i);
            if (!written.isEmpty()) {
                durable[i] = written.get(written.size() - 1);
                written.clear();
            }
        }
    }

    Object read(int block) {
        List<Block> written = cached.get(block);
        return (written.isEmpty() ? durable[block] : written.get(written.size() - 1)).content;
    }

    void losePower(Dice dice) {
        changes++;
        for (int i = 0; i < BLOCKS; i++) {
            List<Block> written = cached.get(i);
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

    /** Everything that a reader of the block may find after a power loss at this moment. */
    private Stream<Block> survivors(int block) {
        return Stream.concat(Stream.of(durable[block]), cached.get(block).stream());
    }

    /** What its bits are for, as a reader sees it now. */
    Optional<Geometry> geometry() {
        return read(0) instanceof Header header ? Optional.of(header.geometry) : Optional.empty();
    }

    /** Whether its bits are for regions of this geometry, whatever survives. */
    boolean isOf(Geometry geometry) {
        return survivors(0)
                .allMatch(block -> block.content instanceof Header header && header.geometry.equals(geometry));
    }

    /**
     * Whether, after a power loss at this moment, it may say that nobody uses the log: then its bits are believed
     * (D21). What a deposed owner says of that counts as little as its bits, until they are repaired.
     */
    boolean mayStandAlone() {
        return survivors(0)
                .anyMatch(block -> block.content instanceof Header header && !header.isActive && !block.isLate);
    }

    /** Whether a write has failed, so that it says less than was to be written. */
    boolean isNeglected() {
        return isNeglected;
    }

    /**
     * Whether it may say that nobody uses the log, or nothing, when that is not so, and nobody but the journal knows
     * better.
     */
    boolean mayMislead() {
        return isWrittenLate() && survivors(0)
                .anyMatch(block -> block.content instanceof Header header && !header.isActive)
                || isNeglected && survivors(0)
                .anyMatch(block -> !(block.content instanceof Header header && header.isActive));
    }

    /** Whether a reader may find what a deposed owner wrote late. */
    boolean isWrittenLate() {
        for (int i = 0; i < BLOCKS; i++) {
            if (survivors(i).anyMatch(Block::isLate)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether the region could be read as clean after a power loss at this moment.
     *
     * @param lateToo also in what a deposed owner wrote late, before the last reading back: then it is repaired (D20)
     */
    boolean mayComeBackClean(long region, boolean lateToo) {
        return survivors(blockOf(region)).anyMatch(block -> isClean(block.content, region)
                && (lateToo ? !block.isTooLate : !block.isLate));
    }

    /** Whether the region would be read as dirty after a power loss at this moment, but for what was written late. */
    boolean isSafelyDirty(long region) {
        return durable[blockOf(region)].content instanceof Bits && !mayComeBackClean(region, false);
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
