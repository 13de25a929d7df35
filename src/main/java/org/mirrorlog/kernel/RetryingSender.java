package org.mirrorlog.kernel;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.LockSupport;
import org.mirrorlog.protocol.Errno;

/**
 * Sends with patience: a refusal that passes is tried again, a bounded number of times with growing pauses (about 10 ms
 * in all). A lost reply costs its kernel 15 seconds of stalled I/O; a long wait would cost everybody else's.
 *
 * <p>Any number of threads.
 */
final class RetryingSender {
    static final int MAX_ATTEMPTS = 12;
    private static final long FIRST_PAUSE_NS = 20_000;
    private static final long LONGEST_PAUSE_NS = 2_000_000;

    /** One attempt to send, which does not wait. */
    @FunctionalInterface
    interface Attempt<P extends Peer> {
        /** Returns 0 or the errno of the refusal. */
        int send(ByteBuffer datagram, P to) throws ClosedChannelException;
    }

    private final ConnectorMeter meter;

    RetryingSender(ConnectorMeter meter) {
        this.meter = meter;
    }

    /**
     * Tries at most {@code attempts} times.
     *
     * @return 0, or the errno of the last refusal
     */
    <P extends Peer> int send(Attempt<P> attempt, ByteBuffer datagram, P to, int attempts)
            throws ClosedChannelException {
        int errno = attempt.send(datagram, to);
        long pauseNs = FIRST_PAUSE_NS;
        for (int made = 1; made < attempts && isPassing(errno); made++) {
            // Interrupted, it returns at once; the number of attempts is bounded all the same.
            LockSupport.parkNanos(this, pauseNs);
            pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
            meter.add(ConnectorMeter.Count.SEND_RETRY);
            errno = attempt.send(datagram, to);
        }
        if (errno == 0) {
            meter.add(ConnectorMeter.Count.SENT);
        }
        return errno;
    }

    /** No room, no memory or a signal now; perhaps not in a moment. */
    static boolean isPassing(int errno) {
        return errno == Errno.EAGAIN.number() || errno == Errno.ENOBUFS.number() || errno == Errno.ENOMEM.number()
                || errno == Errno.EINTR.number();
    }
}
