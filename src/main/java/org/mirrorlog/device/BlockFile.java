package org.mirrorlog.device;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The four things that a log device is asked to do. Offsets and lengths are whole logical blocks, buffers are direct
 * and page-aligned. One call at a time.
 */
public interface BlockFile extends AutoCloseable {
    /**
     * Reads into the buffer's remaining bytes and advances its position, as pread does.
     *
     * @return the bytes read, perhaps fewer than asked; 0 at the end
     * @throws IOException the device refused; nothing is known of the buffer's contents
     */
    int read(ByteBuffer into, long offsetBytes) throws IOException;

    /**
     * Writes the buffer's remaining bytes and advances its position, as pwrite does.
     *
     * @return the bytes written, perhaps fewer than asked
     * @throws IOException the device refused; nothing is known of the blocks' contents
     */
    int write(ByteBuffer from, long offsetBytes) throws IOException;

    /** Returns when all that was written is on stable storage, not only in the device's cache. */
    void sync() throws IOException;

    /** Closes once; later calls do nothing. */
    @Override
    void close() throws IOException;
}
