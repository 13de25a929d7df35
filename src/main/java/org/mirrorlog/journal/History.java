package org.mirrorlog.journal;

import java.util.Arrays;

/**
 * Where the events of one persistence id stand: head, deletions and the positions of its live records, in order of
 * sequence number, 24 bytes each. Guarded by its {@link JournalIndex}.
 */
final class History {

    private static final int OFFSET_BITS = 28;
    private static final int INITIAL_RECORDS = 8;
    private static final long[] NO_LONGS = {};
    private static final int[] NO_INTS = {};

    private final byte[] id;
    private long headSequenceNr;
    private long deletedTo;

    private long[] firsts = NO_LONGS;
    private long[] places = NO_LONGS;
    private int[] counts = NO_INTS;
    private int[] sizes = NO_INTS;
    private int start;
    private int end;

    History(byte[] id) {
        this.id = id;
    }

    /** Where one record stands and what it holds. */
    record Place(long segment, long offsetBytes, int sizeBytes, long firstSequenceNr, int count) {

        long lastSequenceNr() {
            return firstSequenceNr + count - 1;
        }
    }

    byte[] id() {
        return id;
    }

    long headSequenceNr() {
        return headSequenceNr;
    }

    long deletedTo() {
        return deletedTo;
    }

    void setHead(long sequenceNr) {
        headSequenceNr = sequenceNr;
    }

    void setDeletedTo(long sequenceNr) {
        deletedTo = sequenceNr;
    }

    int records() {
        return end - start;
    }

    Place place(int i) {
        int at = start + i;
        return new Place(places[at] >>> OFFSET_BITS, (places[at] & ((1L << OFFSET_BITS) - 1)) * RecordCodec.ALIGNMENT,
                sizes[at], firsts[at], counts[at]);
    }

    /** Index of the first record that ends at or after a sequence number; {@link #records()} if there is none. */
    int indexOf(long sequenceNr) {
        int at = Arrays.binarySearch(firsts, start, end, sequenceNr);
        if (at >= 0) {
            return at - start;
        }
        int before = -at - 2;
        boolean holdsIt = before >= start && firsts[before] + counts[before] > sequenceNr;
        return (holdsIt ? before : before + 1) - start;
    }

    /**
     * Adds a record, or replaces the one that starts at the same sequence number. Returns the one replaced, or null.
     */
    Place put(Place place) {
        int at = start < end && firsts[end - 1] < place.firstSequenceNr() ? -end - 1
                : Arrays.binarySearch(firsts, start, end, place.firstSequenceNr());
        Place replaced = at >= 0 ? place(at - start) : null;
        if (at < 0) {
            // Only a gap at the end moves nothing, and that is where all but records copied forward go.
            at = makeRoom(-at - 1);
        }
        firsts[at] = place.firstSequenceNr();
        places[at] = place.segment() << OFFSET_BITS | place.offsetBytes() / RecordCodec.ALIGNMENT;
        counts[at] = place.count();
        sizes[at] = place.sizeBytes();
        return replaced;
    }

    private int makeRoom(int wanted) {
        int at = wanted;
        if (end == firsts.length) {
            int records = end - start;
            int capacity = Math.max(INITIAL_RECORDS, records > firsts.length / 2 ? firsts.length * 2 : firsts.length);
            firsts = Arrays.copyOf(Arrays.copyOfRange(firsts, start, end), capacity);
            places = Arrays.copyOf(Arrays.copyOfRange(places, start, end), capacity);
            counts = Arrays.copyOf(Arrays.copyOfRange(counts, start, end), capacity);
            sizes = Arrays.copyOf(Arrays.copyOfRange(sizes, start, end), capacity);
            at -= start;
            start = 0;
            end = records;
        }
        System.arraycopy(firsts, at, firsts, at + 1, end - at);
        System.arraycopy(places, at, places, at + 1, end - at);
        System.arraycopy(counts, at, counts, at + 1, end - at);
        System.arraycopy(sizes, at, sizes, at + 1, end - at);
        end++;
        return at;
    }

    /** Without records it is kept for its head only: most histories end so. */
    private void shrink() {
        firsts = NO_LONGS;
        places = NO_LONGS;
        counts = NO_INTS;
        sizes = NO_INTS;
        start = 0;
        end = 0;
    }

    /** Removes and returns the oldest record if all of it is deleted; else null. */
    Place pollDeleted() {
        if (start == end || place(0).lastSequenceNr() > deletedTo) {
            return null;
        }
        Place oldest = place(0);
        start++;
        if (start == end) {
            shrink();
        }
        return oldest;
    }
}
