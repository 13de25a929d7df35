package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.Pointer;

/**
 * Owner of one socket descriptor and of the descriptor that wakes its blocked users.
 *
 * <p>One thread receives; any number of threads send. {@link #close()} from any thread wakes them all; the descriptors
 * are closed by whoever leaves last, so that no call ever meets a number that belongs to somebody else by then.
 */
final class SocketHandle implements AutoCloseable {
    /** Result of {@link #receive} when nothing came in time. */
    static final int TIMED_OUT = -1;

    private static final int CLOSED = 1 << 30;
    private static final int FREED = CLOSED | 1 << 29;

    private final int fd;
    private final int wakeFd;
    private final String name;
    private final MessageHeader header;
    /**
     * Number of threads inside a call, with {@link #CLOSED} added by close; {@link #FREED} once the numbers are gone.
     */
    private final AtomicInteger users = new AtomicInteger();

    private SocketHandle(int fd, int wakeFd, String name) {
        this.fd = fd;
        this.wakeFd = wakeFd;
        this.name = name;
        this.header = new MessageHeader(fd, wakeFd);
    }

    /** Takes a socket over that this process was given; from now on the handle owns it. */
    static SocketHandle adopt(int fd, String name) throws PosixException {
        return new SocketHandle(fd, wakeUp(name), name);
    }

    private static int wakeUp(String name) throws PosixException {
        return Linux.check(LIBC.eventfd(0, Linux.CLOEXEC | Linux.NONBLOCK), "eventfd", name);
    }

    static SocketHandle open(int family, int type, int protocol, String name) throws PosixException {
        int wakeFd = wakeUp(name);
        int fd = LIBC.socket(family, type | Linux.CLOEXEC, protocol);
        if (fd < 0) {
            PosixException failure = new PosixException("socket", Linux.errno(), name);
            LIBC.close(wakeFd);
            throw failure;
        }
        return new SocketHandle(fd, wakeFd, name);
    }

    /** The descriptor, for set-up calls of the owning socket before it is shared. */
    int fd() {
        return fd;
    }

    String name() {
        return name;
    }

    /**
     * The {@code sockaddr} that the socket is bound to, with its length behind it.
     *
     * @param bytes room for it, a multiple of 4
     */
    Pointer boundTo(int bytes) throws PosixException {
        Pointer address = Linux.allocate(bytes + 4);
        address.putInt(bytes, bytes);
        Linux.check(LIBC.getsockname(fd, address.address(), address.address() + bytes), "getsockname", name);
        return address;
    }

    /** What the last {@link #receive} learned of the sender; for the receiving thread. */
    MessageHeader header() {
        return header;
    }

    void setOption(int level, int option, int value) throws PosixException {
        Pointer memory = Linux.allocate(4);
        memory.putInt(0, value);
        int result = LIBC.setsockopt(fd, level, option, memory.address(), 4);
        int errno = Linux.errno();
        Reference.reachabilityFence(memory);
        if (result < 0) {
            throw new PosixException("setsockopt", errno, name + ", level " + level + " option " + option);
        }
    }

    /**
     * Sets a buffer's size beyond the system's limit, or up to it where that is not permitted.
     *
     * @return what the kernel grants: twice the asked size if it was granted whole
     */
    int setBuffer(int forced, int usual, int bytes) throws PosixException {
        try {
            setOption(Linux.SOL_SOCKET, forced, bytes);
        } catch (PosixException e) {
            if (e.errno() != Linux.EPERM) {
                throw e;
            }
            setOption(Linux.SOL_SOCKET, usual, bytes);
        }
        return option(Linux.SOL_SOCKET, usual);
    }

    int option(int level, int option) throws PosixException {
        Pointer memory = Linux.allocate(8);
        memory.putInt(4, 4);
        int result = LIBC.getsockopt(fd, level, option, memory.address(), memory.address() + 4);
        int errno = Linux.errno();
        int value = memory.getInt(0);
        if (result < 0) {
            throw new PosixException("getsockopt", errno, name + ", level " + level + " option " + option);
        }
        return value;
    }

    /**
     * Waits for one datagram and appends it to a direct buffer; what does not fit is lost. Interrupted calls are
     * repeated.
     *
     * @param timeoutMs how long to wait at most; negative waits for ever
     * @return number of bytes, 0 or more; {@link #TIMED_OUT}
     * @throws ClosedChannelException closed before or meanwhile
     * @throws PosixException an error pending on the socket, such as ENOBUFS after an overrun; the next call may
     *     succeed
     */
    int receive(ByteBuffer into, int timeoutMs) throws PosixException, ClosedChannelException {
        enter();
        try {
            header.aim(Linux.addressOf(into), into.remaining());
            while (true) {
                // What is there already costs one call instead of two.
                int received = (int) LIBC.recvmsg(fd, header.address(), Linux.MSG_DONTWAIT);
                if (received >= 0) {
                    into.position(into.position() + received);
                    return received;
                }
                checkRepeatable("recvmsg", Linux.errno());
                if (timeoutMs == 0) {
                    return TIMED_OUT;
                }
                int ready = LIBC.poll(header.pollAddress(), 2, timeoutMs);
                int errno = ready < 0 ? Linux.errno() : 0;
                if (users.get() >= CLOSED || ready > 0 && header.isWoken()) {
                    throw new ClosedChannelException();
                }
                if (ready == 0) {
                    return TIMED_OUT;
                }
                if (ready < 0) {
                    checkRepeatable("poll", errno);
                }
            }
        } finally {
            Reference.reachabilityFence(into);
            exit();
        }
    }

    private void checkRepeatable(String call, int errno) throws PosixException {
        if (errno != Linux.EINTR && errno != Linux.EAGAIN) {
            throw new PosixException(call, errno, name);
        }
    }

    /**
     * Sends the rest of a direct buffer as one datagram, without waiting. The buffer's position stays.
     *
     * @param address native address of the receiver's sockaddr; 0 for the connected one
     * @return 0, or the errno of the refusal
     */
    int trySend(ByteBuffer datagram, long address, int addressLength) throws ClosedChannelException {
        return trySend(SendHeader.own(), datagram, address, addressLength);
    }

    /** As {@link #trySend(ByteBuffer, long, int)}, with what this header carries besides. */
    int trySend(SendHeader message, ByteBuffer datagram, long address, int addressLength)
            throws ClosedChannelException {
        enter();
        try {
            message.aim(Linux.addressOf(datagram), datagram.remaining(), address, addressLength);
            long sent = LIBC.sendmsg(fd, message.address(), Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL);
            return sent >= 0 ? 0 : Linux.errno();
        } finally {
            Reference.reachabilityFence(datagram);
            exit();
        }
    }

    /** Waits until the connected receiver has room. False if it had none in time. */
    boolean awaitWritable(int timeoutMs) throws PosixException, ClosedChannelException {
        Pointer descriptors = Linux.allocate(16);
        descriptors.putInt(0, fd);
        descriptors.putShort(4, Linux.POLLOUT);
        descriptors.putInt(8, wakeFd);
        descriptors.putShort(12, Linux.POLLIN);
        enter();
        try {
            int ready = LIBC.poll(descriptors.address(), 2, timeoutMs);
            int errno = ready < 0 ? Linux.errno() : 0;
            if (users.get() >= CLOSED) {
                throw new ClosedChannelException();
            }
            if (ready < 0) {
                checkRepeatable("poll", errno);
            }
            return ready > 0 && descriptors.getShort(6) != 0;
        } finally {
            exit();
        }
    }

    void enter() throws ClosedChannelException {
        if (users.incrementAndGet() >= CLOSED) {
            exit();
            throw new ClosedChannelException();
        }
    }

    void exit() {
        if (users.decrementAndGet() == CLOSED) {
            freeIfUnused();
        }
    }

    boolean isClosed() {
        return users.get() >= CLOSED;
    }

    @Override
    public void close() {
        int before = users.getAndUpdate(count -> count >= CLOSED ? count : count + CLOSED);
        if (before >= CLOSED) {
            return;
        }
        if (before > 0) {
            wake();
        }
        freeIfUnused();
    }

    private void wake() {
        Pointer one = Linux.allocate(8);
        one.putLong(0, 1);
        // The wake-up descriptor can be gone only if the last user has left already: then there is nobody to wake.
        if (users.getAndIncrement() < FREED) {
            LIBC.write(wakeFd, one.address(), 8);
        }
        Reference.reachabilityFence(one);
        exit();
    }

    private void freeIfUnused() {
        if (users.compareAndSet(CLOSED, FREED)) {
            LIBC.close(fd);
            LIBC.close(wakeFd);
        }
    }
}
