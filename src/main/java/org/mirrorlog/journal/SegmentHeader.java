package org.mirrorlog.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The first 64 bytes of a segment file, little-endian. Magic, version and checksum keep their places in all versions.
 *
 * <pre>
 *  0 magic "MIRLOGJ\n"      8 format version u32    12 CRC32C of the 64 bytes with this field 0, u32
 * 16 journal id, 16 bytes  32 segment number u64    40 zeros
 * </pre>
 *
 * @param id the journal that the segment belongs to
 * @param number the segment's number, from 1; also in its name
 */
public record SegmentHeader(JournalId id, long number) {

    /** Its length. */
    public static final int BYTES = 64;
    static final int FORMAT_VERSION = 1;

    private static final byte[] MAGIC = "MIRLOGJ\n".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION_AT = 8;
    private static final int CRC_AT = 12;
    private static final int ID_AT = 16;
    private static final int NUMBER_AT = 32;

    private static final String PREFIX = "seg-";
    private static final String SUFFIX = ".log";
    /** Ends the name of a file that is still being made. */
    public static final String TEMPORARY_SUFFIX = ".tmp";

    /** The name of a segment's file. */
    public static String fileName(long number) {
        return String.format("%s%08d%s", PREFIX, number, SUFFIX);
    }

    /** The number in a segment's file name, or 0 if the name is none. */
    public static long numberOf(String fileName) {
        if (!fileName.startsWith(PREFIX) || !fileName.endsWith(SUFFIX)) {
            return 0;
        }
        String digits = fileName.substring(PREFIX.length(), fileName.length() - SUFFIX.length());
        if (digits.length() < 8 || digits.length() > 12 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        long number = Long.parseLong(digits);
        return fileName(number).equals(fileName) ? number : 0;
    }

    /** The bytes as stored. */
    public byte[] encode() {
        byte[] bytes = new byte[BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.put(0, MAGIC);
        out.putInt(VERSION_AT, FORMAT_VERSION);
        out.put(ID_AT, id.toBytes());
        out.putLong(NUMBER_AT, number);
        out.putInt(CRC_AT, checksum(bytes));
        return bytes;
    }

    /**
     * Reads the header of the file of that name.
     *
     * @throws JournalException if it is damaged, of an unknown version or belongs to another file name
     */
    static SegmentHeader decode(byte[] bytes, int length, String directory, String name) throws JournalException {
        if (length < BYTES) {
            throw new JournalDamagedException(directory, name, 0, "the file ends within its header of " + BYTES
                    + " bytes");
        }
        if (!Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new JournalDamagedException(directory, name, 0, "the file does not begin like a journal segment");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int version = in.getInt(VERSION_AT);
        int stored = in.getInt(CRC_AT);
        in.putInt(CRC_AT, 0);
        if (stored != checksum(bytes)) {
            throw new JournalDamagedException(directory, name, 0, "the header's checksum is wrong");
        }
        if (version != FORMAT_VERSION) {
            throw new JournalException("journal file " + directory + "/" + name + " has format version " + version
                    + "; this program knows version " + FORMAT_VERSION + " only: start the program that wrote it");
        }
        byte[] id = Arrays.copyOfRange(bytes, ID_AT, ID_AT + JournalId.BYTES);
        SegmentHeader header = new SegmentHeader(JournalId.of(id), in.getLong(NUMBER_AT));
        if (header.number() != numberOf(name)) {
            throw new JournalDamagedException(directory, name, NUMBER_AT, "the file holds segment " + header.number()
                    + ", not the one its name says");
        }
        return header;
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, BYTES);
        return (int) crc.getValue();
    }
}
