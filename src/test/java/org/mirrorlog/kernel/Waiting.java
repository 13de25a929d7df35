package org.mirrorlog.kernel;

import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/** Waits for what other threads bring about. */
public final class Waiting {
    /** Far longer than anything here takes. */
    static final int MS = 10_000;

    private Waiting() {
    }

    /** Polls until the claim holds; fails naming it. */
    public static void until(String claim, BooleanSupplier holds) {
        Awaitility.await(claim).atMost(java.time.Duration.ofMillis(MS)).pollInterval(java.time.Duration.ofMillis(1))
                .until(holds::getAsBoolean);
    }
}
