package org.mirrorlog.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads one segment file through a window, forwards as a rule. Not thread safe; owns its file. */
public final class SegmentReader implements Closeable {

    private static final int WINDOW_BYTES = 64 * 1024;

    private final Storage.File file;
    private final String name;
    private ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long windowAt;

    /** @param name the file's whole name, for messages */
    public SegmentReader(Storage.File file, String name) {
        this.file = file;
        this.name = name;
    }

    /** The file's whole name. */
    public String name() {
        return name;
    }

    /** The file's length. */
    public long sizeBytes() throws IOException {
        return file.sizeBytes();
    }

    /**
     * The bytes of the file from an offset on: a little-endian buffer whose position is at that offset and that has at
     * least so many bytes left; null if the file ends earlier. Valid until the next call.
     */
    public ByteBuffer at(long offsetBytes, int bytes) throws IOException {
        if (offsetBytes < windowAt || offsetBytes + bytes > windowAt + window.limit()) {
            if (window.capacity() < bytes) {
                window = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
            }
            window.clear();
            windowAt = offsetBytes;
            try {
                Storage.readFully(file, window, offsetBytes);
            } catch (IOException e) {
                throw new JournalException("journal file " + name + " cannot be read at offset " + offsetBytes + " ("
                        + DiskStorage.reason(e) + "): check the storage", e);
            } finally {
                window.flip();
            }
            if (window.limit() < bytes) {
                return null;
            }
        }
        return window.position((int) (offsetBytes - windowAt));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
