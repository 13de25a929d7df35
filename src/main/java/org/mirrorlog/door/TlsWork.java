package org.mirrorlog.door;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * One thread for the work that handshakes make, so that a door serves on meanwhile. It rests for as long as it has
 * worked: however many shake hands, they take no more than half of one processor.
 */
final class TlsWork {
    /** Of each connection that may be open: those that are closed still wait until it is their turn. */
    private static final int MOST_OF_EACH = 4;
    private static final long LONGEST_REST_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Supplier<SSLEngine> engines;
    private final LongSupplier clockNs;
    private final ThreadPoolExecutor worker;

    TlsWork(Supplier<SSLEngine> engines, int connections, LongSupplier clockNs) {
        this.engines = engines;
        this.clockNs = clockNs;
        this.worker = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_OF_EACH * connections), work -> {
                    Thread thread = new Thread(work, "mirrorlog-door-tls");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    TlsSession session() {
        return new TlsSession(engines);
    }

    /**
     * Works on a handshake, unless nobody wants it any more by then.
     *
     * @param done is told how that failed, if it did
     * @return whether it will; not if too many wait
     */
    boolean take(TlsSession session, BooleanSupplier isOver, Consumer<Optional<Exception>> done) {
        try {
            worker.execute(() -> {
                if (!isOver.getAsBoolean()) {
                    long beganNs = clockNs.getAsLong();
                    done.accept(failure(session));
                    LockSupport.parkNanos(this, Math.min(clockNs.getAsLong() - beganNs, LONGEST_REST_NS));
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private static Optional<Exception> failure(TlsSession session) {
        try {
            session.work();
            return Optional.empty();
        } catch (SSLException | RuntimeException e) {
            return Optional.of(e);
        }
    }

    void close() {
        worker.shutdownNow();
    }
}
