package org.mirrorlog.simulation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where each machine believes the owner of a log to be: sharding, as far as truth must not depend on it. */
final class Residences {
    private final Simulation sim;
    private final Map<String, Machine> now = new LinkedHashMap<>();
    /** Who believes what, by log. */
    private final Map<String, Map<Machine, Machine>> beliefs = new LinkedHashMap<>();

    Residences(Simulation sim) {
        this.sim = sim;
    }

    Machine ownerOf(String uuid, Machine asker) {
        Machine believed = beliefs(uuid).get(asker);
        Machine owner = believed != null ? believed : now.get(uuid);
        if (owner == null || owner.daemon().isEmpty()) {
            beliefs(uuid).remove(asker);
            owner = now.get(uuid);
        }
        if (owner == null || owner.daemon().isEmpty()) {
            owner = asker;
            now.put(uuid, asker);
        }
        return owner;
    }

    /** The log moves; the old owner stops, or knows nothing of it, and whoever believes in it goes on asking it. */
    void move(String uuid) {
        List<Machine> machines = sim.machines();
        Machine old = now.get(uuid);
        Machine next = sim.dice().pick(machines);
        now.put(uuid, next);
        beliefs(uuid).clear();
        if (old != null && old != next && sim.strikes(Fault.ZOMBIE_OWNER)) {
            machines.stream().filter(m -> sim.dice().chance(0.4)).forEach(m -> beliefs(uuid).put(m, old));
        } else if (old != null) {
            old.daemon().ifPresent(daemon -> daemon.stopOwner(uuid));
        }
    }

    /** The log moves; the old owner stops, or lives on and is believed in on its own machine. */
    void move(String uuid, Machine next, boolean isZombie) {
        Machine old = now.get(uuid);
        now.put(uuid, next);
        beliefs(uuid).clear();
        if (isZombie) {
            beliefs(uuid).put(old, old);
        } else if (old != null) {
            old.daemon().ifPresent(daemon -> daemon.stopOwner(uuid));
        }
    }

    /** Where the log lives now; null before anybody has asked. */
    Machine home(String uuid) {
        return now.get(uuid);
    }

    /** An owner that is not used where it lives asks to live where this asker is (D20). */
    void moveTo(String uuid, Daemon owner, Machine asker) {
        if (now.get(uuid) == owner.machine()) {
            now.put(uuid, asker);
        }
        beliefs(uuid).remove(asker);
    }

    /** An owner that was accepted serves where it is used. */
    void stay(String uuid, Daemon owner) {
        now.put(uuid, owner.machine());
    }

    private Map<Machine, Machine> beliefs(String uuid) {
        return beliefs.computeIfAbsent(uuid, key -> new LinkedHashMap<>());
    }

    void settle() {
        beliefs.clear();
    }
}
