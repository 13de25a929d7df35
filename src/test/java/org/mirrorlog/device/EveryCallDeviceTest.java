package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mirrorlog.posix.PosixException;

/**
 * Each call of a log's life on its device fails in turn, alone or with all that follow: what was said to be on stable
 * storage is there after a power failure, a device that refused is left alone, and the line says what and where.
 */
class EveryCallDeviceTest {
    private static final int REGIONS = 8192;
    private static final int BLOCK = 512;
    private static final int MOST_CALLS = 100;

    /** What a call runs into. */
    enum Fault {
        ENOSPC(28), EROFS(30), EDQUOT(122), EIO(5),
        /** One block of what was asked. */
        SHORT(0),
        /** Nothing of it. */
        NOTHING(0),
        /** A write puts down one block, and fails. */
        TORN(5);

        private final int errno;

        Fault(int errno) {
            this.errno = errno;
        }
    }

    /** A device whose calls are counted from 1. */
    private static final class FaultyFile implements BlockFile {
        private final MemoryFile file;
        private final Fault fault;
        private final int first;
        private final int last;
        private final List<String> calls = new ArrayList<>();

        FaultyFile(MemoryFile file, Fault fault, int first, int last) {
            this.file = file;
            this.fault = fault;
            this.first = first;
            this.last = last;
        }

        private boolean isDue(String call) {
            calls.add(call);
            return calls.size() >= first && calls.size() <= last;
        }

        private interface Transfer {
            int run(ByteBuffer bytes, long at) throws IOException;
        }

        private int transfer(String call, ByteBuffer bytes, long at, Transfer whole) throws IOException {
            if (!isDue(call)) {
                return whole.run(bytes, at);
            }
            boolean isPart = fault == Fault.SHORT || fault == Fault.TORN && call.equals("pwrite");
            int count = 0;
            if (isPart) {
                int limit = bytes.limit();
                bytes.limit(bytes.position() + BLOCK);
                count = whole.run(bytes, at);
                bytes.limit(limit);
            }
            if (fault.errno != 0) {
                throw new PosixException(call, fault.errno, "/dev/memory at " + at);
            }
            return count;
        }

        @Override
        public int read(ByteBuffer into, long offsetBytes) throws IOException {
            return transfer("pread", into, offsetBytes, file::read);
        }

        @Override
        public int write(ByteBuffer from, long offsetBytes) throws IOException {
            return transfer("pwrite", from, offsetBytes, file::write);
        }

        @Override
        public void sync() throws IOException {
            if (isDue("fdatasync") && fault.errno != 0) {
                throw new PosixException("fdatasync", fault.errno, "/dev/memory");
            }
            file.sync();
        }

        @Override
        public void close() throws IOException {
            if (isDue("close") && fault.errno != 0) {
                throw new PosixException("close", fault.errno, "/dev/memory");
            }
            file.close();
        }
    }

    private MemoryFile file;
    private FaultyFile faulty;
    private LogDevice device;
    private Regions regions;
    /** Said to be dirty on stable storage, and not said to be clean since. */
    private BitSet promised;
    private DeviceFailed failed;
    private String what;

    private interface Step {
        void run() throws IOException, DeviceFailed;
    }

    private void step(Step step, int... dirty) throws IOException {
        int before = faulty.calls.size();
        boolean wasFailed = failed != null;
        try {
            step.run();
            assertFalse(wasFailed, what + ": goes on after " + failed);
            for (int region : dirty) {
                promised.set(region);
            }
        } catch (DeviceFailed e) {
            if (wasFailed) {
                assertEquals(before, faulty.calls.size(), what + ": a device that has failed is left alone");
                assertEquals(failed.getMessage(), e.getMessage(), what);
            } else {
                failed = e;
                assertTold(e);
            }
        }
    }

    /** Which call, why, of what; a write that makes no progress is EIO. */
    private void assertTold(DeviceFailed e) {
        String call = faulty.calls.get(faulty.calls.size() - 1);
        assertEquals(call.equals("fdatasync") ? DeviceHealth.FLUSH_FAILED : DeviceHealth.WRITE_FAILED, device.health());
        assertEquals(fault().errno == 0 ? 5 : fault().errno, e.errno(), what);
        String name = fault().errno == 0 || fault() == Fault.TORN ? "EIO" : fault().name();
        assertTrue(e.getMessage().contains("254:3 (/dev/memory) failed, " + call + ": " + name), e.getMessage());
    }

    private Fault fault() {
        return faulty.fault;
    }

    private static List<RegionRange> range(int first, int end) {
        return List.of(new RegionRange(first, end));
    }

    /** Taken over from somebody else, marked, cleared, marked again, read back, left. */
    private void live() throws IOException {
        file = new MemoryFile(8192, BLOCK);
        LogDevice before = file.open(REGIONS);
        before.format(Regions.allClean(REGIONS), Regions.ACTIVE);
        promised = new BitSet();
        failed = null;
        faulty = new FaultyFile(file, faulty.fault, faulty.first, faulty.last);
        device = LogDevice.over(faulty, new DeviceInfo("/dev/memory", 254, 3, BLOCK), file.bytes.length, REGIONS);
        regions = Regions.cleanExcept(REGIONS, List.of(1, 5000));
        device.read();
        step(() -> device.format(regions, Regions.ACTIVE), 1, 5000);
        regions.clean.clear(10);
        regions.clean.clear(5001);
        step(() -> device.update(regions, range(0, REGIONS), true), 10, 5001);
        // A clear need not be there; it may be from here on.
        regions.clean.set(10);
        promised.clear(10);
        step(() -> device.update(regions, range(10, 11), false));
        regions.clean.clear(4);
        step(() -> device.update(regions, range(4, 5), true), 4);
        regions.clean.clear(7000);
        step(() -> device.verify(regions), 7000);
        step(() -> device.putHeader(new PrivateHeader(Regions.JOURNAL, "storage-one", false, 42)));
        try {
            device.close();
        } catch (PosixException e) {
            assertTrue(e.getMessage().startsWith("close: "), e.getMessage());
        }
    }

    private void assertKept() {
        for (int region : promised.stream().toArray()) {
            assertTrue((file.stable[1024 + region / 8] & 1 << region % 8) == 0, what + ": region " + region);
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void s22ShouldKeepWhatWasSaidToBeKeptWhicheverCallFails(Fault fault) throws IOException {
        for (boolean isForGood : new boolean[] {false, true}) {
            int at = 0;
            do {
                assertTrue(++at < MOST_CALLS, "calls end");
                what = fault + " at call " + at + (isForGood ? " and after" : "");
                faulty = new FaultyFile(null, fault, at, isForGood ? Integer.MAX_VALUE : at);
                live();

                assertKept();
                if (fault == Fault.SHORT) {
                    assertEquals(null, failed, what);
                }
                Contents after = file.open(REGIONS).read();
                assertInstanceOf(Contents.Readable.class, after, what);
            } while (faulty.calls.size() >= at);
            assertTrue(at > 12, at + " calls");
        }
    }
}
