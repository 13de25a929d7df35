package org.mirrorlog.simulation;

import java.util.LinkedHashSet;
import java.util.Set;

/** What the operator has confirmed, and every daemon hears of: these incarnations are off for good (D16). */
final class OperatorDeaths {
    private final Simulation sim;
    private final Set<String> declared = new LinkedHashSet<>();

    OperatorDeaths(Simulation sim) {
        this.sim = sim;
    }

    Set<String> declared() {
        return declared;
    }

    /** It must be off. Owners hear of it at once; those that begin later find it. */
    void declare(String incarnation) {
        if (declared.add(incarnation)) {
            sim.trace().add("operator", "confirms the death of", incarnation);
            sim.mirrors().forEach(mirror -> mirror.checkers().declaredDead(incarnation));
            sim.machines().forEach(machine -> machine.daemon().ifPresent(daemon -> daemon.hearOf(declared)));
        }
    }
}
