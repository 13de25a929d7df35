package org.mirrorlog.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntConsumer;
import org.mirrorlog.protocol.RequestType;

/**
 * The queues of marks and clears of one log, and what a flush makes of them: groups of at most 32 regions, last queued
 * first; clears, then marks, then FLUSH. With integrated_flush the FLUSH requests carry the marks, and clears alone are
 * followed by a FLUSH three seconds later or never.
 */
final class LogFlusher {
    static final int GROUP_REGIONS = 32;
    private static final long DELAYED_FLUSH_MS = 3_000;

    private final LogClient log;
    private final boolean isIntegrated;
    private final Timers timers;
    private final KernelTask delayedFlusher = new KernelTask("dmlogd");
    private Deque<Long> marks = new ArrayDeque<>();
    private Deque<Long> clears = new ArrayDeque<>();
    private boolean isFlushScheduled;
    private Timers.Timer delayedFlush;
    private boolean isDelayedFlushRunning;
    private boolean isDelayedFlushWantedAgain;
    private final List<Runnable> waitingForDelayedFlush = new ArrayList<>();

    LogFlusher(LogClient log, boolean isIntegrated, Timers timers) {
        this.log = log;
        this.isIntegrated = isIntegrated;
        this.timers = timers;
    }

    /** Queues a mark; the last queued goes first. */
    void mark(long region) {
        marks.addFirst(region);
    }

    /** Queues a clear; the last queued goes first. */
    void clear(long region) {
        clears.addFirst(region);
    }

    /** Sends what is queued; whatever the outcome, the queues are empty then. Nothing queued: nothing is sent. */
    void flush(KernelTask task, IntConsumer then) {
        Deque<Long> marking = marks;
        Deque<Long> clearing = clears;
        marks = new ArrayDeque<>();
        clears = new ArrayDeque<>();
        if (marking.isEmpty() && clearing.isEmpty()) {
            then.accept(0);
            return;
        }
        boolean hasMarks = !marking.isEmpty();
        sendGroups(task, RequestType.CLEAR_REGION, clearing, new ArrayDeque<>(), clearError -> {
            if (clearError != 0) {
                then.accept(clearError);
            } else if (isIntegrated) {
                sendGroups(task, RequestType.FLUSH, marking, new ArrayDeque<>(), error -> {
                    if (error == 0) {
                        planDelayedFlush(hasMarks);
                    }
                    then.accept(error);
                });
            } else {
                sendGroups(task, RequestType.MARK_REGION, marking, new ArrayDeque<>(), error -> {
                    if (error != 0) {
                        then.accept(error);
                    } else {
                        log.send(task, RequestType.FLUSH, new long[0], then);
                    }
                });
            }
        });
    }

    private void sendGroups(KernelTask task, RequestType type, Deque<Long> regions, Deque<Long> sent,
            IntConsumer then) {
        if (regions.isEmpty()) {
            then.accept(0);
            return;
        }
        List<Long> group = new ArrayList<>();
        while (group.size() < GROUP_REGIONS && !regions.isEmpty()) {
            long region = regions.pollFirst();
            group.add(region);
            sent.addFirst(region);
        }
        log.send(task, type, group.stream().mapToLong(Long::longValue).toArray(), error -> {
            if (error == 0) {
                sendGroups(task, type, regions, sent, then);
            } else if (type == RequestType.FLUSH) {
                then.accept(error);
            } else {
                // Those of earlier groups that had succeeded come again, too, in reverse.
                sent.addAll(regions);
                sendOneByOne(task, type, sent, then);
            }
        });
    }

    private void sendOneByOne(KernelTask task, RequestType type, Deque<Long> regions, IntConsumer then) {
        if (regions.isEmpty()) {
            then.accept(0);
            return;
        }
        log.send(task, type, new long[] {regions.pollFirst()}, error -> {
            if (error != 0) {
                then.accept(error);
            } else {
                sendOneByOne(task, type, regions, then);
            }
        });
    }

    /** A second round of clears alone cancels the flush that the first has planned: so the kernel does it. */
    private void planDelayedFlush(boolean hasMarks) {
        if (!hasMarks && !isFlushScheduled) {
            isFlushScheduled = true;
            delayedFlush = timers.after(DELAYED_FLUSH_MS, this::runDelayedFlush);
        } else {
            isFlushScheduled = false;
            cancelTimer();
        }
    }

    private void cancelTimer() {
        if (delayedFlush != null) {
            delayedFlush.cancel();
            delayedFlush = null;
        }
    }

    private void runDelayedFlush() {
        cancelTimer();
        if (isDelayedFlushRunning) {
            isDelayedFlushWantedAgain = true;
            return;
        }
        isDelayedFlushRunning = true;
        isFlushScheduled = false;
        delayedFlusher.then(() -> log.send(delayedFlusher, RequestType.FLUSH, new long[0],
                error -> delayedFlushEnded()));
    }

    private void delayedFlushEnded() {
        isDelayedFlushRunning = false;
        if (isDelayedFlushWantedAgain) {
            isDelayedFlushWantedAgain = false;
            runDelayedFlush();
            return;
        }
        List<Runnable> waiting = List.copyOf(waitingForDelayedFlush);
        waitingForDelayedFlush.clear();
        waiting.forEach(Runnable::run);
    }

    /** Brings a planned flush forward and waits until none is planned or under way. */
    void finish(Runnable then) {
        if (delayedFlush != null) {
            runDelayedFlush();
        }
        if (isDelayedFlushRunning) {
            waitingForDelayedFlush.add(then);
        } else {
            then.run();
        }
    }
}
