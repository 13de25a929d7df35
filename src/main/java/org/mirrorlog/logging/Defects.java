package org.mirrorlog.logging;

import java.util.LinkedHashMap;
import java.util.Map;

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

    private final Map<String, Count> counts = new LinkedHashMap<>();

    /**
     * What one part has thrown.
     *
     * @param times so far
     * @param last the newest of it, in one line
     */
    public record Count(long times, String last) { }

    /** One more. */
    public synchronized void threw(String part, Throwable failure) {
        String key = counts.containsKey(part) || counts.size() < MOST_PARTS ? part : OTHERS;
        counts.put(key, new Count(counts.getOrDefault(key, new Count(0, "")).times() + 1, failure.toString()));
    }

    /** By part. */
    public synchronized Map<String, Count> counts() {
        return Map.copyOf(counts);
    }
}
