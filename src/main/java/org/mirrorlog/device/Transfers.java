package org.mirrorlog.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.mirrorlog.posix.PosixException;

/**
 * Whole transfers: a short one is continued, one without progress is an error (H8). The counters may be read by any
 * thread.
 */
final class Transfers {
    static final int EIO = 5;

    private final BlockFile file;
    private final String path;
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong flushes = new AtomicLong();
    private final AtomicLong writtenBytes = new AtomicLong();

    Transfers(BlockFile file, String path) {
        this.file = file;
        this.path = path;
    }

    /** Reads all remaining bytes, or throws. Every turn makes progress, so it ends. */
    void read(ByteBuffer into, long offsetBytes) throws IOException {
        int begin = into.position();
        while (into.hasRemaining()) {
            long at = offsetBytes + into.position() - begin;
            if (file.read(into, at) <= 0) {
                throw new PosixException("pread", EIO,
                        path + " ended at " + at + ", " + into.remaining() + " bytes missing");
            }
        }
    }

    /** Writes all remaining bytes, or throws. Every turn makes progress, so it ends. */
    void write(ByteBuffer from, long offsetBytes) throws IOException {
        int begin = from.position();
        while (from.hasRemaining()) {
            long at = offsetBytes + from.position() - begin;
            writes.incrementAndGet();
            int count = file.write(from, at);
            if (count <= 0) {
                throw new PosixException("pwrite", EIO,
                        path + " took nothing of " + from.remaining() + " bytes at " + at);
            }
            writtenBytes.addAndGet(count);
        }
    }

    void sync() throws IOException {
        flushes.incrementAndGet();
        file.sync();
    }

    void close() throws IOException {
        file.close();
    }

    /** The error number behind an exception; EIO for one that has none. */
    static int errno(IOException e) {
        return e instanceof PosixException posix ? posix.errno() : EIO;
    }

    DeviceCounters counters(long repairedBlocks) {
        return new DeviceCounters(writes.get(), flushes.get(), writtenBytes.get(), repairedBlocks);
    }
}
