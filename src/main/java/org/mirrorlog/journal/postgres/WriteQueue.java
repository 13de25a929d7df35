package org.mirrorlog.journal.postgres;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What waits for the writer, in order and bounded. {@link #add} and {@link #drain} may be called by any thread, the
 * rest by the writer.
 */
final class WriteQueue {

    private final long mostBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final Queue<DatabaseWrite> queue = new ConcurrentLinkedQueue<>();
    /** What the server has undone, to be sent again before what is in the queue. */
    private final Deque<DatabaseWrite> undone = new ArrayDeque<>();

    WriteQueue(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Whether there was room for it. */
    boolean add(DatabaseWrite request) {
        if (bytes.addAndGet(request.bytes()) > mostBytes) {
            bytes.addAndGet(-request.bytes());
            return false;
        }
        queue.add(request);
        return true;
    }

    boolean isEmpty() {
        return next() == null;
    }

    /** The first one, which stays; null if there is none. */
    DatabaseWrite next() {
        DatabaseWrite first = undone.peek();
        return first == null ? queue.peek() : first;
    }

    DatabaseWrite take() {
        DatabaseWrite taken = undone.isEmpty() ? queue.poll() : undone.poll();
        bytes.addAndGet(-taken.bytes());
        return taken;
    }

    /**
     * Puts back at the front what will be sent again.
     *
     * @return the others; of the barriers those that none of it stands before
     */
    List<DatabaseWrite> putBack(List<DatabaseWrite> group, Set<DatabaseWrite> held) {
        if (held.isEmpty()) {
            return group;
        }
        List<DatabaseWrite> decided = new ArrayList<>();
        List<DatabaseWrite> back = new ArrayList<>();
        for (DatabaseWrite request : group) {
            boolean isBehind = request instanceof DatabaseWrite.Barrier && !back.isEmpty();
            (isBehind || held.contains(request) ? back : decided).add(request);
        }
        for (int i = back.size() - 1; i >= 0; i--) {
            bytes.addAndGet(back.get(i).bytes());
            undone.addFirst(back.get(i));
        }
        return decided;
    }

    /** Hands over what the writer does not have yet, also while it runs. */
    void drain(Consumer<DatabaseWrite> to) {
        DatabaseWrite request = queue.poll();
        while (request != null) {
            bytes.addAndGet(-request.bytes());
            to.accept(request);
            request = queue.poll();
        }
    }

    /** Hands over everything. */
    void drainAll(Consumer<DatabaseWrite> to) {
        while (!undone.isEmpty()) {
            to.accept(take());
        }
        drain(to);
    }
}
