package org.mirrorlog.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/**
 * What was heard of one log, as it stands in a {@link HeardFile}; little-endian:
 *
 * <pre>
 *  0  16  first half of the SHA-256 of the log's name
 * 16   8  number of the last commit heard of; 0: none yet
 * 24   8  whose answer it was
 * 32   4  CRC-32C of the 32 bytes before
 * 36  28  zeros
 * </pre>
 */
record HeardBlock(Name name, HeardNumbers.Last heard) {
    static final int BYTES = 64;
    /** What a file of them begins with. */
    static final byte[] MAGIC = "mlheard1".getBytes(StandardCharsets.US_ASCII);
    static final int DOUBT_AT = MAGIC.length;
    static final int BLOCKS_ARE_AT = 12;
    private static final int SUMMED = 32;

    /** A name's digest. */
    record Name(long high, long low) {
        static Name of(String uuid) {
            try {
                ByteBuffer digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256")
                        .digest(uuid.getBytes(StandardCharsets.ISO_8859_1))).order(ByteOrder.LITTLE_ENDIAN);
                return new Name(digest.getLong(), digest.getLong());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** To be written. */
    ByteBuffer encoded() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(name.high())
                .putLong(name.low()).putLong(heard.number()).putLong(heard.term());
        bytes.putInt(crc(bytes.duplicate().flip())).clear();
        return bytes;
    }

    /** Whether these bytes, in this order, are as they were written; what they say is believed only then. */
    static boolean isSound(ByteBuffer bytes) {
        return bytes.getInt(SUMMED) == crc(bytes.slice(0, SUMMED));
    }

    /** What these bytes say, in this order, sound or not. */
    static HeardBlock of(ByteBuffer bytes) {
        ByteBuffer from = bytes.duplicate().order(bytes.order());
        return new HeardBlock(new Name(from.getLong(), from.getLong()),
                new HeardNumbers.Last(from.getLong(), from.getLong()));
    }

    /** The first so many blocks of a new file, of which only the first one says something. */
    static ByteBuffer head(int size, boolean isInDoubt, int blocks) {
        ByteBuffer head = ByteBuffer.allocate(size * BYTES).put(MAGIC).put((byte) (isInDoubt ? 1 : 0));
        return head.put(BLOCKS_ARE_AT, blocksThere(blocks).array()).clear();
    }

    /** How many blocks a file was given, as its first one says. */
    static ByteBuffer blocksThere(int blocks) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(blocks).flip();
    }
}
