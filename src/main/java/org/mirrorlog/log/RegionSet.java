package org.mirrorlog.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * An immutable set of region numbers from 0 to 2^32 − 1 with value equality. Operations share what does not change: one
 * region more or less copies at most 2 KiB, a whole range of regions takes no memory to speak of, and an operation that
 * changes nothing returns the same set. Any thread may use it.
 *
 * <p>Questions accept every region number (one outside the limits is not a member); what would put a region outside the
 * limits into a set throws IllegalArgumentException.
 */
public final class RegionSet {
    /** One more than the largest region number. */
    public static final long REGION_LIMIT = 1L << 32;

    private static final RegionSet EMPTY = new RegionSet(RegionNode.empty(RegionNode.ROOT_LEVEL));
    private static final int RANGES_SHOWN = 8;

    private final RegionNode root;
    /** 0 until it is computed; a race computes the same value twice. */
    private int hash;

    private RegionSet(RegionNode root) {
        this.root = root;
    }

    /** Receives consecutive members. */
    @FunctionalInterface
    public interface RangeConsumer {
        /** Regions {@code from} to {@code toExclusive} − 1; ranges come in ascending order with gaps between them. */
        void accept(long from, long toExclusive);
    }

    static RegionSet of(RegionNode root) {
        return root.isEmpty() ? EMPTY : new RegionSet(root);
    }

    RegionNode root() {
        return root;
    }

    private RegionSet changedTo(RegionNode changed) {
        return changed == root ? this : of(changed);
    }

    /** No regions. */
    public static RegionSet empty() {
        return EMPTY;
    }

    /** These regions, in any order and as often as you like. */
    public static RegionSet of(long... regions) {
        long[] sorted = regions.clone();
        Arrays.sort(sorted);
        int count = 0;
        for (long region : sorted) {
            checkRegion(region);
            if (count == 0 || sorted[count - 1] != region) {
                sorted[count++] = region;
            }
        }
        return of(RegionNode.ofSorted(RegionNode.ROOT_LEVEL, sorted, 0, count, 0));
    }

    /** The regions of a stream, which need not be sorted (a sorted one is much faster). */
    public static RegionSet of(LongStream regions) {
        RegionSetBuilder builder = new RegionSetBuilder();
        regions.sequential().forEachOrdered(builder::add);
        return builder.build();
    }

    /** Regions {@code from} to {@code toExclusive} − 1. */
    public static RegionSet range(long from, long toExclusive) {
        checkRange(from, toExclusive);
        return of(RegionNode.range(RegionNode.ROOT_LEVEL, from, toExclusive));
    }

    /**
     * Reads a bitmap in the layout of the log device, and moves the position behind it: region {@code firstRegion} + i
     * is a member if bit i mod 8 of byte i / 8 is 1.
     *
     * @param firstRegion a multiple of 8
     * @param count number of regions; later bits of the last byte are ignored
     */
    public static RegionSet fromBits(ByteBuffer littleEndianBits, long firstRegion, long count) {
        return RegionBits.read(littleEndianBits, firstRegion, count);
    }

    public boolean isEmpty() {
        return root.isEmpty();
    }

    /** Number of members. */
    public long size() {
        return root.size;
    }

    public boolean contains(long region) {
        return region >= 0 && region < REGION_LIMIT && root.contains(region);
    }

    public boolean containsAll(RegionSet other) {
        return NodeAlgebra.containsAll(root, other.root);
    }

    /** Whether any region is in both sets. */
    public boolean intersects(RegionSet other) {
        return NodeAlgebra.intersects(root, other.root);
    }

    public RegionSet with(long region) {
        checkRegion(region);
        return changedTo(root.with(region));
    }

    public RegionSet without(long region) {
        return contains(region) ? of(root.without(region)) : this;
    }

    /** The union. */
    public RegionSet with(RegionSet other) {
        RegionNode union = NodeAlgebra.union(root, other.root);
        return union == root ? this : union == other.root ? other : of(union);
    }

    /** The members that the other set lacks. */
    public RegionSet minus(RegionSet other) {
        return changedTo(NodeAlgebra.difference(root, other.root));
    }

    /** The intersection. */
    public RegionSet and(RegionSet other) {
        RegionNode common = NodeAlgebra.intersection(root, other.root);
        return common == root ? this : common == other.root ? other : of(common);
    }

    public RegionSet withRange(long from, long toExclusive) {
        return with(range(from, toExclusive));
    }

    public RegionSet withoutRange(long from, long toExclusive) {
        return minus(range(from, toExclusive));
    }

    /** The members smaller than a limit, which is not negative and may exceed {@link #REGION_LIMIT}. */
    public RegionSet below(long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit " + limit + ": allowed are 0 and more");
        }
        return limit >= REGION_LIMIT ? this : withoutRange(limit, REGION_LIMIT);
    }

    /** The smallest member at or above {@code from}, which is not negative; −1 when there is none. */
    public long next(long from) {
        checkStart(from);
        return from < REGION_LIMIT ? root.next(from) : -1;
    }

    /** The smallest number at or above {@code from} that is no member; it may be {@link #REGION_LIMIT} or more. */
    public long nextAbsent(long from) {
        checkStart(from);
        return from < REGION_LIMIT ? root.nextAbsent(from) : from;
    }

    /** The smallest member, or −1. */
    public long first() {
        return next(0);
    }

    /** Shows every member in ascending order. */
    public void forEach(LongConsumer consumer) {
        forEachRange((from, toExclusive) -> {
            for (long region = from; region < toExclusive; region++) {
                consumer.accept(region);
            }
        });
    }

    /** Shows the members as the fewest ranges, in ascending order. */
    public void forEachRange(RangeConsumer consumer) {
        RunJoiner joiner = new RunJoiner(consumer);
        root.visit(0, joiner);
        joiner.finish();
    }

    /**
     * All members in ascending order.
     *
     * @throws IllegalStateException when they do not fit into an array
     */
    public long[] toArray() {
        if (size() > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException(size() + " regions do not fit into an array");
        }
        long[] regions = new long[(int) size()];
        int[] count = {0};
        forEach(region -> regions[count[0]++] = region);
        return regions;
    }

    /**
     * Fills the remaining bytes of a buffer with bits in the layout of the log device, the first bit for
     * {@code firstRegion}: 1 for a member, or for a non-member if {@code inverted}. Regions at or above
     * {@code regionCount} give 0.
     *
     * @param firstRegion a multiple of 8
     */
    public void fillBits(long firstRegion, ByteBuffer into, boolean inverted, long regionCount) {
        RegionBits.write(this, firstRegion, into, inverted, regionCount);
    }

    /** Number of bytes that {@link #encode} writes. */
    public int encodedSize() {
        return RegionSetCodec.encodedSize(this);
    }

    /**
     * Writes the set at the position of the buffer, in the form of {@link RegionSetCodec}; the byte order is left
     * alone.
     */
    public void encode(ByteBuffer into) {
        RegionSetCodec.encode(this, into);
    }

    /**
     * Reads what {@link #encode} wrote and moves the position behind it.
     *
     * @param regionLimit regions at or above it are refused; it also bounds the memory that bad bytes can take
     * @throws IllegalArgumentException when the bytes are no such set; the position stays
     */
    public static RegionSet decode(ByteBuffer from, long regionLimit) {
        return RegionSetCodec.decode(from, regionLimit);
    }

    /** {@link #decode(ByteBuffer, long)} for all regions, for bytes that are trusted. */
    public static RegionSet decode(ByteBuffer from) {
        return RegionSetCodec.decode(from, REGION_LIMIT);
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof RegionSet that && root.isEqualTo(that.root);
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = root.hash();
        }
        return hash;
    }

    /** The first ranges and the number of regions after them: {@code {0-99, 200, ... 3 more}}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        long shown = 0;
        long from = first();
        for (int i = 0; i < RANGES_SHOWN && from >= 0; i++) {
            long end = nextAbsent(from);
            text.append(i == 0 ? "" : ", ").append(from);
            if (end - from > 1) {
                text.append('-').append(end - 1);
            }
            shown += end - from;
            from = next(end);
        }
        return (shown < size() ? text.append(", ... ").append(size() - shown).append(" more") : text).append('}')
                .toString();
    }

    static void checkRegion(long region) {
        if (region < 0 || region >= REGION_LIMIT) {
            throw new IllegalArgumentException("region " + region + ": allowed are 0 to " + (REGION_LIMIT - 1));
        }
    }

    static void checkRange(long from, long toExclusive) {
        if (from < 0 || from > toExclusive || toExclusive > REGION_LIMIT) {
            throw new IllegalArgumentException(
                    "regions " + from + " to " + toExclusive + " (exclusive): allowed are 0 <= from <= to <= "
                    + REGION_LIMIT);
        }
    }

    private static void checkStart(long from) {
        if (from < 0) {
            throw new IllegalArgumentException("region " + from + ": allowed are 0 and more");
        }
    }
}
