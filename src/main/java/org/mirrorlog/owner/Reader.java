package org.mirrorlog.owner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.LogSpec;

/** Input of what {@link Writer} wrote. */
final class Reader {
    private final ByteBuffer buffer;

    Reader(byte[] bytes) {
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int u8() {
        return Byte.toUnsignedInt(buffer.get());
    }

    boolean flag() {
        return u8() == 1;
    }

    int u16() {
        return Short.toUnsignedInt(buffer.getShort());
    }

    long i64() {
        return buffer.getLong();
    }

    /** 0 if nothing follows. */
    long i64IfThere() {
        return buffer.remaining() >= Long.BYTES ? buffer.getLong() : 0;
    }

    /** Of a kind that is not known, nor what stands behind it. */
    void passOverRest() {
        buffer.position(buffer.limit());
    }

    String text() {
        byte[] bytes = new byte[u16()];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    byte[] block() {
        byte[] bytes = new byte[u16()];
        buffer.get(bytes);
        return bytes;
    }

    /** Names by incarnation. */
    Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        for (int left = u16(); left > 0; left--) {
            names.put(text(), text());
        }
        return names;
    }

    /** Empty if nothing follows. */
    List<String> textsIfThere() {
        List<String> texts = new ArrayList<>();
        for (int left = buffer.remaining() >= Short.BYTES ? u16() : 0; left > 0; left--) {
            texts.add(text());
        }
        return texts;
    }

    InstanceId id() {
        return new InstanceId(text(), i64());
    }

    /** One region; throws IllegalArgumentException for a number that no region has. */
    long region() {
        long region = i64();
        if (region < 0 || region >= RegionSet.REGION_LIMIT) {
            throw new IllegalArgumentException("region " + region + ": allowed are 0 to "
                    + (RegionSet.REGION_LIMIT - 1));
        }
        return region;
    }

    RegionSet regions() {
        return RegionSet.decode(buffer);
    }

    Geometry geometry() {
        LogSpec.LogType type = u8() == 1 ? LogSpec.LogType.DISK : LogSpec.LogType.CORE;
        return new Geometry(type, i64(), i64());
    }

    void end() {
        if (buffer.hasRemaining()) {
            throw new IllegalArgumentException(buffer.remaining() + " bytes too many");
        }
    }
}
