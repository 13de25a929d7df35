package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The frame of a record, little-endian, always at a multiple of 8.
 *
 * <pre>
 *  0 magic u32             4 body length u32      8 offset of this record in its file u64
 * 16 offset at which the group of this record begins u64
 * 24 kind u8              25 zeros               28 CRC32C u32
 * 32 body, zeros up to a multiple of 8
 * </pre>
 *
 * The checksum covers journal id and segment number (not stored here), the header before it, body and padding, so that
 * a record is valid at its own place only. Everything before a record's group was forced before the record was written:
 * that is how a torn tail is told from damage.
 *
 * <p>Not thread safe; one per thread and segment.
 */
public final class RecordCodec {

    static final int HEADER_BYTES = 32;
    static final int ALIGNMENT = 8;
    static final int MAGIC = 0x524c_4d1e;

    private static final int LENGTH_AT = 4;
    private static final int OFFSET_AT = 8;
    private static final int GROUP_AT = 16;
    private static final int KIND_AT = 24;
    private static final int CRC_AT = 28;
    private static final int MAX_BODY_BYTES = 1 << 28;

    private final CRC32C crc = new CRC32C();
    private final byte[] salt;

    /** For the records of one segment of one journal. */
    public RecordCodec(JournalId id, long segment) {
        salt = ByteBuffer.allocate(JournalId.BYTES + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN)
                .put(id.toBytes()).putLong(segment).array();
    }

    /** One record as found in a file; {@code broken} says why it is none, else it is null. */
    public record Frame(RecordKind kind, long offsetBytes, int totalBytes, long groupStartBytes, ByteBuffer body,
            String broken) {

        /** Whether there is one. */
        public boolean isValid() {
            return broken == null;
        }

        private static Frame broken(long offsetBytes, String why) {
            return new Frame(null, offsetBytes, 0, 0, null, why);
        }

        /** Where the next one begins. */
        public long endBytes() {
            return offsetBytes + totalBytes;
        }
    }

    /** Bytes that a record takes in the file. */
    public static int totalBytes(int bodyBytes) {
        return HEADER_BYTES + (bodyBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /**
     * Makes room for a header at the buffer's position; the body follows, then {@link #finish}. Returns that position.
     */
    public static int begin(ByteBuffer out) {
        int start = out.position();
        out.position(start + HEADER_BYTES);
        return start;
    }

    /**
     * Completes the record that began at {@code start} of the buffer and ends at its position.
     *
     * @param fileOffsetBytes where the record's first byte will stand in the file
     * @param groupStartBytes where its group begins
     */
    public void finish(ByteBuffer out, int start, RecordKind kind, long fileOffsetBytes, long groupStartBytes) {
        int bodyBytes = out.position() - start - HEADER_BYTES;
        while ((out.position() - start) % ALIGNMENT != 0) {
            out.put((byte) 0);
        }
        out.putInt(start, MAGIC);
        out.putInt(start + LENGTH_AT, bodyBytes);
        out.putLong(start + OFFSET_AT, fileOffsetBytes);
        out.putLong(start + GROUP_AT, groupStartBytes);
        out.putInt(start + KIND_AT, kind.code());
        out.putInt(start + CRC_AT, checksum(out, start, out.position() - start));
    }

    /**
     * Reads the record at an offset.
     *
     * @param limitBytes where the records of the file end at the latest
     * @throws JournalException if the record is whole but of a kind that this program does not know
     */
    public Frame read(SegmentReader reader, long offsetBytes, long limitBytes) throws IOException {
        ByteBuffer in = offsetBytes + HEADER_BYTES > limitBytes ? null : reader.at(offsetBytes, HEADER_BYTES);
        if (in == null) {
            return Frame.broken(offsetBytes, "the file ends within a record header");
        }
        int start = in.position();
        if (in.getInt(start) != MAGIC) {
            return Frame.broken(offsetBytes, "no record begins here");
        }
        int bodyBytes = in.getInt(start + LENGTH_AT);
        if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES || in.getLong(start + OFFSET_AT) != offsetBytes) {
            return Frame.broken(offsetBytes, "the record header is not plausible");
        }
        int totalBytes = totalBytes(bodyBytes);
        in = offsetBytes + totalBytes > limitBytes ? null : reader.at(offsetBytes, totalBytes);
        if (in == null) {
            return Frame.broken(offsetBytes, "the file ends within a record of " + totalBytes + " bytes");
        }
        start = in.position();
        if (in.getInt(start + CRC_AT) != checksum(in, start, totalBytes)) {
            return Frame.broken(offsetBytes, "the record's checksum is wrong");
        }
        RecordKind kind = RecordKind.of(in.getInt(start + KIND_AT));
        if (kind == null) {
            throw new JournalException("journal file " + reader.name() + " has at offset " + offsetBytes
                    + " a record of kind " + in.getInt(start + KIND_AT) + ", which this program does not know:"
                    + " start the program that wrote it");
        }
        long groupStart = in.getLong(start + GROUP_AT);
        ByteBuffer body = in.slice(start + HEADER_BYTES, bodyBytes).order(ByteOrder.LITTLE_ENDIAN);
        return new Frame(kind, offsetBytes, totalBytes, groupStart, body, null);
    }

    private int checksum(ByteBuffer buffer, int start, int totalBytes) {
        int position = buffer.position();
        int limit = buffer.limit();
        crc.reset();
        crc.update(salt, 0, salt.length);
        buffer.limit(start + CRC_AT).position(start);
        crc.update(buffer);
        buffer.limit(start + totalBytes).position(start + HEADER_BYTES);
        crc.update(buffer);
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }
}
