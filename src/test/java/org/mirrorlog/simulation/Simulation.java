package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.mirrorlog.emulator.EmulatedDevice;

/** One run: a cluster, a seed, and whatever happens. The same seed, kind and hole give the same run. */
final class Simulation {
    private final Hole hole;
    private final Dice dice;
    private final Plan plan;
    private final EventQueue time;
    private final Trace trace;
    private final Faults faults = new Faults();
    private final Journal journal = new Journal(this);
    private final Network network = new Network(this);
    private final Residences placement = new Residences(this);
    private final OperatorDeaths deaths = new OperatorDeaths(this);
    private final Operator operator = new Operator(this);
    private final FaultInjector injector = new FaultInjector(this);
    private final List<Machine> machines = new ArrayList<>();
    private final Map<String, Mirror> mirrors = new LinkedHashMap<>();
    /** Faults that strike the next time that they can. */
    private final Set<Fault> armed = EnumSet.noneOf(Fault.class);
    private long steps;
    private int owners;
    private boolean isCalm;
    private boolean isCurious;

    Simulation(long seed, Plan.Kind kind, Hole hole, int traced) {
        this(new Dice(seed), kind, hole, traced);
        plan.drawMore(new Dice(~seed));
    }

    private Simulation(Dice dice, Plan.Kind kind, Hole hole, int traced) {
        this(dice, Plan.draw(dice, kind), new EventQueue(), hole, traced);
    }

    /** One that others drive. */
    Simulation(Dice dice, Plan plan, EventQueue time, Hole hole, int traced) {
        this.hole = hole;
        this.dice = dice;
        this.plan = plan;
        this.time = time;
        this.trace = new Trace(time, traced);
        for (int i = 1; i <= plan.nodes(); i++) {
            machines.add(new Machine(this, i));
        }
        for (Plan.Shape shape : plan.shapes()) {
            Mirror mirror = new Mirror(this, "LVM-sim" + mirrors.size(), shape);
            mirrors.put(mirror.uuid(), mirror);
        }
    }

    /** Throws Violation when a checker sees what must not be. */
    void run() {
        mirrors().forEach(mirror -> mirror.workload().start());
        machines.forEach(Machine::boot);
        injector.start();
        runFor(plan.durationMs());
        isCalm = true;
        injector.repair();
        mirrors().forEach(mirror -> mirror.workload().heal());
        runFor(45_000);
        runUntil("L4: every machine has its mirror in use", 90_000, () -> mirrors().stream().flatMap(this::devices)
                .allMatch(device -> device.active().isPresent() && !device.isSuspended() && !device.isBusy()));
        mirrors().forEach(mirror -> mirror.workload().rest());
        renewBroken();
        runUntil("L1, L2: every request is answered, every read and write ends", 90_000,
                () -> mirrors().stream().allMatch(mirror -> mirror.workload().openIo() == 0
                && devices(mirror).allMatch(d -> d.active().isPresent() && !d.isBusy())));
        renewTables();
        runUntil("L2, L5: every region is recovered", 180_000,
                () -> mirrors().stream().map(Mirror::truth)
                        .allMatch(log -> log.geometry().isPresent() && log.unsynced().isEmpty()));
        runFor(2 * plan.lazyClearMs() + 8_000);
        mirrors().forEach(mirror -> mirror.checkers().atTheEnd());
    }

    /** A failed leg or log device of several machines needs new tables everywhere at once: an epoch (R2, S22). */
    private void renewBroken() {
        boolean isBroken = plan.everyMs().containsKey(Fault.LEG_ERROR) || plan.odds()
                .containsKey(Fault.DEVICE_WRITE_ERROR)
                || mirrors().stream().anyMatch(mirror -> mirror.truth().health().isFailed());
        if (machines.size() > 1 && isBroken) {
            waitForManagement();
            renewTables();
        }
    }

    /** All tables are replaced at once, so that whatever waits for new sessions or the end of old grants goes on. */
    private void renewTables() {
        manageAll((mirror, m) -> mirror.workload().load(m, mirror.device(m)));
        manageAll((mirror, m) -> mirror.workload().say(m, mirror.device(m).suspend()));
        manageAll((mirror, m) -> mirror.workload().say(m, mirror.device(m).resume()));
    }

    private void manageAll(BiConsumer<Mirror, Machine> call) {
        mirrors().forEach(mirror -> machines.forEach(m -> m.touch(() -> call.accept(mirror, m))));
        waitForManagement();
    }

    private Stream<EmulatedDevice> devices(Mirror mirror) {
        return machines.stream().map(mirror::device);
    }

    private void waitForManagement() {
        runUntil("L4: every load, suspend and resume returns", 90_000,
                () -> mirrors().stream().flatMap(this::devices).noneMatch(EmulatedDevice::isBusy));
    }

    private void runFor(long forMs) {
        long endUs = time.nowUs() + forMs * 1_000;
        while (time.step(endUs)) {
            steps++;
            mirrors.values().forEach(mirror -> mirror.checkers().afterStep());
        }
    }

    private void runUntil(String what, long mostMs, BooleanSupplier isReached) {
        for (long waitedMs = 0; !isReached.getAsBoolean(); waitedMs += 100) {
            if (waitedMs >= mostMs) {
                throw new Violation("Liveness", what + ": not within " + mostMs + " ms; "
                        + mirrors().stream().map(mirror -> mirror.checkers().situation()).toList());
            }
            runFor(100);
        }
    }

    /** Kernels ask IS_CLEAN as well: a run of its own, and not that of the seed. */
    Simulation curious() {
        isCurious = true;
        return this;
    }

    boolean isCurious() {
        return isCurious;
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

    Operator operator() {
        return operator;
    }

    OperatorDeaths deaths() {
        return deaths;
    }

    Faults faults() {
        return faults;
    }

    Journal journal() {
        return journal;
    }

    Network network() {
        return network;
    }

    Residences placement() {
        return placement;
    }

    List<Machine> machines() {
        return machines;
    }

    /** All mirrors, one or more. */
    List<Mirror> mirrors() {
        return List.copyOf(mirrors.values());
    }

    /** The mirror with this log. */
    Mirror mirror(String uuid) {
        return mirrors.get(uuid);
    }

    /** Any of the mirrors. */
    Mirror anyMirror() {
        List<Mirror> all = mirrors();
        return all.size() == 1 ? all.get(0) : dice.pick(all);
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

    /** It strikes the next time that it can. */
    void arm(Fault fault) {
        armed.add(fault);
    }

    /** What strikes the next time that it can. */
    Set<Fault> armed() {
        return armed;
    }

    void hit(Fault fault) {
        faults.hit(fault);
    }

    /** Whether this fault strikes now; counted if so. */
    boolean strikes(Fault fault) {
        boolean strikes = armed.remove(fault) || !isCalm && dice.chance(plan.odds().getOrDefault(fault, 0.0));
        if (strikes) {
            faults.hit(fault);
        }
        return strikes;
    }
}
