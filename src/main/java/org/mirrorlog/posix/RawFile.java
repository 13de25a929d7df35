package org.mirrorlog.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import jnr.ffi.LastError;
import jnr.ffi.Pointer;

/**
 * A block device or file opened read-write, past the page cache where asked.
 *
 * <p>With direct I/O every offset and length must be a multiple of the logical block size and every buffer must come
 * from {@link #alignedBuffer}. Calls block. They exclude each other, {@link #close()} included: a call never meets a
 * descriptor number that was closed and given to another file in between.
 */
public final class RawFile implements AutoCloseable {
    private static final int ALIGNMENT_BYTES = 65536;

    private final Path path;
    private final boolean isDirect;
    private final ByteBuffer ioctlResult = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    private int fd;

    private RawFile(Path path, boolean isDirect, int fd) {
        this.path = path;
        this.isDirect = isDirect;
        this.fd = fd;
    }

    /**
     * Opens an existing file; never creates or truncates one.
     *
     * @param isDirect O_DIRECT; file systems without it refuse with EINVAL
     * @throws PosixException ENOENT, EACCES, EROFS, EBUSY, ENXIO, EINVAL ...
     */
    public static RawFile open(Path path, boolean isDirect) throws PosixException {
        // Without O_NONBLOCK the open of a removable or suspended device may wait; it has no effect on later I/O.
        int flags = FileCalls.O_RDWR | FileCalls.O_CLOEXEC | FileCalls.O_NONBLOCK | (isDirect ? Platform.O_DIRECT : 0);
        int fd = (int) FileCalls.check("open", path.toString(), () -> FileLibC.C.open(path.toString(), flags, 0));
        return new RawFile(path, isDirect, fd);
    }

    /** A page-aligned direct buffer, to be kept and used again; fit for direct I/O of whole blocks. */
    public static ByteBuffer alignedBuffer(int bytes) {
        ByteBuffer whole = ByteBuffer.allocateDirect(Math.addExact(bytes, ALIGNMENT_BYTES));
        int lead = ALIGNMENT_BYTES - whole.alignmentOffset(0, ALIGNMENT_BYTES);
        return whole.slice(lead, bytes);
    }

    /** The path it was opened by. */
    public Path path() {
        return path;
    }

    /** Whether it was opened with O_DIRECT. */
    public boolean isDirect() {
        return isDirect;
    }

    /** What was opened. */
    public synchronized FileStatus status() throws PosixException {
        return FileCalls.status(openFd(), path.toString());
    }

    /** Logical block size in bytes; ENOTTY for anything but a block device. */
    public synchronized int blockSizeBytes() throws PosixException {
        ioctl("ioctl BLKSSZGET", Platform.BLKSSZGET);
        return ioctlResult.getInt(0);
    }

    /**
     * Whether the device takes no writes, although it could be opened for them; ENOTTY for anything but a block device.
     */
    public synchronized boolean isReadOnly() throws PosixException {
        ioctl("ioctl BLKROGET", Platform.BLKROGET);
        return ioctlResult.getInt(0) != 0;
    }

    /** Size in bytes; ENOTTY for anything but a block device. */
    public synchronized long blockDeviceSizeBytes() throws PosixException {
        ioctl("ioctl BLKGETSIZE64", Platform.BLKGETSIZE64);
        return ioctlResult.getLong(0);
    }

    /**
     * One pread into the buffer's remaining bytes; advances its position.
     *
     * @return the bytes read, which may be fewer than asked; 0 at the end
     */
    public synchronized int read(ByteBuffer into, long offsetBytes) throws PosixException {
        int descriptor = openFd();
        long address = address(into);
        int length = into.remaining();
        long count = FileCalls.check("pread", range(length, offsetBytes),
                () -> FileLibC.C.pread(descriptor, address, length, offsetBytes));
        into.position(into.position() + (int) count);
        return (int) count;
    }

    /**
     * One pwrite of the buffer's remaining bytes; advances its position.
     *
     * @return the bytes written, which may be fewer than asked
     */
    public synchronized int write(ByteBuffer from, long offsetBytes) throws PosixException {
        int descriptor = openFd();
        long address = address(from);
        int length = from.remaining();
        long count = FileCalls.check("pwrite", range(length, offsetBytes),
                () -> FileLibC.C.pwrite(descriptor, address, length, offsetBytes));
        from.position(from.position() + (int) count);
        return (int) count;
    }

    /** fdatasync: what was written is on stable storage, the device's own cache included. */
    public synchronized void sync() throws PosixException {
        int descriptor = openFd();
        FileCalls.check("fdatasync", path.toString(), () -> FileLibC.C.fdatasync(descriptor));
    }

    /** Closes once; later calls do nothing. Waits for a call that is under way. */
    @Override
    public synchronized void close() throws PosixException {
        int closing = fd;
        fd = -1;
        if (closing < 0) {
            return;
        }
        // No repetition after EINTR: Linux has released the number by then, and another thread may own it.
        if (FileLibC.C.close(closing) == -1) {
            int errno = LastError.getLastError(FileLibC.RUNTIME);
            if (errno != FileCalls.EINTR) {
                throw new PosixException("close", errno, path.toString());
            }
        }
    }

    private int openFd() {
        if (fd < 0) {
            throw new IllegalStateException(path + " is closed");
        }
        return fd;
    }

    private void ioctl(String name, long request) throws PosixException {
        int descriptor = openFd();
        long address = address(ioctlResult);
        ioctlResult.putLong(0, 0);
        FileCalls.check(name, path.toString(), () -> FileLibC.C.ioctl(descriptor, request, address));
    }

    private String range(int length, long offsetBytes) {
        return path + ", " + length + " bytes at " + offsetBytes;
    }

    private static long address(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("only direct buffers reach the kernel uncopied");
        }
        // The address of the buffer's position, not of its beginning.
        return Pointer.wrap(FileLibC.RUNTIME, buffer).address();
    }
}
