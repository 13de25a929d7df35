package org.mirrorlog.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Unsynced regions that writers wait for, latest first, each once; which sessions recover nothing because they are
 * being suspended; and whether a kernel waits for the end of all copies. Not part of the log's state: losing it costs a
 * writer 200 ms. Not safe for several threads.
 */
public final class ResyncRequests {
    /** Enough for every writer of a busy machine; the oldest request makes room, its writer asks again. */
    static final int MOST = 1024;

    private final Deque<Long> latestFirst = new ArrayDeque<>();
    /** By instance, the session in which it said so. */
    private final Map<InstanceId, Long> halted = new HashMap<>();
    private boolean isMakingWay;
    private boolean isPaused;

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

    /** What this instance says of itself: between PRESUSPEND and POSTSUSPEND its kernel copies nothing. */
    void halted(InstanceId id, long session, boolean isHalted) {
        if (isHalted) {
            if (halted.size() >= MOST) {
                halted.clear();
            }
            halted.put(id, session);
        } else {
            halted.remove(id);
        }
    }

    boolean isHalted(InstanceId id, long session) {
        Long since = halted.get(id);
        return since != null && since == session;
    }

    /** A table may be taken up, or reconnect, between two copies only: none begins until {@link #goOn}. */
    void makeWay() {
        isMakingWay = true;
    }

    /** It has done so, or had time enough to ask again. */
    public void goOn() {
        isMakingWay = false;
    }

    /** Whether requests for work are to be denied for that. */
    public boolean isMakingWay() {
        return isMakingWay;
    }

    /** Nothing is given out but what writers wait for (L2), or not any more. */
    public void pause(boolean isToBe) {
        isPaused = isToBe;
    }

    /** Whether that is so. */
    boolean isPaused() {
        return isPaused;
    }

    /** Requests waiting. */
    public int size() {
        return latestFirst.size();
    }
}
