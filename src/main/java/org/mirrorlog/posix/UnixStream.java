package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import jnr.ffi.Pointer;

/**
 * One end of a UNIX stream connection, with what the kernel knows of the process that made it. One thread receives, one
 * sends; any thread closes.
 */
public final class UnixStream implements AutoCloseable {
    private static final int SO_PEERGROUPS = 59;
    private static final int MOST_GROUPS = 65_536;
    private static final int SHUT_WR = 1;

    private final SocketHandle handle;

    UnixStream(int fd, String name) throws PosixException {
        handle = SocketHandle.adopt(fd, name);
    }

    /** Who connected, with its effective ids of that moment. */
    public Credentials peer() throws PosixException {
        Pointer memory = Linux.allocate(Credentials.SIZE + 4);
        memory.putInt(Credentials.SIZE, Credentials.SIZE);
        Linux.check(LIBC.getsockopt(handle.fd(), Linux.SOL_SOCKET, Linux.SO_PEERCRED, memory.address(),
                memory.address() + Credentials.SIZE), "getsockopt", handle.name());
        Credentials peer = Credentials.read(memory, 0);
        Reference.reachabilityFence(memory);
        return peer;
    }

    /** Whether it was a member of this group beside its first one, in that moment. */
    public boolean isPeerIn(int gid) throws PosixException {
        Pointer memory = Linux.allocate(4 * MOST_GROUPS + 4);
        memory.putInt(4 * MOST_GROUPS, 4 * MOST_GROUPS);
        Linux.check(LIBC.getsockopt(handle.fd(), Linux.SOL_SOCKET, SO_PEERGROUPS, memory.address(),
                memory.address() + 4 * MOST_GROUPS), "getsockopt", handle.name());
        int count = memory.getInt(4 * MOST_GROUPS) / 4;
        for (int i = 0; i < count; i++) {
            if (memory.getInt(4L * i) == gid) {
                return true;
            }
        }
        return false;
    }

    /**
     * Waits for bytes and appends them to a direct buffer.
     *
     * @return how many; 0 at the end of the stream; -1 if none came in time
     */
    public int receive(ByteBuffer into, int timeoutMs) throws PosixException, ClosedChannelException {
        return handle.receive(into, timeoutMs);
    }

    /**
     * Sends all bytes of a direct buffer.
     *
     * @param timeoutMs how long to wait each time that the peer has no room
     * @throws IOException it had none in time, or is gone
     */
    public void send(ByteBuffer bytes, int timeoutMs) throws IOException {
        ByteBuffer rest = bytes.duplicate();
        while (rest.hasRemaining()) {
            // A stream may take a part: pieces that it takes wholly or not at all are small.
            ByteBuffer piece = rest.slice(rest.position(), Math.min(1024, rest.remaining()));
            int errno = handle.trySend(piece, 0, 0);
            if (errno == 0) {
                rest.position(rest.position() + piece.remaining());
            } else if (errno != Linux.EAGAIN || !handle.awaitWritable(timeoutMs)) {
                throw new PosixException("sendmsg", errno, handle.name());
            }
        }
    }

    /** Tells the peer that nothing more comes; what it sends can still be received. */
    public void endOutput() throws PosixException {
        Linux.check(LIBC.shutdown(handle.fd(), SHUT_WR), "shutdown", handle.name());
    }

    @Override
    public void close() {
        handle.close();
    }
}
