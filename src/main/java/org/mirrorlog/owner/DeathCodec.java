package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.List;

/**
 * Bytes of a {@link Death}, version 1, little-endian: the fields in the record's order, then whatever a newer build
 * adds; of a {@link DeclaredDeaths}: u16 number, then for each u16 length and the bytes of one.
 */
final class DeathCodec {
    private DeathCodec() {
    }

    static byte[] encode(Death death) {
        return new Writer(128).text(death.incarnation()).text(death.node()).i64(death.declaredAtMs())
                .text(death.by()).bytes();
    }

    static byte[] encode(DeclaredDeaths record) {
        Writer out = new Writer(128 * record.deaths().size() + 2).u16(record.deaths().size());
        record.deaths().forEach(death -> out.block(encode(death)));
        return out.bytes();
    }

    /** Fields beyond those known are ignored. Throws as {@link StateCodec#decode} does. */
    static Death decode(byte[] bytes) {
        Reader in = new Reader(bytes);
        return new Death(in.text(), in.text(), in.i64(), in.text());
    }

    static DeclaredDeaths decodeRecord(byte[] bytes) {
        Reader in = new Reader(bytes);
        List<Death> deaths = new ArrayList<>();
        for (int left = in.u16(); left > 0; left--) {
            deaths.add(decode(in.block()));
        }
        return new DeclaredDeaths(deaths);
    }
}
