package org.mirrorlog.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The door to one directory of files. Everything this room reads or writes passes here; tests put faults behind it.
 * Names are plain file names. Thread safe, except that one {@link File} opened for writing belongs to one thread.
 */
public interface Storage extends Closeable {

    /** What the name of a file ends with that is not whole yet. */
    String TEMPORARY = ".tmp";

    /** The directory, as an operator would name it. */
    String directory();

    /** The names of all files in the directory, in no particular order. */
    List<String> list() throws IOException;

    /** Opens an existing file for reading only. */
    File openForReading(String name) throws IOException;

    /** Opens an existing file for reading and writing. */
    File openForWriting(String name) throws IOException;

    /** Creates an empty file, in place of one of the same name. */
    File create(String name) throws IOException;

    void delete(String name) throws IOException;

    /** Renames atomically, in place of a file that has the new name. */
    void rename(String from, String to) throws IOException;

    /**
     * Looks whether a file that is open for writing can be found under this name. What is written to one that was
     * removed, moved or replaced while it was open, by whomever, is nowhere once it is closed.
     *
     * @throws IOException it cannot, or nobody knows
     */
    default void find(String name, File file) throws IOException {
        // Where nobody else can come every file keeps its name.
    }

    /** Makes creations, renames and deletions of this directory durable. */
    void forceDirectory() throws IOException;

    /** A small file as a whole, in place of one of the same name. Durable when it returns. */
    default void replace(String name, byte[] bytes) throws IOException {
        String temporary = name + TEMPORARY;
        try (File file = create(temporary)) {
            writeFully(file, ByteBuffer.wrap(bytes), 0);
            file.force();
        }
        rename(temporary, name);
        forceDirectory();
    }

    @Override
    void close() throws IOException;

    /** One open file. */
    interface File extends Closeable {

        long sizeBytes() throws IOException;

        /** Reads at most the remaining bytes of {@code target}; returns how many, or -1 at the end of the file. */
        int read(ByteBuffer target, long offsetBytes) throws IOException;

        /** Writes at least one of the remaining bytes of {@code source}, perhaps not all; returns how many. */
        int write(ByteBuffer source, long offsetBytes) throws IOException;

        /** Makes everything written to the file durable. After a failure, the state of what was written is unknown. */
        void force() throws IOException;

        void truncate(long sizeBytes) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** Writes all remaining bytes. */
    static void writeFully(File file, ByteBuffer source, long offsetBytes) throws IOException {
        long at = offsetBytes;
        while (source.hasRemaining()) {
            int written = file.write(source, at);
            if (written <= 0) {
                throw new IOException("a write of " + source.remaining() + " bytes at offset " + at
                        + " made no progress");
            }
            at += written;
        }
    }

    /** Reads until the target is full or the file ends; returns the number of bytes read. */
    static int readFully(File file, ByteBuffer target, long offsetBytes) throws IOException {
        int total = 0;
        while (target.hasRemaining()) {
            int read = file.read(target, offsetBytes + total);
            if (read <= 0) {
                break;
            }
            total += read;
        }
        return total;
    }
}
