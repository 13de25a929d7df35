package org.mirrorlog.management;

import java.util.Objects;

/**
 * How long something took.
 *
 * @param label which of several; empty where there is but one
 * @param byPower how many took less than two to the power of the index, in ns, and not less than half of that
 * @param sumNs all of them together
 */
public record DurationsView(String label, long[] byPower, long sumNs) {
    /** Checks that they are given, and copies. */
    public DurationsView {
        Objects.requireNonNull(label, "label");
        byPower = byPower.clone();
    }
}
