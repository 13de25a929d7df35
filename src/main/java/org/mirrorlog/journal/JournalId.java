package org.mirrorlog.journal;

import java.nio.ByteBuffer;

/** The identity of one journal (rule D21): 16 random bytes, drawn when the journal is created and never changed. */
public record JournalId(long high, long low) {

    /** Length of {@link #toBytes()}. */
    public static final int BYTES = 16;

    /** From the bytes as stored. */
    public static JournalId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a journal id has " + BYTES + " bytes, not " + bytes.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new JournalId(buffer.getLong(), buffer.getLong());
    }

    /** The 16 bytes, as stored. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    /** 32 hexadecimal digits. */
    @Override
    public String toString() {
        return String.format("%016x%016x", high, low);
    }
}
