package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * How the records of the newest segment end.
 *
 * @param endBytes end of the last whole record
 * @param lastGroupBytes begin of the group of the last whole record; what follows is not proven to be forced
 * @param tornBecause why the record after the end is none, or null if nothing but zeros follows
 */
public record SegmentTail(long endBytes, long lastGroupBytes, String tornBecause) {

    /**
     * What stands behind the last whole record.
     *
     * @param isClean whether it is all zeros
     * @param laterGroupAt where a whole record stands that was written after the missing one had been forced, so that
     *        no power failure explains the flaw; 0 if there is none
     */
    public record Rest(boolean isClean, long laterGroupAt) {
    }

    /** Looks at everything from the end of the last whole record to the end of the file. */
    public static Rest inspect(SegmentReader reader, RecordCodec codec, long endBytes) throws IOException {
        long sizeBytes = reader.sizeBytes();
        boolean isClean = true;
        for (long at = endBytes; at < sizeBytes; at += RecordCodec.ALIGNMENT) {
            int bytes = (int) Math.min(RecordCodec.ALIGNMENT, sizeBytes - at);
            ByteBuffer in = reader.at(at, bytes);
            boolean isZero = true;
            for (int i = 0; i < bytes; i++) {
                isZero &= in.get(in.position() + i) == 0;
            }
            isClean &= isZero;
            if (isZero || bytes < Integer.BYTES || in.getInt(in.position()) != RecordCodec.MAGIC) {
                continue;
            }
            RecordCodec.Frame later = codec.read(reader, at, sizeBytes);
            // A later record of the same group may have reached the disk alone; one of a later group may not.
            if (later.isValid() && later.groupStartBytes() > endBytes) {
                return new Rest(false, at);
            }
        }
        return new Rest(isClean, 0);
    }
}
