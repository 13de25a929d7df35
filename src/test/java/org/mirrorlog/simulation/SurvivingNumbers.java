package org.mirrorlog.simulation;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mirrorlog.instance.HeardNumbers;

/** What a machine has heard of logs: survives its daemons; and its own end, but for what it heard just before. */
final class SurvivingNumbers implements HeardNumbers {
    private static final long FORCED_US = 1_000_000;

    private final Simulation sim;
    private Map<String, Last> now = new LinkedHashMap<>();
    private Map<String, Last> forced = new LinkedHashMap<>();

    SurvivingNumbers(Simulation sim) {
        this.sim = sim;
        force();
    }

    void force() {
        forced = new LinkedHashMap<>(now);
        sim.time().after(EventQueue.Kind.TIMER, FORCED_US, this::force);
    }

    /** Whether it has heard of a log for the first time, and would forget that with the machine. */
    boolean isFirstUnforced() {
        return !forced.keySet().containsAll(now.keySet());
    }

    /** The machine ends: what was not forced is gone, or not. */
    void crash() {
        if (sim.has(Hole.D2_FORGETS_WITH_THE_MACHINE)) {
            now.clear();
        } else if (sim.time().nowUs() % 2 == 0) {
            // Drawn from no dice, so that the seeds that found bugs before stay what they were.
            now = new LinkedHashMap<>(forced);
        }
    }

    @Override
    public Last last(String uuid) {
        return now.getOrDefault(uuid, Last.NEVER);
    }

    @Override
    public void reserve(String uuid) {
        // There is room.
    }

    @Override
    public Log of(String uuid) {
        return (number, term) -> now.put(uuid, new Last(number, term));
    }
}
