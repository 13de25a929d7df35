package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The end of the journal: the one segment that is written to. Used by the writer thread only.
 *
 * <p>Segments grow ahead of their records by blocks of zeros, so that forcing a group needs no change of the file's
 * size. Behind the tail stand only zeros, always.
 */
public final class SegmentWriter {

    private static final int ZERO_BYTES = 64 * 1024;
    private static final int NOTE_BYTES = 64;

    private final Storage storage;
    private final JournalId id;
    private final JournalOptions options;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(ZERO_BYTES);

    private Storage.File file;
    private RecordCodec codec;
    private long number;
    private long startBytes;
    private long tailBytes;
    private long sizeBytes;

    /** Nothing is open yet: {@link #begin} or {@link #resume} comes first. */
    public SegmentWriter(Storage storage, JournalId id, JournalOptions options) {
        this.storage = storage;
        this.id = id;
        this.options = options;
    }

    /** The segment that is written to. */
    public long number() {
        return number;
    }

    /** Where the next record goes. Everything before it is on disk. */
    public long tailBytes() {
        return tailBytes;
    }

    /** The codec for records of this segment. */
    public RecordCodec codec() {
        return codec;
    }

    /** Whether a group of this size belongs into a new segment. */
    public boolean isFullFor(int groupBytes) {
        return tailBytes > startBytes && tailBytes + groupBytes > options.segmentBytes();
    }

    /**
     * Goes on with the last segment after opening. Bytes behind the tail that are not zeros are cut off; the last group
     * is written again before it is forced, since after a failed force of a predecessor it may be in memory only
     * although the system takes it for written.
     */
    public void resume(long segmentNumber, long firstRecordBytes, SegmentTail tail) throws IOException {
        number = segmentNumber;
        codec = new RecordCodec(id, number);
        startBytes = firstRecordBytes;
        tailBytes = tail.endBytes();
        file = storage.openForWriting(SegmentHeader.fileName(number));
        if (tail.tornBecause() != null) {
            file.truncate(tailBytes);
        }
        ByteBuffer lastGroup = ByteBuffer.allocate((int) (tailBytes - tail.lastGroupBytes()));
        Storage.readFully(file, lastGroup, tail.lastGroupBytes());
        Storage.writeFully(file, lastGroup.flip(), tail.lastGroupBytes());
        file.force();
        sizeBytes = file.sizeBytes();
    }

    /** What {@link #begin} did. */
    public enum Begun {
        /** The new segment is in use. */
        YES,
        /** Nothing has changed. */
        NO,
        /** Whether the new segment exists after a power failure is unknown: nothing may be written to the old one. */
        UNKNOWN
    }

    /** The outcome of {@link #begin}; with YES, an error is one that does not matter. */
    public record Beginning(Begun begun, IOException error) {
    }

    /**
     * Begins a segment. It is complete and forced before it gets its name. It voids whatever stands in older segments
     * beyond the ends that its tables name.
     *
     * @param tables its first bytes: header and first records
     * @param isTailKnown whether the segment before it ends as it should, so that a word about its successor can follow
     */
    public Beginning begin(long newNumber, ByteBuffer tables, boolean isTailKnown) {
        String name = SegmentHeader.fileName(newNumber);
        String temporary = name + SegmentHeader.TEMPORARY_SUFFIX;
        RecordCodec newCodec = new RecordCodec(id, newNumber);
        int tablesBytes = tables.remaining();
        Begun onError = Begun.NO;
        Storage.File created = null;
        try {
            created = storage.create(temporary);
            Storage.writeFully(created, tables, 0);
            long newSize = writeZeros(created, tablesBytes, tablesBytes + firstExtent(tablesBytes));
            created.force();
            onError = Begun.UNKNOWN;
            storage.rename(temporary, name);
            storage.forceDirectory();
            IOException harmless = leave(newNumber, isTailKnown);
            file = created;
            codec = newCodec;
            number = newNumber;
            startBytes = tablesBytes;
            tailBytes = tablesBytes;
            sizeBytes = newSize;
            return new Beginning(Begun.YES, harmless);
        } catch (IOException e) {
            discard(created, temporary, e);
            return new Beginning(onError, e);
        }
    }

    /**
     * Takes leave of the segment written so far. The note behind its end only serves to notice that the successor is
     * missing, so its failure is harmless.
     */
    private IOException leave(long newNumber, boolean isTailKnown) {
        if (file == null) {
            return null;
        }
        IOException error = null;
        try {
            if (isTailKnown) {
                note(RecordKind.CONTINUED, newNumber);
            }
        } catch (IOException e) {
            error = e;
        }
        try {
            file.close();
        } catch (IOException e) {
            error = e;
        }
        return error;
    }

    private long firstExtent(int tablesBytes) {
        return Math.min(options.extendBytes(), Math.max(0, options.segmentBytes() - tablesBytes));
    }

    private void discard(Storage.File created, String temporary, IOException cause) {
        try {
            if (created != null) {
                created.close();
            }
            storage.delete(temporary);
        } catch (IOException e) {
            // Harmless: the next opening removes temporary files.
            cause.addSuppressed(e);
        }
    }

    /**
     * Makes room for a group. A failure changes nothing but the length of the file. If there is room for the group, but
     * not for all that is wanted ahead, the group has it.
     *
     * @throws IOException if there is no room, or the storage fails
     */
    public void extendFor(int groupBytes) throws IOException {
        long neededBytes = tailBytes + groupBytes;
        if (neededBytes <= sizeBytes) {
            return;
        }
        long wanted = Math.min(sizeBytes + options.extendBytes(), options.segmentBytes());
        sizeBytes = Math.max(sizeBytes, tailBytes);
        try {
            sizeBytes = writeZeros(file, sizeBytes, Math.max(neededBytes, wanted));
        } catch (IOException e) {
            sizeBytes = Math.max(sizeBytes, file.sizeBytes());
            if (sizeBytes < neededBytes) {
                throw e;
            }
        }
    }

    private long writeZeros(Storage.File target, long fromBytes, long toBytes) throws IOException {
        long at = fromBytes;
        while (at < toBytes) {
            zeros.clear().limit((int) Math.min(ZERO_BYTES, toBytes - at));
            int bytes = zeros.remaining();
            Storage.writeFully(target, zeros, at);
            at += bytes;
        }
        return at;
    }

    /**
     * Writes a group at the tail and forces it. After an error it is unknown which of its bytes are on disk, and can be
     * found there; only {@link #begin} may follow then.
     */
    public void write(ByteBuffer group) throws IOException {
        int bytes = group.remaining();
        Storage.writeFully(file, group, tailBytes);
        file.force();
        find();
        tailBytes += bytes;
        sizeBytes = Math.max(sizeBytes, tailBytes);
    }

    /** Throws unless the segment is where the next opening looks for it. */
    public void find() throws IOException {
        storage.find(SegmentHeader.fileName(number), file);
    }

    /** Writes and forces a record without meaning for the logs. */
    void note(RecordKind kind, long value) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(NOTE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int start = RecordCodec.begin(out);
        if (kind == RecordKind.CONTINUED) {
            out.putLong(value);
        }
        codec.finish(out, start, kind, tailBytes, tailBytes);
        out.flip();
        extendFor(out.remaining());
        write(out);
    }

    /** Closes the file. */
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
