package org.mirrorlog.instance;

/**
 * How much room a record needs at most, whatever befalls its table: it depends on the number of regions alone. A
 * half of the record takes every memory that there can be, and some changes after it.
 */
final class RecordRoom {
    /** Header and two of these make 8 KiB: what most logs need. */
    private static final long SMALLEST_HALF = 3_584;
    private static final long LEAST_CHANGES = 512;
    private static final long ROUND = 512;
    /** Regions of one block of an encoded set, its bytes, and those of the gap before it. */
    private static final long BLOCK_REGIONS = 4_096;
    private static final long BLOCK_BYTES = 512 + 5;
    /** Unknown, grants, pending, held, cleared. */
    private static final int SETS = 5;
    private static final long END_BYTES = 1;

    private RecordRoom() {
    }

    /** Bytes of the largest encoded set of so many regions. */
    static long setBytes(long regionCount) {
        long rest = regionCount % BLOCK_REGIONS;
        return regionCount / BLOCK_REGIONS * BLOCK_BYTES + Math.min(rest + 2, BLOCK_BYTES) + END_BYTES;
    }

    /** Bytes of a half: a whole memory and at least an eighth more for changes. */
    static long halfBytes(long regionCount) {
        long whole = TableRecordCodec.FIXED_BYTES + SETS * setBytes(regionCount);
        long needed = whole + Math.max(LEAST_CHANGES, whole / 8);
        return Math.max(SMALLEST_HALF, (needed + ROUND - 1) / ROUND * ROUND);
    }
}
