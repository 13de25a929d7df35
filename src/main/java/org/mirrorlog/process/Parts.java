package org.mirrorlog.process;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started, to be closed in the reverse order and within a bound: one that hangs is not waited for, nor are
 * those below it, for they may be in use. Thread-safe.
 */
public final class Parts {
    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    public synchronized void push(AutoCloseable part) {
        open.push(part);
    }

    private synchronized AutoCloseable top() {
        return open.peek();
    }

    private synchronized void pop() {
        open.poll();
    }

    /**
     * Closes all of them. Idempotent.
     *
     * @return the one that still closes after this time, by its class
     */
    public Optional<String> close(Duration limit) {
        Thread closer = new Thread(this::closeAll, "mirrorlog-close-parts");
        closer.setDaemon(true);
        closer.start();
        try {
            closer.join(limit.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return closer.isAlive() ? Optional.ofNullable(top()).map(part -> part.getClass().getSimpleName())
                : Optional.empty();
    }

    private void closeAll() {
        for (AutoCloseable part = top(); part != null; part = top()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.error("{} did not close: {}", part.getClass().getSimpleName(), e.toString());
            }
            pop();
        }
    }
}
