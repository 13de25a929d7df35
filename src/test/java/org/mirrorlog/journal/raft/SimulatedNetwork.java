package org.mirrorlog.journal.raft;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Carries messages late, twice, out of order or not at all. */
final class SimulatedNetwork {

    private static final int VOTE = 8;
    private static final int VOTED = 9;

    private final RaftWorld world;
    private final Random random;
    private final Set<String> blocked = new HashSet<>();
    private boolean hasDisturbedElections;
    private double loss;
    private double delay;

    SimulatedNetwork(RaftWorld world, long seed) {
        this.world = world;
        this.random = new Random(seed);
    }

    /** The share of messages that are lost, and of those that take seconds. */
    void setRates(double lossRate, double delayRate) {
        loss = lossRate;
        delay = delayRate;
    }

    /** One direction only. */
    void block(String from, String to) {
        blocked.add(from + ">" + to);
    }

    void unblock(String from, String to) {
        blocked.remove(from + ">" + to);
    }

    /** Elections are disturbed: voters die when they have voted and are back soon, and asking for votes takes long. */
    void disturbElections() {
        hasDisturbedElections = true;
    }

    void heal() {
        hasDisturbedElections = false;
        blocked.clear();
        setRates(0, 0);
    }

    void send(String from, String to, byte[] message) {
        if (blocked.contains(from + ">" + to) || random.nextDouble() < loss) {
            return;
        }
        int copies = random.nextInt(40) == 0 ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long us = 80 + random.nextInt(900);
            if (random.nextDouble() < delay) {
                us += random.nextInt(12_000_000);
            }
            if (hasDisturbedElections && isOfKind(message, VOTE)) {
                us += random.nextInt(900_000);
            }
            world.queue().after(us, () -> world.member(to).ifPresent(member -> member.receive(from, message)));
        }
        if (hasDisturbedElections && isOfKind(message, VOTED) && random.nextInt(3) == 0) {
            world.queue().after(50, () -> world.member(from).ifPresent(world::restart));
        }
    }

    /** The engine's kinds, behind its version, behind version and kind of the frame. */
    private static boolean isOfKind(byte[] message, int kind) {
        return message[1] == Frames.ENGINE && message[3] == kind;
    }
}
