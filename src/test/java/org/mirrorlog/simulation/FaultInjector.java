package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.mirrorlog.instance.InstanceKey;

/** Faults that strike by themselves, and the end of each. */
final class FaultInjector {
    private static final long SHORT_US = 5_000_000;

    private final Simulation sim;
    /** Of these nobody will hear but from the operator. */
    private final List<String> fallen = new ArrayList<>();

    FaultInjector(Simulation sim) {
        this.sim = sim;
    }

    void start() {
        sim.plan().everyMs().forEach(this::next);
    }

    private void next(Fault fault, long meanMs) {
        sim.time().after(sim.dice().exponential(meanMs * 1_000), () -> {
            if (!sim.isCalm()) {
                strike(fault);
                next(fault, meanMs);
            }
        });
    }

    private void strike(Fault fault) {
        Machine machine = sim.dice().pick(sim.machines());
        Mirror mirror = sim.anyMirror();
        switch (fault) {
            case OVERRUN:
                strike(fault, machine.daemon().isPresent(), machine::overrun);
                break;
            case DAEMON_CRASH:
                strike(fault, machine.daemon().isPresent(), () -> killDaemon(machine));
                break;
            case DAEMON_PAUSE:
                strike(fault, machine.daemon().filter(daemon -> !daemon.isPaused()).isPresent(),
                        () -> machine.daemon().orElseThrow().pause(outage(5_000_000)));
                break;
            case MACHINE_CRASH:
                strike(fault, machine.isUp(), () -> crash(machine));
                break;
            case POWER_LOSS:
                strike(fault, true, this::losePower);
                break;
            case LOG_BLOCKED:
                strike(fault, !sim.journal().isBlocked(mirror.uuid()), () -> {
                    sim.journal().block(mirror.uuid(), true);
                    sim.time().after(sim.dice().between(5_000_000, 30_000_000),
                            () -> sim.journal().block(mirror.uuid(), false));
                });
                break;
            case JOURNAL_LOST:
                // Sooner when it hurts: while the device may be cleaner than the truth. Not together with a log device
                // that has failed, too: then nothing is left that could tell (see docs/safety.md).
                boolean hurts = sim.mirrors().stream().anyMatch(m -> m.disk().isWrittenLate());
                strike(fault, (hurts || sim.dice().chance(0.3))
                        && sim.mirrors().stream().noneMatch(m -> m.disk().mayMislead()),
                        () -> replaceJournal(sim.journal()::lose));
                break;
            case JOURNAL_ROLLED_BACK:
                boolean isBarelyHeard = sim.plan().mayForgetUnnoticed()
                        && sim.machines().stream().anyMatch(m -> m.numbers().isFirstUnforced());
                strike(fault, !isBarelyHeard && sim.mirrors().stream()
                        .noneMatch(m -> m.disk().isWrittenLate() || m.disk().isNeglected()),
                        () -> replaceJournal(sim.journal()::rollBack));
                break;
            case SUSPEND_ALL:
                strike(fault, true, mirror.workload()::suspendAll);
                break;
            case OWNER_STOPPED:
                strike(fault, machine.daemon().filter(daemon -> daemon.owns(mirror.uuid())).isPresent(),
                        () -> machine.daemon().orElseThrow().stopOwner(mirror.uuid()));
                break;
            case OWNER_MOVED:
                strike(fault, true, () -> sim.placement().move(mirror.uuid()));
                break;
            case PARTITION:
                strike(fault, true, this::partition);
                break;
            case JOURNAL_DOWN:
                strike(fault, true, () -> {
                    sim.journal().setDown(true);
                    sim.time().after(sim.dice().exponential(3_000_000), () -> sim.journal().setDown(false));
                });
                break;
            case JOURNAL_BEHIND:
                strike(fault, true, () -> {
                    sim.journal().fallBehind();
                    sim.time().after(sim.dice().exponential(3_000_000), sim.journal()::catchUp);
                });
                break;
            case ADOPTED:
                strike(fault, true, () -> sim.operator().adopt(mirror));
                break;
            case LEG_ERROR:
                strike(fault, true, () -> failLeg(mirror.legs(machine)));
                break;
            default:
                throw new IllegalStateException(fault + " does not strike by itself");
        }
    }

    private void strike(Fault fault, boolean isPossible, Runnable action) {
        if (isPossible) {
            sim.hit(fault);
            sim.trace().add("fault", fault);
            action.run();
        }
    }

    /**
     * How long a node is away. Where the journal is set back without anybody's notice, nobody is away for longer than
     * an owner waits for what others have heard (docs/safety.md: all daemons up before a mirror is activated).
     */
    private long outage(long meanUs) {
        long us = sim.dice().exponential(meanUs);
        return sim.plan().mayForgetUnnoticed() ? Math.min(us, SHORT_US) : us;
    }

    private void killDaemon(Machine machine) {
        machine.killDaemon();
        // Without record and journal nobody may go on but an administrator (D21).
        List<InstanceKey> losable = machine.records().keySet().stream()
                .filter(key -> sim.journal().truth(key.uuid()).geometry().isPresent()).toList();
        if (!losable.isEmpty() && sim.strikes(Fault.RECORD_LOST)) {
            InstanceKey lost = sim.dice().pick(losable);
            machine.records().remove(lost);
            sim.mirror(lost.uuid()).checkers().recordLost(machine, lost.luid());
        }
        sim.time().after(outage(3_000_000), machine::startDaemon);
    }

    private void crash(Machine machine) {
        String dead = machine.incarnation();
        boolean isToldAtOnce = sim.strikes(Fault.DEATH_TOLD);
        if (isToldAtOnce && sim.has(Hole.D16_CONFIRMED_ALIVE)) {
            sim.deaths().declare(dead);
            return;
        }
        machine.crash();
        if (isToldAtOnce) {
            sim.deaths().declare(dead);
        } else if (sim.strikes(Fault.DEATH_TOLD_LATE)) {
            sim.time().after(sim.dice().exponential(10_000_000), () -> sim.deaths().declare(dead));
        }
        if (!sim.plan().isBootProofOfDeath()) {
            sim.hit(Fault.BOOT_DOUBTED);
            fallen.add(dead);
        } else if (sim.plan().isTwinned()) {
            // Its next boot may not be able to prove it: somebody says so in the end.
            fallen.add(dead);
            if (sim.strikes(Fault.DIRECTORY_LOST)) {
                machine.loseDirectory();
            }
        }
        if (sim.machines().size() == 1 && sim.dice().chance(0.5)) {
            sim.mirrors().forEach(mirror -> mirror.disk().losePower(sim.dice()));
        }
        sim.time().after(outage(5_000_000), () -> {
            if (!machine.isUp()) {
                machine.boot();
            }
        });
    }

    private void losePower() {
        List<Machine> running = sim.machines().stream().filter(Machine::isUp).toList();
        running.forEach(this::crash);
        sim.network().losePower();
        sim.mirrors().forEach(mirror -> mirror.disk().losePower(sim.dice()));
    }

    /** With the power everywhere goes the journal. Some time later the operator adopts what there is. */
    private void replaceJournal(Runnable replacement) {
        losePower();
        replacement.run();
        sim.time().after(sim.dice().exponential(15_000_000), () -> sim.operator().adoptAll(sim.isCalm() ? 0 : 0.2));
    }

    private void partition() {
        Set<Machine> island = new LinkedHashSet<>();
        sim.machines().stream().filter(m -> sim.dice().chance(0.5)).forEach(island::add);
        sim.network().cut(island);
        sim.time().after(outage(8_000_000), sim.network()::heal);
    }

    private void failLeg(Storage.View legs) {
        int leg = sim.dice().below(legs.count());
        boolean failsReads = sim.dice().chance(0.5);
        legs.setFailing(leg, failsReads, !failsReads || sim.dice().chance(0.7));
        sim.time().after(sim.dice().exponential(3_000_000), () -> legs.setFailing(leg, false, false));
    }

    /** Everything that was down or cut off comes back. */
    void repair() {
        fallen.forEach(sim.deaths()::declare);
        sim.journal().setDown(false);
        sim.journal().catchUp();
        sim.operator().adoptAll(0);
        sim.mirrors().forEach(mirror -> sim.journal().block(mirror.uuid(), false));
        sim.network().heal();
        sim.placement().settle();
        for (Machine machine : sim.machines()) {
            sim.mirrors().forEach(mirror -> mirror.legs(machine).heal());
            if (!machine.isUp()) {
                machine.boot();
            }
            machine.startDaemon();
            machine.daemon().ifPresent(Daemon::goOn);
        }
    }
}
