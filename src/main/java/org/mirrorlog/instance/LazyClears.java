package org.mirrorlog.instance;

import org.mirrorlog.log.RegionSet;

/**
 * Which cleared regions have been idle for how long, in a few generations: a region comes due between one lazy-clear
 * time and a fifth more after its CLEAR. Bounded by the regions of the log.
 */
final class LazyClears {
    private static final int GENERATIONS = 5;

    private final long periodMs;
    private final RegionSet[] youngestFirst = new RegionSet[GENERATIONS + 1];
    private long turnedAtMs;

    LazyClears(long lazyClearMs, long nowMs) {
        periodMs = Math.max(1, lazyClearMs / GENERATIONS);
        java.util.Arrays.fill(youngestFirst, RegionSet.empty());
        turnedAtMs = nowMs;
    }

    void add(RegionSet cleared) {
        remove(cleared);
        youngestFirst[0] = youngestFirst[0].with(cleared);
    }

    void remove(RegionSet marked) {
        for (int i = 0; i < youngestFirst.length; i++) {
            if (!youngestFirst[i].isEmpty()) {
                youngestFirst[i] = youngestFirst[i].minus(marked);
            }
        }
    }

    /** Lets time pass; the regions that came due leave. */
    RegionSet due(long nowMs) {
        RegionSet due = RegionSet.empty();
        for (int turns = 0; nowMs - turnedAtMs >= periodMs && turns < youngestFirst.length; turns++) {
            turnedAtMs += periodMs;
            due = due.with(youngestFirst[GENERATIONS]);
            System.arraycopy(youngestFirst, 0, youngestFirst, 1, GENERATIONS);
            youngestFirst[0] = RegionSet.empty();
        }
        if (nowMs - turnedAtMs >= periodMs) {
            turnedAtMs = nowMs;
        }
        return due;
    }

    /** Everything, at once: the session ends. */
    RegionSet all() {
        RegionSet all = RegionSet.empty();
        for (int i = 0; i < youngestFirst.length; i++) {
            all = all.with(youngestFirst[i]);
            youngestFirst[i] = RegionSet.empty();
        }
        return all;
    }
}
