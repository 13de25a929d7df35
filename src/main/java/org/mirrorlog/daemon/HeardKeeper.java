package org.mirrorlog.daemon;

import java.io.IOException;
import org.mirrorlog.logging.Incidents;

/**
 * Has what this machine has heard of its logs forced to disk, each time that it is run. That it cannot be is told once
 * for each reason, and that it can be again. For one thread at a time.
 */
final class HeardKeeper implements Runnable {
    private static final String SUBJECT = "(all)";

    private final Force force;
    private final Incidents incidents;
    private volatile String told = "";

    /** What forces it. */
    @FunctionalInterface
    interface Force {
        void force() throws IOException;
    }

    HeardKeeper(Force force, Incidents incidents) {
        this.force = force;
        this.incidents = incidents;
    }

    /** Why it cannot be forced; "" if it can. For any thread. */
    String trouble() {
        return told;
    }

    @Override
    public void run() {
        String why = "";
        try {
            force.force();
        } catch (IOException e) {
            why = String.valueOf(e.getMessage());
        }
        if (!why.equals(told)) {
            told = why;
            incidents.warn(SUBJECT, why.isEmpty() ? "what this machine has heard of its logs is kept again"
                    : "what this machine has heard of its logs cannot be kept: " + why);
        }
    }
}
