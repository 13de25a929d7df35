package org.mirrorlog.kernel;

import java.util.function.LongSupplier;

/**
 * How many broken datagrams may be asked for again. The kernel answers each such request at once and without limit, so
 * a datagram that always arrives broken would keep both ends busy for ever; beyond the budget its 15 s timer does the
 * asking. One thread.
 */
final class NackBudget {
    static final int PER_SECOND = 32;
    private static final long SECOND_NS = 1_000_000_000L;

    private final LongSupplier nanoClock;
    private long secondStartNs;
    private int taken;

    NackBudget(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.secondStartNs = nanoClock.getAsLong();
    }

    /** Whether one more is allowed now. */
    boolean take() {
        long now = nanoClock.getAsLong();
        if (now - secondStartNs >= SECOND_NS) {
            secondStartNs = now;
            taken = 0;
        }
        if (taken == PER_SECOND) {
            return false;
        }
        taken++;
        return true;
    }
}
