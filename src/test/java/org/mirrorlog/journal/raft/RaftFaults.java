package org.mirrorlog.journal.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Decides by chance what fails when, and how much of which kind a seed has. */
final class RaftFaults {

    private final RaftWorld world;
    private final Random random;
    private final List<Runnable> kinds = new ArrayList<>();

    RaftFaults(RaftWorld world, Random random) {
        this.world = world;
        this.random = random;
        List<Runnable> all = List.of(this::kill, this::kill, this::powerLoss, this::powerLoss, this::powerInAnOperation,
                this::pause, this::isolate, this::oneWay, this::badNetwork, this::errors, this::fullDisk,
                this::leaderDies);
        for (Runnable kind : all) {
            if (random.nextInt(3) > 0) {
                kinds.add(kind);
            }
        }
        if (world.hasDisturbedElections()) {
            world.network().disturbElections();
            kinds.add(this::leaderDies);
            kinds.add(this::leaderDies);
        }
        if (kinds.isEmpty()) {
            kinds.add(this::kill);
        }
    }

    void plan(long endUs) {
        long meanUs = 500_000 + random.nextInt(6_000_000);
        long at = 4_000_000;
        while (at < endUs) {
            world.queue().at(at, () -> {
                world.fault();
                kinds.get(random.nextInt(kinds.size())).run();
            });
            at += 1 + (long) (-Math.log(1 - random.nextDouble()) * meanUs);
        }
    }

    private SimulatedMember any() {
        return world.members().get(random.nextInt(world.members().size()));
    }

    private void kill() {
        world.kill(any());
    }

    private void leaderDies() {
        world.leader().ifPresent(leader -> {
            if (random.nextBoolean()) {
                world.kill(leader);
            } else {
                world.powerFails(leader);
            }
        });
    }

    /** Of any set, all of them too. */
    private void powerLoss() {
        int set = 1 + random.nextInt((1 << world.members().size()) - 1);
        for (int i = 0; i < world.members().size(); i++) {
            SimulatedMember member = world.members().get(i);
            if ((set & 1 << i) != 0 && member.isUp()) {
                world.powerFails(member);
            }
        }
    }

    private void powerInAnOperation() {
        any().disk.setOperationsUntilPowerFailure(1 + random.nextInt(60));
    }

    private void pause() {
        any().pause(world.queue().nowUs() + 100_000 + random.nextInt(9_000_000));
    }

    private void isolate() {
        SimulatedMember one = any();
        long us = 500_000 + random.nextInt(12_000_000);
        for (SimulatedMember other : world.members()) {
            if (other != one) {
                cut(one, other, us);
                cut(other, one, us);
            }
        }
    }

    private void oneWay() {
        SimulatedMember from = any();
        SimulatedMember to = any();
        if (from != to) {
            cut(from, to, 500_000 + random.nextInt(12_000_000));
        }
    }

    private void cut(SimulatedMember from, SimulatedMember to, long us) {
        world.network().block(from.name, to.name);
        world.queue().after(us, () -> world.network().unblock(from.name, to.name));
    }

    private void badNetwork() {
        world.network().setRates(random.nextDouble() * 0.3, random.nextDouble() * 0.2);
        world.queue().after(random.nextInt(15_000_000), () -> world.network().setRates(0, 0));
    }

    /** Until the program ends itself: with the next one the disk works again. */
    private void errors() {
        any().disk.setFailureRates(random.nextDouble() * 0.1, random.nextDouble() * 0.05, random.nextDouble() * 0.3);
    }

    private void fullDisk() {
        SimulatedMember one = any();
        one.disk.setCapacityBytes(one.disk.usedBytes() + random.nextInt(6000));
        world.queue().after(500_000 + random.nextInt(10_000_000), () -> one.disk.setCapacityBytes(Long.MAX_VALUE));
    }
}
