package org.mirrorlog.instance;

import org.mirrorlog.protocol.LogSpec.LogType;

/**
 * Times of an instance, in milliseconds, the room for its maps, and the word for its kind.
 *
 * @param lazyClearMs how long a mark is held after its CLEAR, so that writing there again costs nothing
 * @param roundRetryMs after which an unanswered round is sent again, under its own number
 * @param holdRetryMs after which a held request is asked again, as a new round
 * @param mapBytes of the heap that the maps of all tables may take
 * @param diskWord what STATUS_INFO calls a disk log
 */
public record Tuning(long lazyClearMs, long roundRetryMs, long holdRetryMs, long mapBytes, String diskWord) {
    /** What the heap is needed for besides maps. */
    private static final long ELSE_BYTES = 64L << 20;

    /** With a heap that has room for everything. */
    public Tuning(long lazyClearMs, long roundRetryMs, long holdRetryMs) {
        this(lazyClearMs, roundRetryMs, holdRetryMs, Long.MAX_VALUE, LogType.DISK.word());
    }

    public Tuning {
        if (lazyClearMs < 0 || roundRetryMs < 1 || holdRetryMs < 1) {
            throw new IllegalArgumentException("times of an instance are positive: " + lazyClearMs + ", " + roundRetryMs
                    + ", " + holdRetryMs);
        }
    }

    /** With this heap. */
    public Tuning within(long heapBytes) {
        return new Tuning(lazyClearMs, roundRetryMs, holdRetryMs, Math.max(0, heapBytes - ELSE_BYTES), diskWord);
    }

    /** With this word for disk logs. */
    public Tuning saying(String word) {
        return new Tuning(lazyClearMs, roundRetryMs, holdRetryMs, mapBytes, word);
    }
}
