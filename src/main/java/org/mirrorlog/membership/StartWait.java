package org.mirrorlog.membership;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mirrorlog.posix.ServiceManager;
import org.mirrorlog.process.StartException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for as long as it must, and says for whom: at growing intervals to the log, and all the time to the service
 * manager, which would take a long start for a failed one. For one thread.
 */
final class StartWait {
    private static final Logger LOG = LoggerFactory.getLogger(StartWait.class);
    private static final Duration LOOK_FIRST = Duration.ofMillis(250);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration FIRST_LINE = Duration.ofSeconds(5);
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(10);
    /** Longer than one look can take. */
    private static final Duration ALLOWED = Duration.ofSeconds(60);

    private final ServiceManager manager;

    StartWait(ServiceManager manager) {
        this.manager = manager;
    }

    /** One look at what keeps the start; it does what can be done, and says what is waited for. */
    @FunctionalInterface
    interface Look {
        String look() throws StartException;
    }

    /** What is looked at when a line is due; it may end the start. */
    @FunctionalInterface
    interface Refusal {
        void check() throws StartException;
    }

    /** Returns once that is done, or has failed. */
    void until(CompletableFuture<Void> done, Look look, Refusal refusal) throws StartException {
        long begin = System.nanoTime();
        Duration next = FIRST_LINE;
        while (true) {
            String waitsFor = look.look();
            Duration waited = Duration.ofNanos(System.nanoTime() - begin);
            if (isDoneWithin(done, waited.compareTo(FIRST_LINE) < 0 ? LOOK_FIRST : LOOK)) {
                return;
            }
            if (waited.compareTo(next) >= 0) {
                refusal.check();
                LOG.warn("not a member of the cluster after {} s: this node {}", waited.toSeconds(), waitsFor);
                next = waited.plus(waited.compareTo(LONGEST_SILENCE) < 0 ? waited : LONGEST_SILENCE);
            }
            tell();
        }
    }

    private void tell() {
        try {
            manager.starting(ALLOWED);
        } catch (IOException e) {
            LOG.debug("the service manager does not hear that the start goes on", e);
        }
    }

    private static boolean isDoneWithin(CompletableFuture<Void> done, Duration limit) throws StartException {
        try {
            done.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true; // whoever waits for it next is told
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted while joining the cluster", e);
        }
    }
}
