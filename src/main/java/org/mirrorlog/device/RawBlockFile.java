package org.mirrorlog.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.mirrorlog.posix.RawFile;

/** The real device. */
record RawBlockFile(RawFile file) implements BlockFile {
    @Override
    public int read(ByteBuffer into, long offsetBytes) throws IOException {
        return file.read(into, offsetBytes);
    }

    @Override
    public int write(ByteBuffer from, long offsetBytes) throws IOException {
        return file.write(from, offsetBytes);
    }

    @Override
    public void sync() throws IOException {
        file.sync();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
