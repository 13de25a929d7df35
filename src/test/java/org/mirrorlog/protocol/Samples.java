package org.mirrorlog.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Values and helpers that several tests of this room share. */
final class Samples {
    static final long LUID = 0xffff888012345600L;
    static final String UUID = "LVM-0123456789abcdef";

    private Samples() { }

    static UlogRequest request(RequestType type, byte... payload) {
        return request(type, 2, payload);
    }

    static UlogRequest request(RequestType type, int version, byte[] payload) {
        return new UlogRequest(LUID, UUID, version, 0x11, type.code(), payload);
    }

    static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] words(long... words) {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(words);
        return bytes.array();
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }

    /** What an encoder wrote into a buffer that was full of rubbish before. */
    static byte[] written(java.util.function.Consumer<ByteBuffer> encoder) {
        ByteBuffer buffer = ByteBuffer.allocate(UlogCodec.RECEIVE_BUFFER_BYTES);
        java.util.Arrays.fill(buffer.array(), (byte) 0xee);
        encoder.accept(buffer);
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }
}
