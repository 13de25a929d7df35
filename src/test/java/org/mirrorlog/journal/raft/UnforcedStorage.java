package org.mirrorlog.journal.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.mirrorlog.journal.Storage;

/** A disk that says it has forced what it has not: {@link Hole#UNFORCED}. */
record UnforcedStorage(Storage disk) implements Storage {

    @Override
    public String directory() {
        return disk.directory();
    }

    @Override
    public List<String> list() throws IOException {
        return disk.list();
    }

    @Override
    public File openForReading(String name) throws IOException {
        return disk.openForReading(name);
    }

    @Override
    public File openForWriting(String name) throws IOException {
        return new UnforcedFile(disk.openForWriting(name));
    }

    @Override
    public File create(String name) throws IOException {
        return disk.create(name);
    }

    @Override
    public void delete(String name) throws IOException {
        disk.delete(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void forceDirectory() throws IOException {
        disk.forceDirectory();
    }

    @Override
    public void close() throws IOException {
        disk.close();
    }

    private record UnforcedFile(File file) implements File {

        @Override
        public long sizeBytes() throws IOException {
            return file.sizeBytes();
        }

        @Override
        public int read(ByteBuffer target, long offsetBytes) throws IOException {
            return file.read(target, offsetBytes);
        }

        @Override
        public int write(ByteBuffer source, long offsetBytes) throws IOException {
            return file.write(source, offsetBytes);
        }

        @Override
        public void force() {
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            file.truncate(sizeBytes);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
