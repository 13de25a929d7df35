package org.mirrorlog.health;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Finds out whose resync does not move. For one thread at a time. */
public final class ProgressLook {
    /** A mirror that is resynced copies a region at least as often. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    private final LongSupplier steadyMs;
    private Map<String, Moved> before = new HashMap<>();

    private record Moved(long inSync, long atMs) { }

    /**
     * How far a log that is in use has come.
     *
     * @param inSync of so many regions
     */
    public record Progress(String log, long inSync, long regions) { }

    /** @param steadyMs milliseconds, never going back */
    public ProgressLook(LongSupplier steadyMs) {
        this.steadyMs = steadyMs;
    }

    /** Takes down how far all of them have come; says who has not moved for a minute. */
    public List<Concern> look(List<Progress> all) {
        long now = steadyMs.getAsLong();
        Map<String, Moved> seen = new HashMap<>();
        List<Concern> waiting = new ArrayList<>();
        for (Progress one : all) {
            Moved moved = before.get(one.log());
            if (one.inSync() >= one.regions()) {
                continue;
            }
            if (moved == null || moved.inSync() != one.inSync()) {
                moved = new Moved(one.inSync(), now);
            }
            seen.put(one.log(), moved);
            if (now - moved.atMs() >= PATIENCE.toMillis()) {
                long left = one.regions() - one.inSync();
                waiting.add(new Concern(HealthCode.RESYNC_WAITING, "log " + one.log(), left + " of " + one.regions()
                        + (left == 1 ? " regions is" : " regions are") + " out of sync"));
            }
        }
        before = seen;
        return waiting;
    }
}
