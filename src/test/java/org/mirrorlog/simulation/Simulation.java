package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.mirrorlog.emulator.EmulatedDevice;

/** One run: a cluster, a seed, and whatever happens. The same seed, kind and hole give the same run. */
final class Simulation {
    private static final int LEGS = 2;
    private static final int SECTORS = 128;

    private final Hole hole;
    private final Dice dice;
    private final Plan plan;
    private final EventQueue time = new EventQueue();
    private final Trace trace;
    private final Faults faults = new Faults();
    private final Storage storage;
    private final LogDisk disk = new LogDisk();
    private final Journal journal = new Journal(this);
    private final Network network = new Network(this);
    private final Placement placement = new Placement(this);
    private final FaultInjector injector = new FaultInjector(this);
    private final List<Machine> machines = new ArrayList<>();
    private final Workload workload;
    private final Checkers checkers;
    private long steps;
    private int owners;
    private boolean isCalm;

    Simulation(long seed, Plan.Kind kind, Hole hole, int traced) {
        this.hole = hole;
        this.dice = new Dice(seed);
        this.plan = Plan.draw(dice, kind);
        this.trace = new Trace(time, traced);
        this.storage = new Storage(LEGS, SECTORS, plan.isNosync());
        for (int i = 1; i <= plan.nodes(); i++) {
            machines.add(new Machine(this, i));
        }
        this.workload = new Workload(this);
        this.checkers = new Checkers(this);
    }

    /** Throws Violation when a checker sees what must not be. */
    void run() {
        workload.start();
        machines.forEach(Machine::boot);
        injector.start();
        runFor(plan.durationMs());
        isCalm = true;
        injector.repair();
        workload.heal();
        runFor(45_000);
        workload.rest();
        runUntil("L1, L2: every request is answered, every read and write ends", 90_000, () -> workload.openIo() == 0
                && machines.stream().allMatch(m -> m.device().active().isPresent() && !m.device().isBusy()));
        renewTables();
        runUntil("L2, L5: every region is recovered", 180_000,
                () -> journal.truth(Workload.UUID).geometry().isPresent() && journal.truth(Workload.UUID).unsynced().isEmpty());
        runFor(2 * plan.lazyClearMs() + 8_000);
        checkers.atTheEnd();
    }

    /** All tables are replaced at once, so that whatever waits for new sessions or the end of old grants goes on. */
    private void renewTables() {
        machines.forEach(m -> m.touch(() -> workload.load(m, m.device())));
        waitForManagement();
        machines.forEach(m -> m.touch(() -> workload.say(m, m.device().suspend())));
        waitForManagement();
        machines.forEach(m -> m.touch(() -> workload.say(m, m.device().resume())));
        waitForManagement();
    }

    private void waitForManagement() {
        runUntil("L4: every load, suspend and resume returns", 90_000,
                () -> machines.stream().map(Machine::device).noneMatch(EmulatedDevice::isBusy));
    }

    private void runFor(long forMs) {
        long endUs = time.nowUs() + forMs * 1_000;
        while (time.step(endUs)) {
            steps++;
            checkers.afterStep();
        }
    }

    private void runUntil(String what, long mostMs, BooleanSupplier isReached) {
        for (long waitedMs = 0; !isReached.getAsBoolean(); waitedMs += 100) {
            if (waitedMs >= mostMs) {
                throw new Violation("Liveness", what + ": not within " + mostMs + " ms; " + checkers.situation());
            }
            runFor(100);
        }
    }

    // --- the parts

    boolean has(Hole candidate) {
        return hole == candidate;
    }

    Dice dice() {
        return dice;
    }

    Plan plan() {
        return plan;
    }

    EventQueue time() {
        return time;
    }

    Trace trace() {
        return trace;
    }

    Faults faults() {
        return faults;
    }

    Storage storage() {
        return storage;
    }

    LogDisk disk() {
        return disk;
    }

    Journal journal() {
        return journal;
    }

    Network network() {
        return network;
    }

    Placement placement() {
        return placement;
    }

    List<Machine> machines() {
        return machines;
    }

    Workload workload() {
        return workload;
    }

    Checkers checkers() {
        return checkers;
    }

    long steps() {
        return steps;
    }

    int nextOwner() {
        return ++owners;
    }

    boolean isCalm() {
        return isCalm;
    }

    void hit(Fault fault) {
        faults.hit(fault);
    }

    /** Whether this fault strikes now; counted if so. */
    boolean strikes(Fault fault) {
        boolean strikes = !isCalm && dice.chance(plan.odds().getOrDefault(fault, 0.0));
        if (strikes) {
            faults.hit(fault);
        }
        return strikes;
    }
}
