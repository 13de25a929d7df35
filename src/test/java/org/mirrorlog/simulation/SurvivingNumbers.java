package org.mirrorlog.simulation;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mirrorlog.instance.HeardNumbers;

/** What a machine has heard of logs: survives its daemons; and its own end, but for what it heard just before. */
final class SurvivingNumbers implements HeardNumbers {
    private static final long FORCED_US = 1_000_000;

    private final Simulation sim;
    private final Machine machine;
    private Map<String, Heard> now = new LinkedHashMap<>();
    private Map<String, Heard> forced = new LinkedHashMap<>();

    private record Heard(long number, long reign, String incarnation) { }

    SurvivingNumbers(Simulation sim, Machine machine) {
        this.sim = sim;
        this.machine = machine;
        force();
    }

    private void force() {
        forced = new LinkedHashMap<>(now);
        sim.time().after(FORCED_US, this::force);
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
        Heard heard = now.get(uuid);
        return heard == null ? Last.NEVER
                : new Last(heard.number(), heard.reign(), heard.incarnation().equals(machine.incarnation()));
    }

    @Override
    public void reserve(String uuid) {
        // There is room.
    }

    @Override
    public void note(String uuid, long number, long reign) {
        now.put(uuid, new Heard(number, reign, machine.incarnation()));
    }
}
