package org.mirrorlog.process;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.mirrorlog.posix.ServiceManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what a start waits for when a place that it reads or writes does not answer. A disk that hangs holds the thread
 * that starts in the system call, for as long as it hangs: nobody but another thread can tell. It changes nothing and
 * ends nothing, but that a member leaves its cluster. A line at first, then at growing intervals; the service manager,
 * which would take a long start for a failed one, is told all the time.
 *
 * <p>{@link #at} and {@link #free} are for the thread that starts.
 */
public final class StartWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StartWatch.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    static final long FIRST_LINE_MS = 3_000;
    private static final long LONGEST_SILENCE_MS = 600_000;
    /** What a start that is a member already may keep others waiting. */
    static final long OTHERS_WAIT_MS = 60_000;
    /** Longer than from one look to the next. */
    private static final Duration ALLOWED = Duration.ofSeconds(60);

    private final LongSupplier clockMs;
    private final ServiceManager manager;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "mirrorlog-start-watch");
        thread.setDaemon(true);
        return thread;
    });
    private Optional<Call> call = Optional.empty();
    private Optional<Runnable> leave = Optional.empty();

    /** What the start is at. */
    private static final class Call {
        private final String place;
        private final long sinceMs;
        private long nextLineMs = FIRST_LINE_MS;
        private boolean isTold;

        Call(String place, long sinceMs) {
            this.place = place;
            this.sinceMs = sinceMs;
        }
    }

    /** Without looks of its own: for who looks by hand. */
    StartWatch(LongSupplier clockMs, ServiceManager manager) {
        this.clockMs = clockMs;
        this.manager = manager;
    }

    /**
     * Looks each second until it is closed.
     *
     * @param clockMs never goes back
     */
    public static StartWatch begin(LongSupplier clockMs) {
        StartWatch watch = new StartWatch(clockMs, ServiceManager.ofThisProcess());
        watch.looks.scheduleWithFixedDelay(watch::lookAndGoOn, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
        return watch;
    }

    private void lookAndGoOn() {
        try {
            look();
        } catch (RuntimeException | Error e) {
            Thread.currentThread().getUncaughtExceptionHandler().uncaughtException(Thread.currentThread(), e);
        }
    }

    /**
     * What comes next may wait for this place, and no longer for the one before.
     *
     * @param place a setting and its path, for people
     */
    public void at(String place) {
        begin(Optional.of(new Call(place, clockMs.getAsLong())));
    }

    /**
     * This node is a member of a cluster: others may wait for what it does not do while it starts.
     *
     * @param leave called once, on the thread that looks, if a place does not answer for a minute
     */
    public synchronized void joined(Runnable leave) {
        this.leave = Optional.of(leave);
    }

    /** What comes next waits for no place that would be told of here. */
    public void free() {
        begin(Optional.empty());
    }

    private synchronized void begin(Optional<Call> next) {
        call.filter(before -> before.isTold)
                .ifPresent(before -> LOG.info("{} has answered after {} s", before.place, seconds(before)));
        call = next;
    }

    private long seconds(Call of) {
        return waitedMs(of) / 1_000;
    }

    private long waitedMs(Call of) {
        return clockMs.getAsLong() - of.sinceMs;
    }

    private Optional<Call> late() {
        return call.filter(now -> waitedMs(now) >= FIRST_LINE_MS);
    }

    private String says(Call now) {
        return "the start waits for " + now.place + ", which has not answered for " + seconds(now) + " s";
    }

    /** What the start waits for, if it has for seconds. From any thread. */
    public synchronized Optional<String> problem() {
        return late().map(this::says);
    }

    void look() {
        Optional<String> waits;
        Optional<Runnable> due = Optional.empty();
        synchronized (this) {
            Optional<Call> late = late();
            late.ifPresent(this::tell);
            waits = late.map(this::says);
            if (late.filter(now -> waitedMs(now) >= OTHERS_WAIT_MS).isPresent()) {
                due = leave;
                leave = Optional.empty();
            }
        }
        // Whoever starts does not wait for the service manager.
        waits.ifPresent(this::tellManager);
        if (due.isPresent()) {
            LOG.error("{}: this node leaves the cluster, whose other nodes may wait for it, and ends once its disk"
                    + " answers", waits.get());
            due.get().run();
        }
    }

    private void tell(Call now) {
        long waitedMs = waitedMs(now);
        if (waitedMs >= now.nextLineMs) {
            LOG.warn("the start waits for {}, which has not answered for {} s: its disk hangs, or is very slow; nothing"
                    + " is served before it answers", now.place, seconds(now));
            now.isTold = true;
            now.nextLineMs = waitedMs + Math.min(waitedMs, LONGEST_SILENCE_MS);
        }
    }

    private void tellManager(String says) {
        try {
            manager.starting(ALLOWED, says);
        } catch (IOException e) {
            LOG.debug("the service manager does not hear that the start goes on", e);
        }
    }

    /** The start is over, or has failed. Again: nothing. */
    @Override
    public void close() {
        free();
        looks.shutdownNow();
    }
}
