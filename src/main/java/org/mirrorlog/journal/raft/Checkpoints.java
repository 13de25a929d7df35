package org.mirrorlog.journal.raft;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Cuts the bytes of a checkpoint into parts and puts them together again, with a checksum over the whole. */
public final class Checkpoints {

    private Checkpoints() {
    }

    /** Parts of at most so many bytes, at least one: the same bytes give the same parts. */
    public static List<byte[]> cut(byte[] whole, int partBytes) {
        byte[] sealed = ByteBuffer.allocate(whole.length + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).put(whole)
                .putInt(checksum(whole)).array();
        List<byte[]> parts = new ArrayList<>();
        for (int at = 0; at < sealed.length; at += partBytes) {
            parts.add(Arrays.copyOfRange(sealed, at, Math.min(sealed.length, at + partBytes)));
        }
        return parts;
    }

    /**
     * What was cut.
     *
     * @throws ByteReader.Malformed if the parts do not belong together
     */
    public static byte[] whole(List<byte[]> parts) {
        byte[] sealed = join(parts);
        int length = sealed.length - Integer.BYTES;
        if (length < 0) {
            throw new ByteReader.Malformed("a checkpoint of " + sealed.length + " bytes");
        }
        byte[] whole = Arrays.copyOf(sealed, length);
        if (ByteBuffer.wrap(sealed).order(ByteOrder.LITTLE_ENDIAN).getInt(length) != checksum(whole)) {
            throw new ByteReader.Malformed("the checksum over a checkpoint of " + parts.size() + " parts is wrong");
        }
        return whole;
    }

    static byte[] join(List<byte[]> parts) {
        ByteBuffer out = ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
        parts.forEach(out::put);
        return out.array();
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        return (int) crc.getValue();
    }
}
