package org.mirrorlog.simulation;

/** Hashes of 128 bits. */
final class StateSet {
    private long[] firsts = new long[1 << 16];
    private long[] seconds = new long[1 << 16];
    private int size;

    int size() {
        return size;
    }

    /** False: it was there. The first half is not 0. */
    boolean add(long first, long second) {
        if (size * 10L > firsts.length * 6L) {
            grow();
        }
        int mask = firsts.length - 1;
        int at = (int) (first ^ first >>> 32) & mask;
        while (firsts[at] != 0) {
            if (firsts[at] == first && seconds[at] == second) {
                return false;
            }
            at = at + 1 & mask;
        }
        firsts[at] = first;
        seconds[at] = second;
        size++;
        return true;
    }

    private void grow() {
        long[] oldFirsts = firsts;
        long[] oldSeconds = seconds;
        firsts = new long[2 * oldFirsts.length];
        seconds = new long[2 * oldFirsts.length];
        size = 0;
        for (int i = 0; i < oldFirsts.length; i++) {
            if (oldFirsts[i] != 0) {
                add(oldFirsts[i], oldSeconds[i]);
            }
        }
    }
}
