package org.mirrorlog.simulation;

import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.RequestType;

/**
 * One request as its kernel saw it: all copies of it, from the first copy sent to the answer taken. Moments are numbers
 * of events, not times.
 */
final class Operation {
    /** What may become of it. */
    enum Outcome { ANSWERED, FAILED, LOST }

    /** A table of one kernel from CTR to DTR; an address that is used anew is another table. */
    record Table(int number, String machine, int boot, LogSpec spec) {
        @Override
        public String toString() {
            return machine + "-boot" + boot + "/table" + number;
        }
    }

    private final Table table;
    /**
     * Null: what befalls a table without a request of its kernel ({@link SequentialLog#EXPOSED} and the like);
     * without a table, the journal has lost its history, and with a word knows of sessions all the same.
     */
    private final RequestType type;
    private final long[] words;
    private final long calledAt;
    private Outcome outcome = Outcome.LOST;
    private long returnedAt = Long.MAX_VALUE;
    private long decidedAt = Long.MAX_VALUE;
    private long[] result = {};

    Operation(Table table, RequestType type, long[] words, long calledAt) {
        this.table = table;
        this.type = type;
        this.words = words;
        this.calledAt = calledAt;
    }

    /** The same request as a copy that nobody answers. */
    Operation neverAnswered() {
        return new Operation(table, type, words, calledAt);
    }

    Table table() {
        return table;
    }

    RequestType type() {
        return type;
    }

    Outcome outcome() {
        return outcome;
    }

    long calledAt() {
        return calledAt;
    }

    /** A request that is never answered says only what may have happened: that is taken for done as it was called. */
    long returnedAt() {
        return outcome == Outcome.LOST ? calledAt : returnedAt;
    }

    /** When the daemon replied: the best guess of when it took effect. */
    long decidedAt() {
        return outcome == Outcome.LOST ? calledAt : decidedAt;
    }

    void decided(long at) {
        decidedAt = at;
    }

    void returned(long at, Outcome how, long[] words) {
        returnedAt = at;
        outcome = how;
        result = words;
    }

    /** The words of the request as a set of regions. */
    long regions() {
        long set = 0;
        for (long region : words) {
            set |= 1L << region;
        }
        return set;
    }

    boolean isOf(long[] those) {
        return words == those;
    }

    long word(int index) {
        return words[index];
    }

    long result(int index) {
        return result[index];
    }

    @Override
    public String toString() {
        return table + " " + (type == null ? "lost" : type) + java.util.Arrays.toString(words) + " -> " + outcome
                + java.util.Arrays.toString(result);
    }
}
