package org.mirrorlog.journal;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Requests that wait for the journal's writer, in their order; bounded by their bytes. Thread-safe. */
final class WriteQueue {
    private static final int MOST_IN_GROUP = 8192;
    /** What a waiting request weighs besides its bytes, so that requests without bytes are bounded too. */
    private static final int REQUEST_WEIGHT_BYTES = 256;

    private final Queue<WriteRequest> requests = new ConcurrentLinkedQueue<>();
    private final AtomicLong weight = new AtomicLong();
    private final long most;

    /** @param mostBytes that may wait */
    WriteQueue(long mostBytes) {
        this.most = mostBytes + REQUEST_WEIGHT_BYTES;
    }

    private static long weight(WriteRequest request) {
        return request.encodedBytes() + REQUEST_WEIGHT_BYTES;
    }

    /** Adds it; false: there is no room for it. */
    boolean add(WriteRequest request) {
        long own = weight(request);
        if (weight.addAndGet(own) > most) {
            weight.addAndGet(-own);
            return false;
        }
        requests.add(request);
        return true;
    }

    /** Takes the next one; null: nothing waits. */
    WriteRequest poll() {
        WriteRequest request = requests.poll();
        if (request != null) {
            weight.addAndGet(-weight(request));
        }
        return request;
    }

    /** Takes what waits, up to the size of a group. Of one thread at a time. */
    void take(List<WriteRequest> group, int groupBytes) {
        int bytes = 0;
        WriteRequest next = requests.peek();
        while (next != null && group.size() < MOST_IN_GROUP && bytes + next.encodedBytes() <= groupBytes) {
            group.add(poll());
            bytes += next.encodedBytes();
            next = requests.peek();
        }
    }

    boolean isEmpty() {
        return requests.isEmpty();
    }
}
