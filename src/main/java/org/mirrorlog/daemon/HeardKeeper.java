package org.mirrorlog.daemon;

import java.io.IOException;
import java.util.function.LongSupplier;
import org.mirrorlog.logging.Incidents;

/**
 * Has what this machine has heard of its logs forced to disk, each time that it is run. That it cannot be is told once
 * for each reason, and that it can be again. For one thread at a time.
 */
final class HeardKeeper implements Runnable {
    private static final String SUBJECT = "(all)";

    private static final long LATE_MS = 5_000;
    private static final long NOT_NOW = Long.MIN_VALUE;

    private final Force force;
    private final Incidents incidents;
    private final LongSupplier clockMs;
    private volatile String told = "";
    private volatile long beganMs = NOT_NOW;

    /** What forces it. */
    @FunctionalInterface
    interface Force {
        void force() throws IOException;
    }

    HeardKeeper(Force force, Incidents incidents, LongSupplier clockMs) {
        this.force = force;
        this.incidents = incidents;
        this.clockMs = clockMs;
    }

    /** Why it cannot be forced; "" if it can. For any thread. */
    String trouble() {
        long began = beganMs;
        long forMs = began == NOT_NOW ? 0 : clockMs.getAsLong() - began;
        return forMs < LATE_MS ? told : "the disk of the data directory has not answered for " + forMs / 1_000 + " s";
    }

    @Override
    public void run() {
        String why = "";
        beganMs = clockMs.getAsLong();
        try {
            force.force();
        } catch (IOException e) {
            why = String.valueOf(e.getMessage());
        } finally {
            beganMs = NOT_NOW;
        }
        if (!why.equals(told)) {
            told = why;
            incidents.warn(SUBJECT, why.isEmpty() ? "what this machine has heard of its logs is kept again"
                    : "what this machine has heard of its logs cannot be kept: " + why);
        }
    }
}
