package org.mirrorlog.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The first {@value #BYTES} bytes of a record, little-endian.
 *
 * <pre>
 *   0  u32  magic "MLIR"
 *   4  u32  version: 2, or 1 in files of builds that had one half only
 *   8  u64  what counts of the changes: {@link #state}; in version 1 their bytes
 *  16  u64  luid
 *  24  u32  CRC32C of boot id, uuid, constructor; in version 2 and of the bytes of a half
 *  28  u16  length of boot id, u16 of uuid, u16 of constructor, u16 0
 *  36  …    version 2: u32 bytes of a half; then boot id, uuid, constructor
 *  …        nothing more, but in version 2:
 * 1008 16 bytes of 0, reserved: names end before them
 * </pre>
 *
 * @param version 1 or 2
 * @param state as stored
 * @param halfBytes of version 2; else 0
 * @param bootId boot of the machine that the record is of
 * @param key whose record it is
 * @param constructor string of the table
 */
record RecordHeader(int version, long state, int halfBytes, String bootId, InstanceKey key, String constructor) {
    static final int BYTES = 1024;
    static final int STATE_AT = 8;
    static final int NAMES_END = 1008;
    static final int VERSION = 2;
    private static final int MAGIC = 0x52494c4d;
    private static final int MAGIC_AT = 0;
    private static final int VERSION_AT = 4;
    private static final int LUID_AT = 16;
    private static final int CRC_AT = 24;
    private static final int LENGTHS_AT = 28;
    private static final int HALF_AT = 36;
    private static final int NAMES_AT_1 = 36;
    private static final int NAMES_AT = 40;
    private static final int SECOND_HALF = 1 << 31;

    /**
     * One word, so that it is stored at once: which half counts, how many bytes of it, and their CRC32C.
     *
     * @param half 0 or 1
     */
    static long state(int half, int bytes, int crc) {
        return (long) crc << 32 | Integer.toUnsignedLong(half == 0 ? bytes : bytes | SECOND_HALF);
    }

    int half() {
        return (int) state < 0 ? 1 : 0;
    }

    int changeBytes() {
        return (int) state & ~SECOND_HALF;
    }

    int crc() {
        return (int) (state >>> 32);
    }

    /** Reads a header; throws IllegalArgumentException that says what is wrong with it. */
    static RecordHeader read(Path path, ByteBuffer bytes) {
        ByteBuffer header = bytes.order(ByteOrder.LITTLE_ENDIAN);
        int version = header.getInt(VERSION_AT);
        if (header.getInt(MAGIC_AT) != MAGIC || version < 1 || version > VERSION) {
            throw new IllegalArgumentException(path + " is no instance record of version 1 or " + VERSION);
        }
        int half = version == 1 ? 0 : header.getInt(HALF_AT);
        String[] names = names(path, header, version == 1 ? NAMES_AT_1 : NAMES_AT);
        if (header.getInt(CRC_AT) != crc(version, half, names)) {
            throw new IllegalArgumentException(path + ": the header's checksum is wrong");
        }
        return new RecordHeader(version, header.getLong(STATE_AT), half, names[0],
                new InstanceKey(names[1], header.getLong(LUID_AT)), names[2]);
    }

    private static String[] names(Path path, ByteBuffer header, int start) {
        String[] names = new String[3];
        int at = start;
        for (int i = 0; i < names.length; i++) {
            int length = Short.toUnsignedInt(header.getShort(LENGTHS_AT + 2 * i));
            if (at + length > NAMES_END) {
                throw new IllegalArgumentException(path + ": a name of " + length + " bytes does not fit the header");
            }
            byte[] bytes = new byte[length];
            header.get(at, bytes);
            names[i] = new String(bytes, StandardCharsets.ISO_8859_1);
            at += length;
        }
        return names;
    }

    private static int crc(int version, int half, String... names) {
        CRC32C crc = new CRC32C();
        for (String name : names) {
            crc.update(name.getBytes(StandardCharsets.ISO_8859_1));
            crc.update(0);
        }
        if (version > 1) {
            crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(half).flip());
        }
        return (int) crc.getValue();
    }

    /** The bytes, ready to be taken. */
    ByteBuffer bytes() {
        ByteBuffer header = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(MAGIC_AT, MAGIC).putInt(VERSION_AT, version).putLong(STATE_AT, state).putLong(LUID_AT, key.luid())
                .putInt(CRC_AT, crc(version, halfBytes, bootId, key.uuid(), constructor)).putInt(HALF_AT, halfBytes);
        int at = NAMES_AT;
        String[] names = {bootId, key.uuid(), constructor};
        for (int i = 0; i < names.length; i++) {
            byte[] bytes = names[i].getBytes(StandardCharsets.ISO_8859_1);
            if (at + bytes.length > NAMES_END) {
                throw new IllegalArgumentException("the names of " + key + " do not fit a record's header");
            }
            header.putShort(LENGTHS_AT + 2 * i, (short) bytes.length);
            header.put(at, bytes);
            at += bytes.length;
        }
        return header;
    }
}
