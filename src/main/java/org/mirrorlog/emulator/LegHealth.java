package org.mirrorlog.emulator;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What one mirror remembers of its legs (K6): errors, the default leg, and whether it has ever seen the whole in sync.
 */
final class LegHealth {
    /** Kinds of leg errors. */
    enum Fault { WRITE, SYNC, READ }

    private final boolean isHandlingErrors;
    private final boolean isKeepingLog;
    private final List<Set<Fault>> faults = new ArrayList<>();
    private int defaultLeg;
    private boolean isInSync;
    private boolean hasFailure;

    LegHealth(MirrorTable table, int legs) {
        isHandlingErrors = table.isHandlingErrors();
        isKeepingLog = table.isKeepingLog();
        for (int i = 0; i < legs; i++) {
            faults.add(EnumSet.noneOf(Fault.class));
        }
    }

    int defaultLeg() {
        return defaultLeg;
    }

    /** True between a GET_SYNC_COUNT that said all, and a failed write. */
    boolean isInSync() {
        return isInSync;
    }

    /** Whether any leg failed since all was in sync. */
    boolean hasFailure() {
        return hasFailure;
    }

    boolean isGood(int leg) {
        return faults.get(leg).isEmpty();
    }

    /** The first leg without a fault; -1 if there is none. */
    int anyGoodLeg() {
        for (int leg = 0; leg < faults.size(); leg++) {
            if (isGood(leg)) {
                return leg;
            }
        }
        return -1;
    }

    /**
     * The leg to read an in-sync region from: the default one if it is good, else the nearest before it; -1 if none is.
     */
    int legToRead() {
        for (int i = 0; i < faults.size(); i++) {
            int leg = Math.floorMod(defaultLeg - i, faults.size());
            if (isGood(leg)) {
                return leg;
            }
        }
        return -1;
    }

    /** Everything is in sync: old faults are forgotten. */
    void allInSync() {
        isInSync = true;
        hasFailure = false;
        faults.forEach(Set::clear);
    }

    /** A write failed somewhere. */
    void outOfSync() {
        isInSync = false;
    }

    void fail(int leg, Fault fault) {
        hasFailure = true;
        boolean isNew = faults.get(leg).add(fault);
        if (!isNew || !isHandlingErrors || leg != defaultLeg || !isInSync && !isKeepingLog) {
            return;
        }
        int other = anyGoodLeg();
        if (other >= 0) {
            defaultLeg = other;
        }
    }

    /** One letter for each leg, as in the mirror's status line. */
    String letters() {
        StringBuilder letters = new StringBuilder();
        for (Set<Fault> leg : faults) {
            letters.append(leg.isEmpty() ? 'A' : leg.contains(Fault.WRITE) ? 'D' : leg.contains(Fault.SYNC)
                    ? 'S' : 'R');
        }
        return letters.toString();
    }
}
