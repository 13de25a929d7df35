package org.mirrorlog.emulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.mirrorlog.posix.PosixException;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.DecodedReply;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

/**
 * The kernel's end of the connector: requests out, answers in, over a UNIX datagram socket. For one thread. Bound to an
 * abstract name of its own, so that nothing is left behind.
 */
final class KernelSocket implements AutoCloseable {
    private static final int ECONNREFUSED = 111;
    private static final int FULL_QUEUE_TRIES = 2_000;
    private static final long FULL_QUEUE_PAUSE_NS = 50_000;
    private static final int DATAGRAM_BYTES = 1024;
    private static final AtomicInteger SERIAL = new AtomicInteger();

    private final UnixAddress daemon;
    private final UnixDatagramSocket socket;
    private final ByteBuffer out = ByteBuffer.allocateDirect(DATAGRAM_BYTES);
    private final ByteBuffer in = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
    private long rejected;

    KernelSocket(Path daemonPath) throws IOException {
        daemon = UnixAddress.of(daemonPath);
        socket = UnixDatagramSocket.bind(UnixAddress.ofAbstract(
                "mirrorlog-emulator-" + ProcessHandle.current().pid() + '-' + SERIAL.incrementAndGet()));
    }

    /**
     * Sends one request.
     *
     * @return false if nobody listens, or nobody reads what was sent before: the kernel's ESRCH
     * @throws IOException the socket is of no use any more
     */
    boolean send(UlogRequest request) throws IOException {
        out.clear();
        UlogCodec.encodeRequest(request, out);
        out.flip();
        for (int i = 0; i < FULL_QUEUE_TRIES; i++) {
            int errno = socket.trySend(out, daemon);
            if (errno == 0) {
                return true;
            }
            if (errno == ECONNREFUSED || errno == Errno.ENOENT.number()) {
                return false;
            }
            if (errno != Errno.EAGAIN.number() && errno != Errno.ENOBUFS.number() && errno != Errno.EINTR.number()) {
                throw new PosixException("sendmsg", errno, "request to " + daemon);
            }
            LockSupport.parkNanos(FULL_QUEUE_PAUSE_NS);
        }
        return false;
    }

    /**
     * Waits for one answer.
     *
     * @return null if none came in time; a datagram that a kernel would drop counts as none
     */
    UlogAnswer receive(int timeoutMs) throws IOException {
        in.clear();
        int length = socket.receive(in, timeoutMs);
        if (length == UnixDatagramSocket.TIMED_OUT) {
            return null;
        }
        in.flip();
        DecodedReply reply = UlogCodec.decodeReply(in);
        if (reply instanceof UlogAnswer answer) {
            return answer;
        }
        rejected++;
        return null;
    }

    /** Datagrams that a kernel would have dropped. */
    long rejected() {
        return rejected;
    }

    /** Whether somebody would receive what is sent to that path. */
    static boolean isListening(Path daemonPath) throws IOException {
        return UnixDatagramSocket.isListening(UnixAddress.of(daemonPath));
    }

    @Override
    public void close() {
        socket.close();
    }
}
