package org.mirrorlog.journal.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Disks that are lost, one at a time, and directories that take their places; the lost ones come back now and then.
 * What is checked: the group is the same for all; there is one learner at a time; who is removed stays so; only voters
 * stand for election; who is promoted has what was committed when it began to learn.
 */
final class Replacements {

    private static final long SECOND_US = 1_000_000;
    private static final long WATCH_US = 100_000;

    private final RaftWorld world;
    private final Random random;
    private final List<SimulatedMember> lost = new ArrayList<>();
    private SimulatedMember successor;
    private int ended;

    Replacements(RaftWorld world, Random random) {
        this.world = world;
        this.random = random;
    }

    void plan() {
        world.queue().after(5 * SECOND_US + random.nextInt(5_000_000), this::lose);
        world.queue().after(SECOND_US, this::look);
        world.queue().after(WATCH_US, this::watch);
    }

    /** Those whose places were taken, or are to be. */
    List<SimulatedMember> lost() {
        return lost;
    }

    int ended() {
        return ended;
    }

    boolean isUnderWay() {
        return successor != null;
    }

    private void lose() {
        if (world.hasFaults()) {
            lose(random.nextInt(world.members().size()));
        }
    }

    private void lose(int at) {
        SimulatedMember old = world.members().get(at);
        boolean isSameIdentity = world.hole() == Hole.OLD_IDENTITY;
        String name = isSameIdentity ? old.name : world.name(Members.address(old.name));
        SimulatedMember fresh = new SimulatedMember(name, world, random.nextLong());
        if (old.isUp()) {
            old.end();
        }
        old.setLost(isSameIdentity);
        lost.add(old);
        world.members().set(at, fresh);
        world.queue().after(random.nextInt(3_000_000), fresh::start);
        if (isSameIdentity) {
            world.queue().after(4 * SECOND_US, this::lose);
            return;
        }
        boolean isOrdered = successor != null;
        successor = fresh;
        if (!isOrdered) {
            order();
        }
        if (random.nextInt(3) == 0) {
            // It is lost as well, perhaps before it counts.
            world.queue().after(random.nextInt(6_000_000), () -> {
                if (successor == fresh && world.hasFaults()) {
                    lose(at);
                }
            });
        }
        if (random.nextBoolean()) {
            world.queue().after(random.nextInt(15_000_000), old::start);
        }
    }

    private void order() {
        if (successor == null) {
            return;
        }
        SimulatedMember asked = world.members().get(random.nextInt(world.members().size()));
        if (asked.isUp()) {
            asked.member().replace(successor.name, answer -> { });
        }
        world.queue().after(200_000 + random.nextInt(2_000_000), this::order);
    }

    /** What each daemon does once a second. */
    private void look() {
        for (SimulatedMember member : all()) {
            if (member.isUp() && !member.isPaused()) {
                member.member().look();
                if (world.hole() == Hole.PROMOTED_EARLY) {
                    promoteEarly(member);
                }
            }
        }
        world.queue().after(SECOND_US, this::look);
    }

    private void promoteEarly(SimulatedMember member) {
        Standing now = member.member().standing();
        if (now.role() == Standing.Role.LEADER && !now.isChanging() && now.members().all().contains(
                successor == null ? "" : successor.name) && !now.members().voters().contains(successor.name)) {
            member.engine().change(new Change(Change.Kind.PROMOTE, successor.name), now.members().index(),
                    answer -> { });
        }
    }

    private List<SimulatedMember> all() {
        List<SimulatedMember> all = new ArrayList<>(world.members());
        all.addAll(lost);
        return all;
    }

    private void watch() {
        for (SimulatedMember member : all()) {
            if (member.isUp()) {
                Standing now = member.member().standing();
                world.histories().regrouped(member.name, now.members(), this::lastIndex);
                boolean stands = now.role() == Standing.Role.LEADER || now.role() == Standing.Role.CANDIDATE;
                if (stands && !now.effective().voters().contains(member.name)) {
                    throw world.histories().violation(member.name + " is " + now.role() + " and does not count");
                }
                if (successor != null && now.members().voters().contains(successor.name)) {
                    successor = null;
                    ended++;
                    world.queue().after(random.nextInt(10_000_000), this::lose);
                }
            }
        }
        world.queue().after(WATCH_US, this::watch);
    }

    private long lastIndex(String name) {
        return all().stream().filter(member -> member.name.equals(name) && member.member() != null)
                .mapToLong(member -> member.member().standing().lastIndex()).findFirst().orElse(0);
    }
}
