package org.mirrorlog.simulation;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Who adopts logs: those whose journal was replaced, and now and then one that is well. Insists until it is done. */
final class Operator {
    private static final long PATIENCE_US = 3_000_000;

    private final Simulation sim;
    /** Logs that wait for a word about their device. */
    private final Set<String> orphanedMarks = new HashSet<>();

    /** When an owner last said that its history is too short. */
    private final Map<String, Long> shortUs = new LinkedHashMap<>();

    Operator(Simulation sim) {
        this.sim = sim;
    }

    /** Of the logs whose journal was replaced, those that have not gone on by themselves; and perhaps others. */
    void adoptAll(double oddsOfHealthy) {
        for (Mirror mirror : sim.mirrors()) {
            if (!sim.journal().isCurrent(mirror.uuid()) || sim.dice().chance(oddsOfHealthy)) {
                adopt(mirror);
            }
        }
    }

    /**
     * A log that goes on, after an adoption, is held by a device that was not written since, and so still names the
     * former journal: it was failed then. In the end that is adopted as well.
     */
    void hearsOfDoubt(String uuid) {
        if (sim.isCalm() && sim.journal().isCurrent(uuid) && orphanedMarks.add(uuid)) {
            sim.time().after(PATIENCE_US, () -> {
                orphanedMarks.remove(uuid);
                adopt(sim.mirror(uuid));
            });
        }
    }

    /** An owner holds what was asked because somebody has heard of more; in the end, of a log that is held for good. */
    void hearsOfShortHistory(String uuid) {
        boolean isNew = shortUs.put(uuid, sim.time().nowUs()) == null;
        if (isNew && sim.isCalm()) {
            sim.time().after(2 * PATIENCE_US, () -> {
                boolean isHeld = sim.time().nowUs() - shortUs.remove(uuid) < PATIENCE_US;
                if (isHeld) {
                    sim.hit(Fault.ADOPTED);
                    insist(sim.mirror(uuid), sim.journal().remembered(uuid), sim.journal().era());
                }
            });
        } else if (isNew) {
            shortUs.remove(uuid);
        }
    }

    void adopt(Mirror mirror) {
        sim.hit(Fault.ADOPTED);
        insist(mirror, mirror.truth().number(), sim.journal().era());
    }

    private void insist(Mirror mirror, long number, int era) {
        boolean isDone = mirror.truth().adoption().filter(adoption -> adoption.at() > number
                || adoption.isFresh() && mirror.truth().number() >= number).isPresent();
        if (isDone || era != sim.journal().era()) {
            return;
        }
        Machine asked = sim.dice().pick(sim.machines());
        asked.daemon().ifPresent(daemon -> {
            Machine owner = sim.placement().ownerOf(mirror.uuid(), asked);
            sim.trace().add("operator", "adopts", mirror.uuid(), "by", asked.name(), "at", owner.name());
            sim.network().send(asked, owner, () -> owner.daemon().ifPresent(d -> d.adopt(mirror.uuid())));
        });
        sim.time().after(PATIENCE_US, () -> insist(mirror, number, era));
    }

    /** By incarnation: all nodes, as members of the cluster and former ones. */
    Map<String, String> nodes() {
        Map<String, String> nodes = new LinkedHashMap<>();
        sim.machines().forEach(machine -> nodes.put(machine.incarnation(), machine.node()));
        return nodes;
    }
}
