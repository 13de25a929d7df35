package org.mirrorlog.instance;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A disk of which some calls fail, counted from 1: those from one number on, as many as are to fail. */
final class FaultyDisk implements RecordDisk {
    /** How a call fails. */
    enum Fault {
        ENOSPC("No space left on device"), EIO("Input/output error"), EROFS("Read-only file system"),
        EDQUOT("Disk quota exceeded"),
        /** A write writes half of what it should; what is no write does what it should. */
        SHORT(""),
        /** The same, and fails; eight bytes are written whole or not at all, for no page ends among them. */
        TORN("Input/output error"),
        /** The call has done all, and fails. */
        DONE("Input/output error"),
        /** The call is done when the disk is mended, and not before. */
        HANG("");

        private final String message;

        Fault(String message) {
            this.message = message;
        }
    }

    private final Path directory;
    private final String name;
    private final CountDownLatch mended = new CountDownLatch(1);
    private volatile boolean isHanging;
    private Fault fault = Fault.EIO;
    private int firstCall = Integer.MAX_VALUE;
    private int failing;
    private int calls;

    /** @param name what the names of files begin with whose calls fail */
    FaultyDisk(String name) {
        this(null, name);
    }

    /**
     * @param directory whose calls fail, and no others; null: any
     * @param name what the names of files begin with whose calls fail
     */
    FaultyDisk(Path directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    boolean isHanging() {
        return isHanging;
    }

    private void hang() throws IOException {
        isHanging = true;
        try {
            mended.await();
        } catch (InterruptedException e) {
            throw new InterruptedIOException("waited for a disk that hangs");
        }
    }

    synchronized void fail(Fault how, int from, int count) {
        fault = how;
        firstCall = from;
        failing = count;
    }

    synchronized void mend() {
        failing = 0;
        mended.countDown();
    }

    synchronized boolean hasFailed() {
        return calls >= firstCall;
    }

    private synchronized boolean isDue(Path path) {
        boolean isElsewhere = path != null && directory != null && !directory.equals(path.getParent());
        if (isElsewhere || path != null && !path.getFileName().toString().startsWith(name)) {
            return false;
        }
        calls++;
        return calls >= firstCall && calls - firstCall < failing;
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    private <T> T call(Path path, Call<T> call) throws IOException {
        if (!isDue(path) || fault == Fault.SHORT) {
            return call.run();
        }
        if (fault == Fault.HANG) {
            hang();
            return call.run();
        }
        if (fault == Fault.DONE) {
            T done = call.run();
            if (done instanceof Content content) {
                content.close();
            }
        }
        throw new IOException(fault.message);
    }

    @Override
    public Content open(Path path) throws IOException {
        return call(path, () -> new FaultyContent(path, REAL.open(path)));
    }

    @Override
    public Content create(Path path) throws IOException {
        return call(path, () -> new FaultyContent(path, REAL.create(path)));
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        call(from, () -> {
            REAL.move(from, to);
            return null;
        });
    }

    @Override
    public void link(Path from, Path to) throws IOException {
        call(from, () -> {
            REAL.link(from, to);
            return null;
        });
    }

    @Override
    public void delete(Path path) throws IOException {
        call(path, () -> {
            REAL.delete(path);
            return null;
        });
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (this.directory != null && !this.directory.equals(directory)) {
            REAL.forceDirectory(directory);
            return;
        }
        call(null, () -> {
            REAL.forceDirectory(directory);
            return null;
        });
    }

    @Override
    public List<Path> list(Path directory, String glob) throws IOException {
        return REAL.list(directory, glob);
    }

    private final class FaultyContent implements Content {
        private final Path path;
        private final Content content;

        FaultyContent(Path path, Content content) {
            this.path = path;
            this.content = content;
        }

        @Override
        public int write(ByteBuffer from, long at) throws IOException {
            boolean isFailing = isDue(path);
            if (isFailing && fault == Fault.HANG) {
                hang();
                isFailing = false;
            }
            if (isFailing && (fault == Fault.SHORT || fault == Fault.TORN) && from.remaining() > 8) {
                ByteBuffer half = from.duplicate().limit(from.position() + from.remaining() / 2);
                RecordDisk.writeFully(content, half, at);
                int written = half.position() - from.position();
                from.position(half.position());
                if (fault == Fault.SHORT) {
                    return written;
                }
            } else if (!isFailing || fault == Fault.DONE || fault == Fault.SHORT) {
                int written = content.write(from, at);
                if (!isFailing || fault == Fault.SHORT) {
                    return written;
                }
            }
            throw new IOException(fault.message);
        }

        @Override
        public int read(ByteBuffer into, long at) throws IOException {
            return call(path, () -> content.read(into, at));
        }

        @Override
        public long size() throws IOException {
            return call(path, content::size);
        }

        @Override
        public void force() throws IOException {
            call(path, () -> {
                content.force();
                return null;
            });
        }

        @Override
        public void find(Path found) throws IOException {
            call(path, () -> {
                content.find(found);
                return null;
            });
        }

        @Override
        public void close() throws IOException {
            content.close();
        }
    }
}
