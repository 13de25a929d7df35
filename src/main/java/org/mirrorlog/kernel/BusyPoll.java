package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * How a receive thread waits: while requests follow each other closely it looks at the socket for a short while before
 * it lets itself be put to sleep, since waking a processor that has gone idle costs more than most answers do. A pause
 * between requests ends that; the first request after it is slept for. For one thread.
 */
final class BusyPoll {
    private static final int NOW = 0;
    private static final int FOR_EVER = -1;

    /** Receives one datagram, or nothing within the timeout. */
    @FunctionalInterface
    interface Source {
        /** Number of bytes; negative if nothing came in time. A negative timeout waits for ever. */
        int receive(ByteBuffer into, int timeoutMs) throws IOException;
    }

    private final Source source;
    private final long lookoutNs;
    private boolean isLively;

    /**
     * Attention to one socket.
     *
     * @param lookout how long to look before sleeping; zero sleeps at once
     */
    BusyPoll(Source source, Duration lookout) {
        this.source = source;
        this.lookoutNs = lookout.toNanos();
    }

    /** Waits for one datagram. */
    void receive(ByteBuffer into) throws IOException {
        long begin = System.nanoTime();
        if (isLively && isThereWithin(begin, into)) {
            return;
        }
        source.receive(into, FOR_EVER);
        // A datagram that came soon after all was missed narrowly, or its sender is slow to wake: worth another look.
        isLively = System.nanoTime() - begin < 4 * lookoutNs;
    }

    private boolean isThereWithin(long begin, ByteBuffer into) throws IOException {
        do {
            if (source.receive(into, NOW) >= 0) {
                return true;
            }
            // Whoever else has work on this processor goes first: the sender, perhaps.
            Thread.yield();
        } while (System.nanoTime() - begin < lookoutNs);
        return false;
    }
}
