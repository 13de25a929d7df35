package org.mirrorlog.logging;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What parts of a process have thrown and gone on from, where no table, log or journal tells of it by itself: counted,
 * for whoever looks after the node's health. The lines about it are written by those parts. Thread-safe.
 */
public final class Defects {
    /** Of this process. */
    public static final Defects HERE = new Defects();
    /** Parts come from our own code and are few; should that ever change, the rest counts as one. */
    static final int MOST_PARTS = 64;
    private static final String OTHERS = "other parts";
    private static final Logger LOG = LoggerFactory.getLogger(Defects.class);
    /** Or an address: what tells threads of one kind from each other. */
    private static final Pattern NUMBER = Pattern.compile("[-.:\\d]+$");

    private final Map<String, Count> counts = new LinkedHashMap<>();

    /**
     * What one part has thrown.
     *
     * @param times so far
     * @param last the newest of it, in one line
     */
    public record Count(long times, String last) { }

    /**
     * From now on what any thread of the process throws, and nobody catches, counts as well, and has a line. Rooms that
     * know nothing of this one tell it by their thread's handler, as the machine does, and go on.
     */
    public static void watchThreads() {
        Thread.setDefaultUncaughtExceptionHandler(HERE::threw);
    }

    /** A line for the first time, the tenth, the hundredth and so on. */
    private void threw(Thread thread, Throwable failure) {
        long times = threw("thread " + NUMBER.matcher(thread.getName()).replaceAll(""), failure);
        if (times == Math.round(Math.pow(10, Math.floor(Math.log10(times))))) {
            LOG.error("thread {} has met what it cannot deal with ({} times so far); please report this",
                    thread.getName(), times, failure);
        }
    }

    /** One more; returns how many that makes. */
    public synchronized long threw(String part, Throwable failure) {
        String key = counts.containsKey(part) || counts.size() < MOST_PARTS ? part : OTHERS;
        long times = counts.getOrDefault(key, new Count(0, "")).times() + 1;
        counts.put(key, new Count(times, failure.toString()));
        return times;
    }

    /** By part. */
    public synchronized Map<String, Count> counts() {
        return Map.copyOf(counts);
    }
}
