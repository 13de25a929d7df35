package org.mirrorlog.fleet;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Waits for conditions and says what it waited for, and what there was instead. */
final class Waiting {
    private static final long PAUSE_MS = 50;

    private Waiting() {
    }

    /**
     * Waits until the condition holds. A condition that throws does not hold.
     *
     * @param what is waited for, for the failure's message
     * @param instead asked once it was in vain
     */
    static void until(String what, Duration limit, Callable<Boolean> condition, Supplier<String> instead) {
        long end = System.nanoTime() + limit.toNanos();
        Exception last = null;
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited " + limit.toSeconds() + " s in vain for " + what
                        + (last == null ? "" : " (" + last + ")") + "; instead: " + instead.get(), last);
            }
            pause(PAUSE_MS);
        }
    }

    /** For what lasts a given time, such as a fault; never to wait for something. */
    static void pause(long ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
