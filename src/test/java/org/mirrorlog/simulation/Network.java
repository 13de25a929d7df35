package org.mirrorlog.simulation;

import java.util.LinkedHashSet;
import java.util.Set;

/** Messages between daemons: lost, doubled, late, out of order, cut off. */
final class Network {
    private final Simulation sim;
    private final Set<Machine> island = new LinkedHashSet<>();
    /** Messages from before the last one never arrive. */
    private int outages;

    Network(Simulation sim) {
        this.sim = sim;
    }

    void send(Machine from, Machine to, Runnable delivery) {
        if (from == to) {
            sendLocally(from.daemon().orElseThrow(), delivery);
            return;
        }
        if (island.contains(from) != island.contains(to) || sim.strikes(Fault.MESSAGE_LOST)) {
            return;
        }
        int copies = sim.strikes(Fault.MESSAGE_TWICE) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long delayUs = sim.strikes(Fault.MESSAGE_LATE) || i > 0 ? sim.dice().between(1_000, 15_000_000)
                    : sim.dice().between(50, 2_000);
            int sent = outages;
            sim.time().after(EventQueue.Kind.MESSAGE, delayUs, () -> {
                if (sent == outages) {
                    delivery.run();
                }
            });
        }
    }

    /** Nobody is left who could deliver what is under way. */
    void losePower() {
        outages++;
    }

    /** Within one daemon messages are lost only while an owner moves; they end with the daemon, late ones too. */
    private void sendLocally(Daemon daemon, Runnable delivery) {
        if (sim.strikes(Fault.MESSAGE_LOST)) {
            return;
        }
        int copies = sim.strikes(Fault.MESSAGE_TWICE) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long delayUs = sim.strikes(Fault.MESSAGE_LATE) || i > 0 ? sim.dice().between(1_000, 15_000_000)
                    : sim.dice().between(1, 200);
            daemon.soon(EventQueue.Kind.MESSAGE, delayUs, delivery);
        }
    }

    /** These machines see each other, the others see each other, and that is all. */
    void cut(Set<Machine> machines) {
        island.clear();
        island.addAll(machines);
    }

    void heal() {
        island.clear();
    }

    boolean isCut(Machine machine) {
        return island.contains(machine);
    }
}
