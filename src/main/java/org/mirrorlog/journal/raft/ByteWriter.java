package org.mirrorlog.journal.raft;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/** Bytes that grow, little-endian. Texts are UTF-8 with a length of two bytes before them, bytes have one of four. */
public final class ByteWriter {

    private static final int MAX_TEXT_BYTES = 0xffff;

    private ByteBuffer out;

    /** @param expectedBytes about as many as will come */
    public ByteWriter(int expectedBytes) {
        out = ByteBuffer.allocate(Math.max(16, expectedBytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            int needed = Math.addExact(out.position(), bytes);
            int doubled = (int) Math.min(Integer.MAX_VALUE - 8L, 2L * out.capacity());
            byte[] larger = Arrays.copyOf(out.array(), Math.max(needed, doubled));
            out = ByteBuffer.wrap(larger).order(ByteOrder.LITTLE_ENDIAN).position(out.position());
        }
        return out;
    }

    /** One byte: the lowest eight bits. */
    public ByteWriter putByte(int value) {
        room(1).put((byte) value);
        return this;
    }

    /** Four bytes. */
    public ByteWriter putInt(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    /** Eight bytes. */
    public ByteWriter putLong(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    /** A text of at most 65535 bytes. */
    public ByteWriter putText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException("a text of " + bytes.length + " bytes");
        }
        room(Short.BYTES + bytes.length).putShort((short) bytes.length).put(bytes);
        return this;
    }

    /** Texts, with their number before them. */
    public ByteWriter putTexts(Collection<String> texts) {
        putInt(texts.size());
        texts.forEach(this::putText);
        return this;
    }

    /** Bytes, with their number before them. */
    public ByteWriter putBytes(byte[] bytes) {
        room(Integer.BYTES + bytes.length).putInt(bytes.length).put(bytes);
        return this;
    }

    /** Bytes as they are. */
    public ByteWriter putRaw(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    /** How many there are so far. */
    public int size() {
        return out.position();
    }

    /** A copy of them. */
    public byte[] toBytes() {
        return Arrays.copyOf(out.array(), out.position());
    }
}
