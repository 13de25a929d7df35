package org.mirrorlog.health;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What has happened since the start of the daemon: the last {@value #MOST} events, in memory. Whoever reads says which
 * one he has seen last, and keeps nothing here. Thread-safe; nothing waits for long.
 */
public final class EventBook {
    /** Kept; what is older is forgotten. */
    public static final int MOST = 10_000;
    /** Ids begin with the time of the first event, so that they are above those of an earlier run of the daemon. */
    private static final long IDS_PER_MS = 1_000;

    private final LongSupplier wallMs;
    private final Event[] ring = new Event[MOST];
    private long count;
    private long forgotten;
    private volatile long last;

    /** @param wallMs milliseconds since 1970 */
    public EventBook(LongSupplier wallMs) {
        this.wallMs = wallMs;
    }

    /** Takes it down, as of now. */
    public synchronized void add(News news) {
        long now = wallMs.getAsLong();
        long id = Math.max(last + 1, now * IDS_PER_MS);
        if (count == 0) {
            forgotten = id - 1;
        } else if (count >= MOST) {
            forgotten = at(count).id();
        }
        ring[(int) (count % MOST)] = new Event(id, now, news);
        count++;
        last = id;
    }

    /** Takes them down, in this order. */
    public void addAll(List<News> all) {
        all.forEach(this::add);
    }

    /** The id of the newest one; 0 before there is any. */
    public long last() {
        return last;
    }

    /** What to ask from, to be given the newest so many. */
    public synchronized long beforeTheLast(int events) {
        return events >= kept() ? forgotten : at(count - 1 - events).id();
    }

    /**
     * What has happened after that one, oldest first. Where something in between is not kept any more, or the id is not
     * one of this run of the daemon, all that is kept follows a note that says so. 0 is before the first of them.
     *
     * @param most of them
     */
    public synchronized List<Event> after(long id, int most) {
        List<Event> found = new ArrayList<>();
        boolean isWhole = id == 0 && count <= MOST;
        boolean isMissing = id > last || id < forgotten && !isWhole;
        if (isMissing) {
            found.add(new Event(forgotten, wallMs.getAsLong(), News.of(EventKind.EVENTS_MISSING, "this node",
                    "what has happened between event " + id + " and those that follow is not kept any more")));
        }
        for (long n = isMissing ? count - kept() : firstAfter(id); n < count && found.size() < most; n++) {
            found.add(at(n));
        }
        return found;
    }

    private long firstAfter(long id) {
        long low = count - kept();
        long high = count;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (at(middle).id() > id) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private long kept() {
        return Math.min(count, MOST);
    }

    private Event at(long number) {
        return ring[(int) (number % MOST)];
    }
}
