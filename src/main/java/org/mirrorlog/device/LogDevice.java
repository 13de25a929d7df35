package org.mirrorlog.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One opened log device.
 *
 * <p>Calls block and exclude each other; they belong on one device thread per log. {@link #health()},
 * {@link #counters()} and {@link #info()} answer any thread at once.
 *
 * <p>Order of use: {@link #read()}, then {@link #format} (the takeover), then {@link #update}, {@link #verify} and
 * {@link #putHeader} in any order. The first failed write or flush ends it: from then on everything that would write
 * throws {@link DeviceFailed} and the device is left alone, so that no later success hides what is not there (H7, S22).
 * A read or write for which the machine lacks something just now (memory, say) tells nothing of the device: it throws
 * {@link UncheckedIOException}, and the log must be taken over anew.
 */
public final class LogDevice implements AutoCloseable {
    private final DeviceInfo info;
    private final long regionCount;
    private final Transfers transfers;
    private final LogImage image;
    private final AtomicLong repairedBlocks = new AtomicLong();
    /**
     * Blocks whose image is newer than the device. Emptied by writing only, so that an exception in between loses none.
     */
    private final BitSet pending = new BitSet();
    private ReadBack readBack;
    private boolean isImageRead;
    private boolean isFormatted;
    private boolean isUnflushed;
    private boolean isClosed;
    private volatile DeviceHealth health = DeviceHealth.ALIVE;
    private DeviceFailed firstFailure;

    private LogDevice(BlockFile file, DeviceInfo info, long regionCount) {
        this.info = info;
        this.regionCount = regionCount;
        this.transfers = new Transfers(file, info.path());
        this.image = new LogImage(regionCount, info.blockSizeBytes());
    }

    /**
     * Opens a log device.
     *
     * @param device {@code major:minor} of any block device, or its absolute path
     * @param regionCount regions of the log, 1 to 2^32-1
     * @throws DeviceRefused ENOENT: no such device; EINVAL: no block device, too small, no device at all; else what the
     *         system said
     */
    public static LogDevice open(String device, long regionCount) throws DeviceRefused {
        return open(device, regionCount, false);
    }

    /** As {@link #open(String, long)}; with {@code acceptRegularFile} an existing image file will do as well. */
    public static LogDevice open(String device, long regionCount, boolean acceptRegularFile) throws DeviceRefused {
        checkRegionCount(regionCount);
        DeviceOpener.Opened opened = new DeviceOpener().open(device, acceptRegularFile);
        return over(new RawBlockFile(opened.file()), opened.info(), opened.sizeBytes(), regionCount);
    }

    /**
     * A log on anything that behaves like a device. Closes {@code file} if it refuses.
     *
     * @param sizeBytes size of the device
     * @throws DeviceRefused EINVAL: too small; ENOMEM: no memory for the bitmap
     */
    public static LogDevice over(BlockFile file, DeviceInfo info, long sizeBytes, long regionCount)
            throws DeviceRefused {
        checkRegionCount(regionCount);
        try {
            long needed = LogImage.neededBytes(regionCount, info.blockSizeBytes());
            if (sizeBytes < needed) {
                throw DeviceOpener.refuse(DeviceOpener.EINVAL, info.path(), "has " + sizeBytes + " bytes; a log of "
                        + regionCount + " regions needs " + needed, null);
            }
            return new LogDevice(file, info, regionCount);
        } catch (DeviceRefused e) {
            DeviceOpener.closeAfter(e, file);
            throw e;
        } catch (OutOfMemoryError e) {
            DeviceRefused refused = DeviceOpener.refuse(DeviceOpener.ENOMEM, info.path(),
                    "no direct memory for the bitmap of " + regionCount + " regions (-XX:MaxDirectMemorySize)", e);
            DeviceOpener.closeAfter(refused, file);
            throw refused;
        }
    }

    /** Which device this is. */
    public DeviceInfo info() {
        return info;
    }

    /** Alive, or what failed first. */
    public DeviceHealth health() {
        return health;
    }

    /** What was done so far. */
    public DeviceCounters counters() {
        return transfers.counters(repairedBlocks.get());
    }

    /**
     * Reads the whole log; a {@link #format} must follow before anything else is written. A failed or unreadable device
     * is {@link Contents.Unreadable}, never an exception.
     */
    public synchronized Contents read() {
        checkOpen();
        if (firstFailure != null) {
            return new Contents.Unreadable(firstFailure.errno(), firstFailure.getMessage());
        }
        forgetImage();
        try {
            transfers.read(image.blocks(0, image.blockCount()), 0);
        } catch (IOException e) {
            throwIfTransient(e);
            return new Contents.Unreadable(Transfers.errno(e), e.getMessage());
        }
        isImageRead = true;
        return image.contents();
    }

    /**
     * Takes the log over: writes header and whole bitmap and flushes the device's cache. The bitmap goes first, so that
     * a crash between the two leaves no header that vouches for bits of somebody else. Unused header bytes stay as they
     * are (zero where they cannot be read); blocks behind the bitmap are not touched.
     */
    public synchronized void format(CleanBits bits, PrivateHeader header) throws DeviceFailed {
        Objects.requireNonNull(header, "header");
        checkUsable();
        if (!isImageRead) {
            readUnusedHeaderBytes();
        }
        forgetImage();
        image.putHeader(header);
        for (int block = 0; block < image.blockCount(); block++) {
            image.refresh(block, bits);
        }
        int headerBlocks = Math.min(image.headerBlocks(), image.blockCount());
        if (headerBlocks < image.blockCount()) {
            write(headerBlocks, image.blockCount());
            flush();
        }
        write(0, headerBlocks);
        flush();
        isImageRead = true;
        isFormatted = true;
    }

    /**
     * Brings changed regions to the device: only blocks that differ from what was last written, neighbours at once.
     *
     * @param changed where bits may have changed, in any order; a region not below the region count is an error
     * @param mustFlush whether bits became dirty and must be on stable storage on return. Flushes only if something has
     *        been written since the last flush
     * @return the number of blocks written
     */
    public synchronized int update(CleanBits bits, List<RegionRange> changed, boolean mustFlush) throws DeviceFailed {
        checkFormatted();
        BitSet candidates = new BitSet();
        for (RegionRange range : changed) {
            if (range.end() > regionCount) {
                throw new IllegalArgumentException("regions " + range + " of a log of " + regionCount);
            }
            candidates.set(image.blockOf(range.first()), image.blockOf(range.end() - 1) + 1);
        }
        for (int block = candidates.nextSetBit(0); block >= 0; block = candidates.nextSetBit(block + 1)) {
            if (image.refresh(block, bits)) {
                pending.set(block);
            }
        }
        int written = pending.cardinality();
        writePending();
        if (mustFlush) {
            flushIfNeeded();
        }
        return written;
    }

    /**
     * Reads the log back and rewrites what differs: a predecessor's write may have landed late (D20, S20). What the
     * bits themselves have changed since the last update is written too. Flushes.
     */
    public synchronized Verification verify(CleanBits bits) throws DeviceFailed {
        checkFormatted();
        if (readBack == null) {
            readBack = new ReadBack(transfers, image, info.blockSizeBytes());
        }
        int repaired = 0;
        int unreadable = 0;
        for (int first = 0; first < image.blockCount(); first += readBack.windowBlocks()) {
            int end = Math.min(first + readBack.windowBlocks(), image.blockCount());
            boolean isRead = readBack.load(first, end);
            for (int block = first; block < end; block++) {
                boolean isForeign = isRead && readBack.differs(block);
                boolean isNewer = image.refresh(block, bits);
                if (!isRead || (isForeign || isNewer) && readBack.differs(block)) {
                    pending.set(block);
                    repaired += isForeign ? 1 : 0;
                    unreadable += isRead ? 0 : 1;
                }
            }
        }
        writePending();
        flushIfNeeded();
        repairedBlocks.addAndGet(repaired);
        return new Verification(image.blockCount(), repaired, unreadable);
    }

    /** Replaces our private bytes, say at the last leave or after an adoption, and flushes. */
    public synchronized void putHeader(PrivateHeader header) throws DeviceFailed {
        checkFormatted();
        image.putHeader(Objects.requireNonNull(header, "header"));
        write(0, 1);
        flush();
    }

    /** Closes once; later calls do nothing. Waits for a call that is under way. */
    @Override
    public synchronized void close() throws IOException {
        if (!isClosed) {
            isClosed = true;
            transfers.close();
        }
    }

    private void forgetImage() {
        isImageRead = false;
        isFormatted = false;
        pending.clear();
    }

    private void readUnusedHeaderBytes() {
        image.clear();
        try {
            transfers.read(image.blocks(0, Math.min(image.headerBlocks(), image.blockCount())), 0);
        } catch (IOException e) {
            // Nobody has asked for these bytes; a device that cannot be read may still take the log.
            image.clear();
        }
    }

    private void writePending() throws DeviceFailed {
        for (int first = pending.nextSetBit(0); first >= 0;) {
            int end = pending.nextClearBit(first);
            write(first, end);
            pending.clear(first, end);
            first = pending.nextSetBit(end);
        }
    }

    private void write(int first, int end) throws DeviceFailed {
        isUnflushed = true;
        try {
            transfers.write(image.blocks(first, end - first), offset(first));
        } catch (IOException e) {
            throwIfTransient(e);
            throw fail(DeviceHealth.WRITE_FAILED, e);
        }
    }

    private void flushIfNeeded() throws DeviceFailed {
        if (isUnflushed) {
            flush();
        }
    }

    private void flush() throws DeviceFailed {
        try {
            transfers.sync();
        } catch (IOException e) {
            throw fail(DeviceHealth.FLUSH_FAILED, e);
        }
        isUnflushed = false;
    }

    /** What may be on the device is not known then: nothing is taken for written before it was taken over anew. */
    private void throwIfTransient(IOException e) {
        if (DeviceRefused.isTransient(Transfers.errno(e))) {
            isFormatted = false;
            throw new UncheckedIOException("log device " + info.number() + " (" + info.path() + ") was not asked: "
                    + e.getMessage(), e);
        }
    }

    private DeviceFailed fail(DeviceHealth how, IOException cause) {
        health = how;
        firstFailure = new DeviceFailed(how, Transfers.errno(cause), "log device " + info.number() + " (" + info.path()
                + ") failed, " + cause.getMessage() + "; it stays failed until the mirror's table is reloaded", cause);
        return firstFailure;
    }

    private long offset(int block) {
        return (long) block * info.blockSizeBytes();
    }

    private void checkFormatted() throws DeviceFailed {
        checkUsable();
        if (!isFormatted) {
            throw new IllegalStateException(info.path() + " was not taken over by format()");
        }
    }

    private void checkUsable() throws DeviceFailed {
        checkOpen();
        if (firstFailure != null) {
            throw new DeviceFailed(health, firstFailure.errno(), firstFailure.getMessage(), firstFailure);
        }
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("log device " + info.path() + " is closed");
        }
    }

    private static void checkRegionCount(long regionCount) {
        if (regionCount < 1 || regionCount > LogImage.MAX_REGIONS) {
            throw new IllegalArgumentException("a log has 1 to 2^32-1 regions: " + regionCount);
        }
    }
}
