package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.BitSet;

/** A log device as it lies on the disk (protocol.md 5.1), read by eyes of its own and not by the program under test. */
record DiskLogFile(int magic, int version, long regionCount, BitSet clean) {
    static final int MAGIC = 0x4D695272;
    static final int VERSION = 2;
    private static final int BITS_AT = 1024;

    /** Reads the header and the bits of {@code regions} regions. */
    static DiskLogFile read(Path file, int regions) throws IOException {
        byte[] bytes = new byte[BITS_AT + (regions + 7) / 8];
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            log.readFully(bytes);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        BitSet clean = BitSet.valueOf(buffer.slice(BITS_AT, bytes.length - BITS_AT));
        clean.clear(regions, Math.max(regions, clean.length()));
        return new DiskLogFile(buffer.getInt(0), buffer.getInt(4), buffer.getLong(8), clean);
    }

    /** Whether this is a log that the kernel's own disk log would believe, for that many regions. */
    boolean isSoundFor(int regions) {
        return magic == MAGIC && version == VERSION && regionCount == regions;
    }

    /** The regions that are not clean. */
    BitSet dirty(int regions) {
        BitSet dirty = (BitSet) clean.clone();
        dirty.flip(0, regions);
        return dirty;
    }
}
