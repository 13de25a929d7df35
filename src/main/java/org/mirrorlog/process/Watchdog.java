package org.mirrorlog.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.mirrorlog.posix.ServiceManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager that the daemon lives, as long as each of its loops turns: at half the time that the
 * manager allows, or later, once the last loop has turned. Without it for all of that time the manager starts the
 * daemon anew. The first time begins when the daemon is ready.
 *
 * <p>{@link #look} is for one thread.
 */
public final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** What is to turn. */
    public interface Loop {
        /** For people. */
        String name();

        /** Whether it has turned since it was asked last, or is where it may stay for as long as it takes. */
        boolean hasTurned();

        /** Where it is, for people. */
        String place();
    }

    private final long limitMs;
    private final List<Loop> loops;
    private final LongSupplier clockMs;
    private final List<Loop> awaited;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "mirrorlog-watchdog");
        thread.setDaemon(true);
        return thread;
    });
    private long toldMs;
    private boolean isLateTold;
    private boolean isUnheard;

    /**
     * Without looks of its own: for who looks by hand.
     *
     * @param limit that the service manager allows from one sign of life to the next
     * @param clockMs never goes back
     */
    Watchdog(Duration limit, List<Loop> loops, LongSupplier clockMs) {
        this.limitMs = limit.toMillis();
        this.loops = List.copyOf(loops);
        this.clockMs = clockMs;
        this.awaited = new ArrayList<>(loops);
        this.toldMs = clockMs.getAsLong();
    }

    /**
     * Looks until it is closed, where the service manager of this process wants to be told; to be called when it has
     * heard that the daemon is ready.
     */
    public static AutoCloseable begin(List<Loop> loops, LongSupplier clockMs) {
        ServiceManager manager = ServiceManager.ofThisProcess();
        if (manager.watchdog().isEmpty()) {
            return () -> { };
        }
        Duration limit = manager.watchdog().get();
        Watchdog watchdog = new Watchdog(limit, loops, clockMs);
        long everyMs = Math.max(1, Math.min(LOOK.toMillis(), limit.toMillis() / 8));
        watchdog.looks.scheduleWithFixedDelay(() -> watchdog.lookAndTell(manager), everyMs, everyMs,
                TimeUnit.MILLISECONDS);
        return watchdog;
    }

    private void lookAndTell(ServiceManager manager) {
        try {
            if (look()) {
                manager.alive();
                isUnheard = false;
            }
        } catch (IOException e) {
            if (!isUnheard) {
                isUnheard = true;
                LOG.warn("the service manager does not hear that the daemon lives, and will start it anew: {}",
                        e.getMessage());
            }
        } catch (RuntimeException | Error e) {
            Thread.currentThread().getUncaughtExceptionHandler().uncaughtException(Thread.currentThread(), e);
        }
    }

    /** Looks at the loops; returns whether the manager is to be told now. */
    boolean look() {
        awaited.removeIf(Loop::hasTurned);
        long nowMs = clockMs.getAsLong();
        long silentMs = nowMs - toldMs;
        if (!awaited.isEmpty()) {
            tellIfLate(silentMs);
            return false;
        }
        if (silentMs < limitMs / 2) {
            return false;
        }
        if (isLateTold) {
            isLateTold = false;
            LOG.info("all loops turn again after {} s", silentMs / 1_000);
        }
        toldMs = nowMs;
        awaited.addAll(loops);
        return true;
    }

    private void tellIfLate(long silentMs) {
        if (silentMs < limitMs * 3 / 4 || isLateTold) {
            return;
        }
        isLateTold = true;
        for (Loop loop : awaited) {
            LOG.error("{} has not turned for {} s, and if it does not before {} s the service manager starts this"
                    + " daemon anew; please report this. It is at: {}", loop.name(), silentMs / 1_000, limitMs / 1_000,
                    loop.place());
        }
    }

    /** The manager is told no more. */
    @Override
    public void close() {
        looks.shutdownNow();
    }
}
