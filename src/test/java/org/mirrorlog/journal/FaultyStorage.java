package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Storage that fails at a call of choice: each operation on the directory or on one of its files is a call, counted
 * from when it is armed. A test that arms it for call 1, 2, 3 has been at every call site. Writes only of one thread.
 */
final class FaultyStorage implements Storage {

    /** What goes wrong. */
    enum Fault {
        ENOSPC("No space left on device"),
        EIO("Input/output error"),
        EROFS("Read-only file system"),
        EDQUOT("Disk quota exceeded"),
        /** A write takes one byte; all other calls work. */
        SHORT_WRITE(null),
        /** The call does not return before {@link FaultyStorage#end}. */
        HANG(null);

        private final String message;

        Fault(String message) {
            this.message = message;
        }
    }

    private final Storage storage;
    private final CountDownLatch ended = new CountDownLatch(1);
    private Fault fault;
    private long first = Long.MAX_VALUE;
    private long last;
    private volatile long calls;
    private volatile boolean isHanging;

    FaultyStorage(Storage storage) {
        this.storage = storage;
    }

    /** From now on, so many calls fail from that one on, counted from 1. */
    FaultyStorage arm(Fault kind, long firstCall, long howMany) {
        fault = kind;
        calls = 0;
        first = firstCall;
        last = firstCall + howMany - 1;
        return this;
    }

    /** The fault is over. */
    void end() {
        first = Long.MAX_VALUE;
        ended.countDown();
    }

    /** Calls since it was armed. */
    long calls() {
        return calls;
    }

    boolean isHanging() {
        return isHanging;
    }

    /** Whether this call is one that goes wrong; throws if it fails altogether. */
    private boolean call(String what) throws IOException {
        calls++;
        if (calls < first || calls > last) {
            return false;
        }
        if (fault == Fault.HANG) {
            isHanging = true;
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            isHanging = false;
        } else if (fault.message != null) {
            throw new IOException(fault.message + " (injected: " + what + ", call " + calls + ")");
        }
        return true;
    }

    @Override
    public String directory() {
        return storage.directory();
    }

    @Override
    public List<String> list() throws IOException {
        call("list");
        return storage.list();
    }

    @Override
    public Storage.File openForReading(String name) throws IOException {
        call("open " + name);
        return new FaultyFile(storage.openForReading(name));
    }

    @Override
    public Storage.File openForWriting(String name) throws IOException {
        call("open " + name);
        return new FaultyFile(storage.openForWriting(name));
    }

    @Override
    public Storage.File create(String name) throws IOException {
        call("create " + name);
        return new FaultyFile(storage.create(name));
    }

    @Override
    public void find(String name, Storage.File file) throws IOException {
        call("find " + name);
        storage.find(name, ((FaultyFile) file).file);
    }

    @Override
    public void delete(String name) throws IOException {
        call("delete " + name);
        storage.delete(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        call("rename " + from);
        storage.rename(from, to);
    }

    @Override
    public void forceDirectory() throws IOException {
        call("force directory");
        storage.forceDirectory();
    }

    @Override
    public void close() throws IOException {
        storage.close();
    }

    private final class FaultyFile implements Storage.File {

        private final Storage.File file;

        FaultyFile(Storage.File file) {
            this.file = file;
        }

        @Override
        public long sizeBytes() throws IOException {
            call("size");
            return file.sizeBytes();
        }

        @Override
        public int read(ByteBuffer target, long offsetBytes) throws IOException {
            call("read");
            return file.read(target, offsetBytes);
        }

        @Override
        public int write(ByteBuffer source, long offsetBytes) throws IOException {
            if (call("write") && fault == Fault.SHORT_WRITE) {
                int limit = source.limit();
                source.limit(source.position() + 1);
                int written = file.write(source, offsetBytes);
                source.limit(limit);
                return written;
            }
            return file.write(source, offsetBytes);
        }

        @Override
        public void force() throws IOException {
            call("force");
            file.force();
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            call("truncate");
            file.truncate(sizeBytes);
        }

        @Override
        public void close() throws IOException {
            file.close();
            call("close");
        }
    }
}
