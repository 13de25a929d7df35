package org.mirrorlog.journal.raft;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@link ByteWriter} wrote. Bytes that end too early, or name a length that cannot be, are refused with a
 * {@link Malformed}, and nothing is allocated for them.
 */
public final class ByteReader {

    /** The bytes are not what they should be. */
    public static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** @param what in one line */
        public Malformed(String what) {
            super(what);
        }
    }

    private final ByteBuffer in;

    /** Reads from the buffer's position to its limit; the buffer's own position stays. */
    public ByteReader(ByteBuffer buffer) {
        in = buffer.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads all of it. */
    public ByteReader(byte[] bytes) {
        this(ByteBuffer.wrap(bytes));
    }

    private ByteBuffer atLeast(long bytes) {
        if (bytes < 0 || bytes > in.remaining()) {
            throw new Malformed(bytes + " bytes are wanted where " + in.remaining() + " are left");
        }
        return in;
    }

    /** One byte, 0 to 255. */
    public int getByte() {
        return atLeast(1).get() & 0xff;
    }

    /** Four bytes. */
    public int getInt() {
        return atLeast(Integer.BYTES).getInt();
    }

    /** Eight bytes. */
    public long getLong() {
        return atLeast(Long.BYTES).getLong();
    }

    /** A text. */
    public String getText() {
        int length = Short.toUnsignedInt(atLeast(Short.BYTES).getShort());
        return new String(take(length), StandardCharsets.UTF_8);
    }

    /** Texts, with their number before them. */
    public List<String> getTexts() {
        int count = count(Short.BYTES);
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(getText());
        }
        return texts;
    }

    /** Bytes, with their number before them. */
    public byte[] getBytes() {
        return take(getInt());
    }

    /** A number of things that take at least so many bytes each. */
    public int count(int leastBytesEach) {
        int count = getInt();
        atLeast((long) count * leastBytesEach);
        return count;
    }

    private byte[] take(int length) {
        atLeast(length);
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    /** The bytes that are left. */
    public byte[] rest() {
        return take(in.remaining());
    }

    /** Nothing may be left. */
    public void end() {
        if (in.hasRemaining()) {
            throw new Malformed(in.remaining() + " bytes too many");
        }
    }
}
