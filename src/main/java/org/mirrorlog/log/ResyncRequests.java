package org.mirrorlog.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongPredicate;

/**
 * Unsynced regions that writers wait for, latest first, each once. Not part of the log's state: losing it costs a
 * writer 200 ms. Not safe for several threads.
 */
public final class ResyncRequests {
    /** Enough for every writer of a busy machine; the oldest request makes room, its writer asks again. */
    static final int MOST = 1024;

    private final Deque<Long> latestFirst = new ArrayDeque<>();

    /** A writer waits for this region. */
    public void add(long region) {
        latestFirst.removeFirstOccurrence(region);
        latestFirst.addFirst(region);
        if (latestFirst.size() > MOST) {
            latestFirst.removeLast();
        }
    }

    /** The latest request that may be served; those that need no resync any more are dropped on the way. */
    long firstOf(LongPredicate isUnsynced, LongPredicate isAssignable) {
        latestFirst.removeIf(region -> !isUnsynced.test(region));
        for (long region : latestFirst) {
            if (isAssignable.test(region)) {
                return region;
            }
        }
        return -1;
    }

    /** Requests waiting. */
    public int size() {
        return latestFirst.size();
    }
}
