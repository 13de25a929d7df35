package org.mirrorlog.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.posix.PosixException;

/** A device in memory with a volatile cache, a diary, and faults that a test switches on. */
final class MemoryFile implements BlockFile {
    static final int EIO = 5;
    static final long NOWHERE = Long.MAX_VALUE;

    /** What a reader sees. */
    final byte[] bytes;
    /** What a power cut leaves, if nothing of the cache was written out. */
    final byte[] stable;
    /** One line per call that changes something: {@code write OFFSET+LENGTH} or {@code sync}. */
    final List<String> diary = new ArrayList<>();
    int maxTransferBytes = Integer.MAX_VALUE;
    long failReadsAt = NOWHERE;
    long failWritesAt = NOWHERE;
    /** With which error number. */
    int errno = EIO;
    boolean isTearing;
    boolean isFailingSync;
    boolean isStuck;
    int reads;
    int closes;

    private final int blockBytes;

    MemoryFile(int sizeBytes, int blockBytes) {
        this(new byte[sizeBytes], blockBytes);
    }

    MemoryFile(byte[] contents, int blockBytes) {
        this.bytes = contents.clone();
        this.stable = contents.clone();
        this.blockBytes = blockBytes;
    }

    LogDevice open(long regionCount) throws DeviceRefused {
        return LogDevice.over(this, new DeviceInfo("/dev/memory", 254, 3, blockBytes), bytes.length, regionCount);
    }

    @Override
    public int read(ByteBuffer into, long offsetBytes) throws IOException {
        check(into, offsetBytes);
        reads++;
        if (covers(failReadsAt, offsetBytes, into.remaining())) {
            throw new PosixException("pread", errno, "/dev/memory at " + offsetBytes);
        }
        int count = (int) Math.min(Math.min(into.remaining(), maxTransferBytes), bytes.length - offsetBytes);
        into.put(bytes, (int) offsetBytes, count);
        return count;
    }

    @Override
    public int write(ByteBuffer from, long offsetBytes) throws IOException {
        check(from, offsetBytes);
        diary.add("write " + offsetBytes + "+" + from.remaining());
        if (isStuck) {
            return 0;
        }
        if (covers(failWritesAt, offsetBytes, from.remaining())) {
            if (isTearing) {
                from.get(bytes, (int) offsetBytes, (int) (failWritesAt - offsetBytes));
            }
            throw new PosixException("pwrite", errno, "/dev/memory at " + offsetBytes);
        }
        int count = Math.min(from.remaining(), maxTransferBytes);
        from.get(bytes, (int) offsetBytes, count);
        return count;
    }

    @Override
    public void sync() throws IOException {
        diary.add("sync");
        if (isFailingSync) {
            throw new PosixException("fdatasync", EIO, "/dev/memory");
        }
        System.arraycopy(bytes, 0, stable, 0, bytes.length);
    }

    @Override
    public void close() {
        closes++;
    }

    private void check(ByteBuffer buffer, long offsetBytes) {
        if (!buffer.isDirect() || offsetBytes % blockBytes != 0 || buffer.remaining() % blockBytes != 0
                || buffer.alignmentOffset(buffer.position(), blockBytes) != 0) {
            throw new IllegalArgumentException("not fit for direct I/O: " + buffer + " at " + offsetBytes);
        }
    }

    private static boolean covers(long at, long offset, int length) {
        return at >= offset && at < offset + length;
    }
}
