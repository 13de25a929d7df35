package org.mirrorlog.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.mirrorlog.protocol.LogSpec;

/**
 * A log decided by {@link Decider}, kernels that use it, and the bytes they write, in one thread with dice: rounds and
 * answers get lost, old copies arrive late, appends fail, daemons and kernels die, nodes suspend and come back. After
 * every step {@link #check} compares what the log says with what the legs hold.
 */
final class ModelCluster {
    static final int REGIONS = 8;
    static final int MACHINES = 3;
    private static final int REGION_SECTORS = 8;
    private static final int LATE_COPIES = 20;
    private static final int STORY_LINES = 60;

    /** How the log starts. */
    enum Start { CORE, CORE_NOSYNC, DISK_BLANK, DISK_CLEAN }

    final SplittableRandom random;
    final LogSpec spec;
    final ModelLegs legs;
    private final Rules rules;
    private final BiFunction<LogState, Decision, Decision> bug;
    private final List<Commit> journal = new ArrayList<>();
    private final ModelKernel[] kernels = new ModelKernel[MACHINES];
    private final List<ModelKernel> undeclared = new ArrayList<>();
    private final List<Round> late = new ArrayList<>();
    private final Deque<Object[]> story = new ArrayDeque<>();
    private LogState state = LogState.unborn();
    private ResyncRequests requests = new ResyncRequests();
    private DeviceReport device;
    private long lastJvm;
    private int boots;
    private boolean isCalm;

    /** @param bug what is wrong with the decisions: nothing, or what the checks are to find */
    ModelCluster(long seed, Start start, BiFunction<LogState, Decision, Decision> bug) {
        this.random = new SplittableRandom(seed);
        this.bug = bug;
        boolean isDisk = start == Start.DISK_BLANK || start == Start.DISK_CLEAN;
        this.spec = new LogSpec((long) REGIONS * REGION_SECTORS, isDisk ? LogSpec.LogType.DISK : LogSpec.LogType.CORE,
                isDisk ? Optional.of("254:3") : Optional.empty(), REGION_SECTORS,
                start == Start.CORE_NOSYNC ? LogSpec.SyncMode.NOSYNC : LogSpec.SyncMode.DEFAULT, false);
        this.legs = new ModelLegs(REGIONS, MACHINES, start == Start.CORE_NOSYNC || start == Start.DISK_CLEAN);
        this.device = start == Start.DISK_CLEAN ? new DeviceReport.Readable(-1, RegionSet.range(0, REGIONS))
                : new DeviceReport.Blank();
        this.rules = new Rules(random.nextBoolean(), false);
        for (int machine = 0; machine < MACHINES; machine++) {
            boot(machine);
        }
    }

    LogState state() {
        return state;
    }

    ModelKernel[] kernels() {
        return kernels;
    }

    /** S16, R2, D13: whatever the past, one new session recovers every region, and then every region is clean. */
    void checkAllInOrder() {
        require(state.unsynced().isEmpty(), "unsynced at the end: " + state.unsynced());
        require(state.dirty().isEmpty(), "dirty at the end: " + state.dirty());
    }

    /** No faults any more, no new writes. */
    boolean isCalm() {
        return isCalm;
    }

    /** True once in so many times, in troubled times. */
    boolean isTrouble(int oneIn) {
        return !isCalm && random.nextInt(oneIn) == 0;
    }

    long newJvm() {
        return ++lastJvm;
    }

    /** Words are put together only if somebody reads them. */
    void tell(Object... words) {
        story.addLast(words);
        if (story.size() > STORY_LINES) {
            story.removeFirst();
        }
    }

    private void boot(int machine) {
        kernels[machine] = new ModelKernel(this, machine, "boot-" + ++boots, kernels[machine]);
    }

    /** One thing happens somewhere. */
    void step() {
        int machine = random.nextInt(MACHINES);
        if (isTrouble(400)) {
            tell(kernels[machine].toString(), "dies");
            kernels[machine].die();
            undeclared.add(kernels[machine]);
            boot(machine);
        } else if (isTrouble(60) && !late.isEmpty()) {
            execute(late.remove(random.nextInt(late.size())));
        } else if (!undeclared.isEmpty() && (isCalm || random.nextInt(100) == 0)) {
            declareDead(undeclared.remove(0).id().incarnation());
        } else {
            kernels[machine].step();
        }
        check();
    }

    private void declareDead(String incarnation) {
        if (!state.dead().contains(incarnation)) {
            commit(new Commit(List.of(new LogEvent.Died(incarnation))));
        }
    }

    /** From here on everything works. */
    void calmDown() {
        isCalm = true;
        tell("calm");
    }

    /** An old copy of a round may arrive at any time. */
    void keepCopy(Round round) {
        if (late.size() < LATE_COPIES) {
            late.add(round);
        }
    }

    /** What the owner answers; empty: nothing, the round is to be sent again. */
    Optional<Answer> execute(Round round) {
        boolean isCurrent = kernels[machineOf(round)].isWaitingFor(round);
        LogState opened = state.opened();
        List<LogEvent> events = new ArrayList<>();
        while (isTrouble(20) && !late.isEmpty()) {
            Round copy = late.remove(random.nextInt(late.size()));
            List<LogEvent> more = decide(opened, copy).map(Decision::events).orElse(List.of());
            events.addAll(more);
            opened = opened.with(more);
        }
        Optional<Decision> decision = decide(opened, round);
        require(decision.isPresent() || !isCurrent, "D5: a round that is no old copy is ignored: " + round);
        decision.ifPresent(made -> events.addAll(made.events()));
        if (!events.isEmpty()) {
            if (isTrouble(50)) {
                tell("append refused");
                requests = new ResyncRequests();
                return Optional.empty();
            }
            commit(new Commit(events));
        }
        return decision.map(Decision::answer);
    }

    private Optional<Decision> decide(LogState opened, Round round) {
        Optional<DeviceReport> report = Decider.needsDevice(opened, rules, round)
                ? Optional.of(device) : Optional.empty();
        Optional<Decision> decision = Decider.decide(opened, requests, rules, round, report)
                .map(made -> bug.apply(opened, made));
        tell(round.by(), "#", round.number(), round.ask(), "clears", round.clears(), "->", decision);
        return decision;
    }

    private static int machineOf(Round round) {
        return Integer.parseInt(round.node());
    }

    private void commit(Commit commit) {
        journal.add(commit);
        state = state.after(commit);
        for (LogEvent event : commit.events()) {
            if (event instanceof LogEvent.Died died) {
                tell(died);
                legs.endAll(died.incarnation());
            }
        }
        if (state.geometry().isPresent()) {
            writeDevice();
        }
        if (random.nextInt(100) == 0) {
            require(state.equals(replayed()), "replay gives another state");
        }
    }

    /** Dirtied bits at once, cleaned ones now and then. */
    private void writeDevice() {
        RegionSet clean = RegionSet.range(0, REGIONS).minus(state.dirty());
        boolean areClearsWritten = random.nextInt(4) == 0;
        device = new DeviceReport.Readable(REGIONS,
                areClearsWritten || !(device instanceof DeviceReport.Readable r) ? clean
                : r.clean().and(clean));
    }

    private LogState replayed() {
        LogState replayed = LogState.unborn();
        for (Commit commit : journal) {
            replayed = replayed.after(commit);
        }
        return replayed;
    }

    /** What must hold at every moment, by the numbers of the protocol. */
    private void check() {
        try {
            state.check();
        } catch (IllegalStateException e) {
            require(false, e.getMessage());
        }
        for (ModelLegs.Write write : legs.underWay()) {
            Member member = state.members().get(write.by.id());
            require(state.dirty().contains(write.region), "S1: the log calls it clean, but " + write);
            require(member != null, "no member, but " + write);
            if (write.isToBoth) {
                require(member.marks().contains(write.region), "S1: unmarked, but " + write);
            } else {
                require(state.unsynced().contains(write.region), "S11: in sync, but " + write);
                require(member.grants().contains(write.region), "R4: not granted, but " + write);
            }
        }
        for (int region = 0; region < REGIONS; region++) {
            for (int machine = 0; machine < MACHINES && !state.geometry().isEmpty(); machine++) {
                if (!legs.isEqual(region, machine) && !isWritten(region, machine)) {
                    require(state.unsynced().contains(region), "false sync: legs differ in region " + region);
                }
            }
        }
        for (ModelKernel kernel : kernels) {
            kernel.copying().ifPresent(region -> checkCopy(kernel, region));
        }
    }

    private void checkCopy(ModelKernel kernel, int region) {
        require(state.recovery().equals(Optional.of(new Recovery(region, kernel.id()))),
                "S5: " + kernel + " copies region " + region + ", the log says " + state.recovery());
        for (ModelLegs.Write write : legs.underWay()) {
            require(write.region != region || write.by == kernel, "S6: " + kernel + " copies, but " + write);
        }
        for (ModelKernel other : kernels) {
            require(other == kernel || !other.mayWriteUnasked(region),
                    "S12: " + kernel + " copies region " + region + ", but " + other + " may write it without asking");
        }
    }

    private boolean isWritten(int region, int machine) {
        return legs.underWay().stream()
                .anyMatch(write -> write.isToBoth && write.region == region && write.by.machine() == machine);
    }

    void require(boolean claim, String broken) {
        if (!claim) {
            StringBuilder text = new StringBuilder(broken);
            for (Object[] words : story) {
                text.append("\n ");
                for (Object word : words) {
                    text.append(' ').append(word);
                }
            }
            throw new AssertionError(text.append("\n  ").append(state).toString());
        }
    }
}
