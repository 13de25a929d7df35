package org.mirrorlog.owner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.LogSpec;

/** Growing little-endian output. */
final class Writer {
    private ByteBuffer buffer;

    Writer(int expectedBytes) {
        buffer = ByteBuffer.allocate(expectedBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + bytes))
                    .order(ByteOrder.LITTLE_ENDIAN);
            buffer = larger.put(buffer.flip());
        }
        return buffer;
    }

    Writer u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    Writer flag(boolean value) {
        return u8(value ? 1 : 0);
    }

    Writer u16(int value) {
        if (value < 0 || value > 0xffff) {
            throw new IllegalArgumentException("does not fit 16 bits: " + value);
        }
        room(2).putShort((short) value);
        return this;
    }

    Writer i64(long value) {
        room(8).putLong(value);
        return this;
    }

    Writer text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        u16(bytes.length);
        room(bytes.length).put(bytes);
        return this;
    }

    /** Bytes with their length, so that a reader may skip what it does not know. */
    Writer block(byte[] bytes) {
        u16(bytes.length);
        room(bytes.length).put(bytes);
        return this;
    }

    /** Names by incarnation. */
    Writer names(Map<String, String> names) {
        u16(names.size());
        names.forEach((incarnation, name) -> text(incarnation).text(name));
        return this;
    }

    Writer texts(List<String> texts) {
        u16(texts.size());
        texts.forEach(this::text);
        return this;
    }

    Writer id(InstanceId id) {
        return text(id.incarnation()).i64(id.luid());
    }

    Writer regions(RegionSet regions) {
        regions.encode(room(regions.encodedSize()));
        return this;
    }

    Writer geometry(Geometry geometry) {
        return u8(geometry.type() == LogSpec.LogType.DISK ? 1 : 0).i64(geometry.lengthSectors())
                .i64(geometry.regionSizeSectors());
    }

    byte[] bytes() {
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }
}
