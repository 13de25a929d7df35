package org.mirrorlog.kernel;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.mirrorlog.logging.Defects;
import org.mirrorlog.logging.RateLimitedLog;
import org.mirrorlog.protocol.Decoded;
import org.mirrorlog.protocol.UlogCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receive thread: reads datagrams, checks them and hands requests over. It lives until {@link #close()}: whatever
 * fails is logged, counted and left behind.
 */
public final class ReceiveLoop implements AutoCloseable {
    /** Name of the thread. */
    public static final String THREAD_NAME = "mirrorlog-receive";

    private static final Logger LOG = LoggerFactory.getLogger(ReceiveLoop.class);
    private static final long FIRST_PAUSE_NS = 100_000;
    private static final long LONGEST_PAUSE_NS = 100_000_000;
    private static final long JOIN_MS = 5_000;

    private final ConnectorSocket socket;
    private final RequestSink sink;
    private final Optional<OpenRequests> open;
    private final ReplySender nacks;
    private final RateLimitedLog incidents = new RateLimitedLog(LOG, System::nanoTime);
    private final Thread thread;
    private final NackBudget nackBudget = new NackBudget(System::nanoTime);
    /** Odd while it waits for datagrams. */
    private final AtomicLong turns = new AtomicLong();
    private volatile boolean isClosing;
    private volatile boolean isFailing;
    /** Whether the receive thread is at the socket, not at the sink; its own. */
    private boolean isReading;

    private ReceiveLoop(ConnectorSocket socket, RequestSink sink, Optional<OpenRequests> open) {
        this.socket = socket;
        this.sink = sink;
        this.open = open;
        this.nacks = new ReplySender(socket);
        this.thread = new Thread(this::run, THREAD_NAME);
        thread.setDaemon(true);
    }

    /**
     * Starts reading.
     *
     * @param socket owned by the loop from now on: {@link #close()} closes it
     */
    public static ReceiveLoop start(ConnectorSocket socket, RequestSink sink) {
        return start(socket, sink, Optional.empty());
    }

    /**
     * The same with a note of each request before it is handed over.
     *
     * @param open whoever replies takes it out again
     */
    public static ReceiveLoop start(ConnectorSocket socket, RequestSink sink, Optional<OpenRequests> open) {
        ReceiveLoop loop = new ReceiveLoop(socket, sink, open);
        loop.thread.start();
        return loop;
    }

    private void run() {
        ByteBuffer into = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
        long pauseNs = FIRST_PAUSE_NS;
        while (!isClosing) {
            try {
                if (!receiveOne(into)) {
                    break;
                }
                pauseNs = FIRST_PAUSE_NS;
            } catch (Throwable e) {
                // The outermost loop: without it the kernel's mirrors stand still, so it outlives even an Error.
                socket.meter().add(ConnectorMeter.Count.LOOP_FAILURE);
                incidents.error(isReading ? "receiving from " + socket.name()
                        + " failed" : "a request was not taken over",
                        e);
                Defects.HERE.threw(isReading ? "receiving from " + socket.name() : "a request that was read", e);
                if (isReading) {
                    isFailing = true;
                    LockSupport.parkNanos(this, pauseNs);
                    pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
                }
            }
        }
        LOG.debug("receiving from {} has ended", socket.name());
        turned();
    }

    private void turned() {
        turns.lazySet((turns.getPlain() | 1) + 1);
    }

    /** Reads and hands over one datagram; false once the socket is closed. */
    private boolean receiveOne(ByteBuffer into) throws Exception {
        Peer from;
        isReading = true;
        turns.lazySet(turns.getPlain() | 1);
        try {
            from = socket.receive(into);
        } catch (ClosedChannelException e) {
            LOG.trace("closed", e);
            return false;
        } finally {
            turned();
        }
        isReading = false;
        if (isFailing) {
            isFailing = false;
        }
        Decoded decoded = UlogCodec.decodeRequest(into);
        if (decoded instanceof Decoded.Request request) {
            if (open.isPresent()) {
                open.get().read(request.request().seq(), from);
            }
            sink.accept(request.request(), from);
        } else if (decoded instanceof Decoded.Rejected rejected) {
            reject(rejected, into, from);
        }
        return true;
    }

    private void reject(Decoded.Rejected rejected, ByteBuffer datagram, Peer from) {
        socket.meter().addRejected(rejected.reason());
        incidents.warn("datagram rejected, " + rejected.reason(), () -> datagram.remaining() + " bytes from "
                + from.name() + (rejected.nackSeq().isPresent() ? ", to be asked for again" : ""));
        if (rejected.nackSeq().isPresent() && nackBudget.take()) {
            nacks.askAgain(rejected.nackSeq().getAsInt(), from);
        }
    }

    /** How often it has come round: another number than before if it has since, and an odd one while it waits. */
    public long turns() {
        return turns.get();
    }

    /** Whether the thread runs and the socket lets itself be read; for readiness. */
    public boolean isWorking() {
        return thread.isAlive() && !isFailing;
    }

    /** Closes the socket and waits for the thread to end, a few seconds at most. Not to be called by the sink. */
    @Override
    public void close() {
        isClosing = true;
        socket.close();
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("the receive thread of {} did not end within {} ms", socket.name(), JOIN_MS);
        }
    }
}
