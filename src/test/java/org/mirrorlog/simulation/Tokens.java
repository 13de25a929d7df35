package org.mirrorlog.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A state as a row of numbers, and its hash. Of numbers that only have an order the rank counts, of names that are only
 * alike or not, which came first.
 */
final class Tokens {
    /** As it is. */
    static final int PLAIN = 0;
    /** Alike or not: terms of owners, versions of data. Zero and less are as they are. */
    static final int TERM = 1;
    static final int VERSION = 2;
    /** From here on: of each sort, an order of its own. Zero and less are as they are. */
    static final int LOG_NUMBER = 3;
    static final int GAPS = 4;
    /** And of each run of a kernel. */
    static final int ROUND = 8;
    static final int START = 40;
    private static final int SORTS = 72;

    private long[] values = new long[16];
    private byte[] sorts = new byte[16];
    private int count;
    private long first;
    private long second;

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    long value(int index) {
        return values[index];
    }

    int sort(int index) {
        return sorts[index];
    }

    void add(long value) {
        add(value, PLAIN);
    }

    void add(long value, int sort) {
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
            sorts = Arrays.copyOf(sorts, 2 * count);
        }
        values[count] = value;
        sorts[count++] = (byte) sort;
    }

    void addAll(Tokens others) {
        for (int i = 0; i < others.count; i++) {
            add(others.values[i], others.sorts[i]);
        }
    }

    /** An order that is the same for states that are alike; names do not count. */
    int compareTo(Tokens other) {
        for (int i = 0; i < Math.min(count, other.count); i++) {
            boolean isName = sorts[i] == TERM || sorts[i] == VERSION;
            int result = isName ? 0 : Long.compare(values[i], other.values[i]);
            if (result != 0) {
                return result;
            }
        }
        return Integer.compare(count, other.count);
    }

    boolean isSame(Tokens other) {
        return Arrays.equals(values, 0, count, other.values, 0, other.count);
    }

    // --- hash

    long first() {
        return first;
    }

    long second() {
        return second;
    }

    void hash() {
        long[][] ranked = ranked();
        Map<Long, Long> terms = new HashMap<>();
        Map<Long, Long> versions = new HashMap<>();
        long a = 0x9e3779b97f4a7c15L;
        long b = 0xc2b2ae3d27d4eb4fL;
        for (int i = 0; i < count; i++) {
            long value = values[i];
            int sort = sorts[i];
            if (sort == TERM && value != 0) {
                value = terms.computeIfAbsent(value, key -> (long) terms.size());
            } else if (sort == VERSION && value > 0) {
                value = versions.computeIfAbsent(value, key -> (long) versions.size());
            } else if (sort >= LOG_NUMBER && value > 0) {
                value = 1 + Arrays.binarySearch(ranked[sort], value);
            }
            a = (a ^ value) * 0xff51afd7ed558ccdL;
            a ^= a >>> 32;
            b = (b + value) * 0xc4ceb9fe1a85ec53L;
            b ^= b >>> 29;
        }
        first = a == 0 ? 1 : a;
        second = b;
    }

    private long[][] ranked() {
        long[][] found = new long[SORTS][];
        int[] counts = new int[SORTS];
        for (int i = 0; i < count; i++) {
            int sort = sorts[i];
            if (sort >= LOG_NUMBER) {
                long[] all = found[sort] == null ? new long[16] : found[sort];
                found[sort] = counts[sort] == all.length ? Arrays.copyOf(all, 2 * all.length) : all;
                found[sort][counts[sort]++] = values[i];
            }
        }
        for (int sort = LOG_NUMBER; sort < SORTS; sort++) {
            if (found[sort] != null) {
                Arrays.sort(found[sort], 0, counts[sort]);
                int distinct = 0;
                for (int i = 0; i < counts[sort]; i++) {
                    long value = found[sort][i];
                    if (value > 0 && (distinct == 0 || value != found[sort][distinct - 1])) {
                        found[sort][distinct++] = value;
                    }
                }
                found[sort] = Arrays.copyOf(found[sort], distinct);
            }
        }
        return found;
    }
}
