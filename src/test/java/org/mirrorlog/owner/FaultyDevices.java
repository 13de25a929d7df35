package org.mirrorlog.owner;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.mirrorlog.device.BlockFile;
import org.mirrorlog.device.DeviceInfo;
import org.mirrorlog.device.DeviceRefused;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.posix.PosixException;

/**
 * Log devices in memory, below the real {@link LogDevice}, whose calls are counted from 1: open, read, write, sync and
 * close alike. What was written stays over a close. Thread-safe.
 */
final class FaultyDevices implements LogDevices.Source {
    /** What a call may run into. */
    enum Fault {
        /** The system refuses: EIO. */
        REFUSED(5),
        ENOSPC(28),
        EROFS(30),
        EDQUOT(122),
        /** The machine lacks something: ENOMEM. */
        LACKING(12),
        /** Our own code throws. */
        THROWN(0),
        /** No answer until {@link #answer}. */
        HANGING(0),
        /** A read or write does half of what it should. */
        SHORT(0);

        private final int errno;

        Fault(int errno) {
            this.errno = errno;
        }
    }

    private static final int BLOCK_BYTES = 512;
    private static final int SIZE_BYTES = 1 << 16;

    private final Map<String, byte[]> disks = new ConcurrentHashMap<>();
    private final List<String> calls = new ArrayList<>();
    private final CountDownLatch answer = new CountDownLatch(1);
    private int failAt;
    private Fault fault;
    private volatile String hanging = "";

    /** The call of this number runs into this, no other one does. */
    synchronized FaultyDevices failing(int callNumber, Fault with) {
        failAt = callNumber;
        fault = with;
        return this;
    }

    /** From here on every call on devices whose path begins so hangs. */
    void hang(String prefix) {
        hanging = prefix;
    }

    /** What hangs goes on. */
    void answer() {
        hanging = "";
        answer.countDown();
    }

    /** All calls so far, in words. */
    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    byte[] bytes(String path) {
        return disks.computeIfAbsent(path, p -> new byte[SIZE_BYTES]);
    }

    /** Returns whether it is to do half of its work. */
    private boolean called(String call, String path) throws IOException {
        Fault now;
        synchronized (this) {
            calls.add(call);
            now = calls.size() == failAt ? fault : null;
        }
        if (now == Fault.HANGING || !hanging.isEmpty() && path.startsWith(hanging)) {
            await();
        } else if (now == Fault.THROWN) {
            throw new IllegalStateException("a defect in " + call);
        } else if (now != null && now.errno != 0) {
            throw new PosixException(call, now.errno, path);
        }
        return now == Fault.SHORT;
    }

    private void await() {
        try {
            answer.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("the test is over", e);
        }
    }

    @Override
    public LogDevice open(String path, long regionCount) throws DeviceRefused {
        boolean isRefused = false;
        try {
            called("open", path);
        } catch (IOException e) {
            isRefused = true;
        }
        // The real refusal of a device that is too small.
        return LogDevice.over(new File(path), new DeviceInfo(path, 254, 3, BLOCK_BYTES), isRefused ? 0 : SIZE_BYTES,
                regionCount);
    }

    private final class File implements BlockFile {
        private final String path;

        File(String path) {
            this.path = path;
        }

        @Override
        public int read(ByteBuffer into, long offsetBytes) throws IOException {
            int count = called("read", path) ? into.remaining() / 2 : into.remaining();
            synchronized (bytes(path)) {
                into.put(bytes(path), (int) offsetBytes, count);
            }
            return count;
        }

        @Override
        public int write(ByteBuffer from, long offsetBytes) throws IOException {
            int count = called("write", path) ? from.remaining() / 2 : from.remaining();
            synchronized (bytes(path)) {
                from.get(bytes(path), (int) offsetBytes, count);
            }
            return count;
        }

        @Override
        public void sync() throws IOException {
            called("sync", path);
        }

        @Override
        public void close() throws IOException {
            called("close", path);
        }
    }
}
