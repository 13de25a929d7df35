package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.mirrorlog.instance.HeardNumbers;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeathRules;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.Decision;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.OwnerTerm;
import org.mirrorlog.log.Reactivation;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.log.Rules;

/**
 * The simulator's own copy of the shell around the log's rules, in the order of owner.LogOwner: gather, decide, append,
 * write the device, answer. Stops when an append fails, like the original.
 */
final class Owner {
    private static final long HEAD_READ_US = 500;
    private static final long ASK_AGAIN_US = 800_000;
    private static final int QUESTIONS = 13;

    private record Waiting(Round round, Machine from, Consumer<RoundAnswer> replyTo) { }

    private record Decided(Round round, Consumer<RoundAnswer> replyTo, Answer answer) { }

    private final Simulation sim;
    private final Daemon daemon;
    private final String uuid;
    private final OwnerDevice device;
    private final String name;
    private final ResyncRequests requests = new ResyncRequests();
    private final OwnerTerm term;
    private final Map<InstanceId, OwnerDevice.Reading> readings = new LinkedHashMap<>();
    private List<Waiting> waiting = new ArrayList<>();
    private LogState state;
    private boolean isDecisionDue;
    private boolean isAppending;
    private boolean isDeviceBusy;
    private boolean isAccepted;
    private boolean isStopped;
    private boolean isLookDue;
    /** Where instances were heard from. */
    private final Map<InstanceId, Machine> directory = new LinkedHashMap<>();
    private final Reactivation reactivation = new Reactivation();
    private boolean isReactivating;
    private boolean isGiveUpDue;
    private boolean isAdoptionDue;
    private final Map<Machine, HeardNumbers.Last> told = new LinkedHashMap<>();
    /** Rounds that wait for what others have heard of the log. */
    private final List<Waiting> aside = new ArrayList<>();
    private boolean isVouchedFor;
    private int questions;
    private boolean isCalling;
    /** Nodes whose kernels have no table of this log. */
    private final Set<String> absent = new LinkedHashSet<>();

    Owner(Simulation sim, Daemon daemon, String uuid) {
        this.sim = sim;
        this.daemon = daemon;
        this.uuid = uuid;
        int number = sim.nextOwner();
        this.name = daemon.name() + '#' + number;
        this.term = new OwnerTerm(number);
        this.device = new OwnerDevice(sim, daemon, uuid, name);
        device.whenNotTried(this::stop);
        daemon.soon(sim.dice().between(100, 20_000), () -> {
            state = Holes.replayed(sim, sim.journal().replay(uuid));
            term.begin(state);
            isLookDue = !sim.deaths().declared().isEmpty();
            if (sim.mirror(uuid).shape().isDisk() && sim.machines().size() > 1) {
                repairLater();
            }
            boundReactivation();
            callTheRoll();
            decideSoon();
        });
    }

    boolean isStopped() {
        return isStopped;
    }

    /** Appends under way still arrive. */
    void stop() {
        isStopped = true;
    }

    // --- gather

    void gather(Round round, Machine from, Consumer<RoundAnswer> replyTo) {
        waiting.removeIf(other -> other.round.by().equals(round.by()) && other.round.number() == round.number());
        aside.removeIf(other -> other.round.by().equals(round.by()) && other.round.number() == round.number());
        waiting.add(new Waiting(round, from, replyTo));
        directory.put(round.by(), from);
        decideSoon();
    }

    void adopt() {
        isAdoptionDue = true;
        decideSoon();
    }

    void hearAbsent(String incarnation, long adoptedAt) {
        if (state != null && state.adoption().filter(a -> a.at() == adoptedAt
                && a.awaited().containsKey(incarnation)).isPresent()) {
            absent.add(incarnation);
            decideSoon();
        }
    }

    /** Now and then those awaited are asked whether their kernels have a table of this log at all. */
    private void callTheRoll() {
        if (isCalling || state.adoption().isEmpty()) {
            return;
        }
        isCalling = true;
        daemon.soon(sim.dice().between(500_000, 2_000_000), () -> {
            isCalling = false;
            if (isStopped || !state.isAwaiting()) {
                return;
            }
            long at = state.adoption().get().at();
            for (Machine machine : sim.machines()) {
                if (state.adoption().get().awaited().containsKey(machine.incarnation())) {
                    sim.network().send(daemon.machine(), machine, () -> answerRoll(machine, at));
                }
            }
            callTheRoll();
        });
    }

    private void answerRoll(Machine machine, long at) {
        String asked = machine.incarnation();
        machine.daemon().filter(there -> there.isWithout(uuid)).ifPresent(there ->
                sim.network().send(machine, daemon.machine(), () -> daemon.hearAbsent(uuid, asked, at)));
    }

    private List<LogEvent> dueAbsences() {
        List<LogEvent> events = new ArrayList<>();
        absent.stream().filter(inc -> state.adoption().filter(a -> a.awaited().containsKey(inc)).isPresent())
                .forEach(inc -> events.add(new LogEvent.Absent(inc)));
        absent.clear();
        return events;
    }

    /** Alone in its commit, and also where the history is too short for those that wait. */
    private void commitAdoption() {
        isAdoptionDue = false;
        waiting.forEach(w -> daemon.heardOf(uuid, w.round.seen()));
        long heard = daemon.highestHeard(uuid);
        heard = Math.max(heard, sim.mirror(uuid).disk().read(0) instanceof LogDisk.Header header
                ? header.logNumber() : 0);
        if (state.adoption().filter(Adoption::isFresh).isPresent() && heard <= state.number()) {
            sim.hit(Fault.ADOPTED_TWICE);
            decideSoon();
            return;
        }
        List<LogEvent> events = new ArrayList<>();
        if (!isAccepted) {
            events.add(new LogEvent.OwnerChanged(name));
        }
        Map<String, String> awaited = new LinkedHashMap<>(sim.operator().nodes());
        waiting.forEach(w -> awaited.put(w.round.by().incarnation(), w.round.node()));
        events.add(new LogEvent.Adopted(Math.max(heard, state.number()) + 1_000_000, awaited));
        append(new Commit(events), List.of());
    }

    /** Somebody was declared dead. */
    void lookAtDeaths() {
        isLookDue = true;
        decideSoon();
    }

    private Rules rules() {
        boolean isUnheardOf = !sim.plan().mayForgetUnnoticed() || sim.has(Hole.D2_ASKS_NOBODY)
                || haveAllTold() && told.values().stream().allMatch(last -> last.number() == 0);
        return new Rules(sim.plan().isBootProofOfDeath(), sim.journal().isAnother(), isUnheardOf);
    }

    // --- what others have heard, as in owner.Inquiry

    private boolean isAwaitingOthers() {
        boolean isWaiting = !rules().isUnheardOf() && questions < QUESTIONS
                && waiting.stream().anyMatch(w -> Decider.needsWordOfOthers(state, rules(), w.round));
        if (isWaiting && questions == 0) {
            askOthers();
        }
        return isWaiting;
    }

    private void askOthers() {
        questions++;
        for (Machine machine : sim.machines()) {
            sim.network().send(daemon.machine(), machine, () -> machine.daemon().ifPresent(there -> {
                HeardNumbers.Last last = there.whatItHasHeardOf(uuid);
                sim.network().send(machine, daemon.machine(), () -> daemon.soon(0, () -> hearWord(machine, last)));
            }));
        }
        daemon.soon(ASK_AGAIN_US, () -> {
            if (!isStopped && questions > 0 && (questions < QUESTIONS || !aside.isEmpty())) {
                askOthers();
            }
            releaseAside();
            decideSoon();
        });
    }

    private void hearWord(Machine machine, HeardNumbers.Last last) {
        if (questions > 0) {
            told.put(machine, last);
            if (last.number() > 0 && state.geometry().isEmpty()) {
                sim.hit(Fault.HEARD_ELSEWHERE);
                questions = QUESTIONS;
            }
        }
        releaseAside();
        decideSoon();
    }

    private boolean haveAllTold() {
        return told.keySet().containsAll(sim.machines());
    }

    private void releaseAside() {
        waiting.addAll(aside);
        aside.clear();
    }

    /** Of a log that the journal knows all are awaited: here every node gets within reach some time. */
    private void setAside() {
        if (isVouchedFor || haveAllTold() || !sim.plan().mayForgetUnnoticed()
                || sim.has(Hole.D2_TRUSTS_WHAT_IT_KNOWS)) {
            return;
        }
        waiting.stream().filter(w -> Decider.reliesOnJournal(state, w.round)).forEach(aside::add);
        waiting.removeAll(aside);
        if (!aside.isEmpty() && questions == 0) {
            askOthers();
        }
    }

    private boolean doesAnybodyKnowMore() {
        boolean isKnown = state.geometry().isPresent() && told.values().stream()
                .anyMatch(last -> term.isTooShortFor(last.number(), last.term(), state));
        if (isKnown) {
            sim.hit(Fault.HEARD_OF_MORE);
            told.values().forEach(last -> daemon.heardOf(uuid, last.number()));
        }
        return isKnown;
    }

    private void decideSoon() {
        if (state != null && !isDecisionDue && !isAppending && !isDeviceBusy && !isStopped
                && (!waiting.isEmpty() || isDue())) {
            isDecisionDue = true;
            daemon.soon(sim.dice().between(1, 300), this::decide);
        }
    }

    private boolean isDue() {
        return isLookDue || isGiveUpDue || isAdoptionDue || !absent.isEmpty();
    }

    // --- decide → append

    private void decide() {
        isDecisionDue = false;
        if (isStopped || isAppending || isDeviceBusy || waiting.isEmpty() && !isDue()) {
            return;
        }
        if (isAdoptionDue) {
            commitAdoption();
            return;
        }
        boolean isShort = waiting.stream().anyMatch(w -> term.isTooShortFor(w.round, state)) || doesAnybodyKnowMore();
        if (isShort && !sim.has(Hole.D2_SHORT_HISTORY)) {
            waiting.forEach(w -> daemon.heardOf(uuid, w.round.seen()));
            sim.operator().hearsOfShortHistory(uuid);
            if (isAccepted) {
                stop();
            } else {
                // Held: the original waits for its journal. A stale replay is found out by the first append, if there
                // is one.
                waiting.clear();
                stop();
            }
            return;
        }
        if (sim.mirror(uuid).shape().isDisk() && !device.isUsedHere(state) && !sim.has(Hole.D20_OWNER_ANYWHERE)
                && isForOthersOnly()) {
            return;
        }
        if (isAwaitingOthers()) {
            return;
        }
        setAside();
        if (waiting.isEmpty() && !isDue()) {
            return;
        }
        Optional<Waiting> needsDevice = waiting.stream().filter(w -> Decider.needsDevice(state, rules(), w.round)
                && !readings.containsKey(w.round.by())).findFirst();
        if (needsDevice.isPresent()) {
            Round round = needsDevice.get().round;
            isDeviceBusy = true;
            device.read(round, state, reading -> {
                isDeviceBusy = false;
                readings.put(round.by(), reading);
                decideSoon();
            });
        } else {
            commit();
        }
    }

    /**
     * The log lives where it is used, and where its log device is open: a round from elsewhere is held, and the log
     * moves there; rounds of this machine are served first. False: there are some, and no others wait.
     */
    private boolean isForOthersOnly() {
        Optional<Waiting> stranger = waiting.stream().filter(w -> !isOfThisMachine(w)).findFirst();
        if (stranger.isEmpty()) {
            return false;
        }
        sim.trace().add(daemon.name(), "owner", name, "is asked by", stranger.get().from, "and not used here");
        Machine next = stranger.get().from;
        List<Waiting> passedOn = waiting.stream().filter(w -> !isOfThisMachine(w)).toList();
        waiting.removeAll(passedOn);
        sim.placement().moveTo(uuid, daemon, next);
        passedOn.forEach(w -> sim.network().send(daemon.machine(), next, () -> next.ask(w.round, w.from)));
        if (!waiting.isEmpty()) {
            return false;
        }
        stop();
        return true;
    }

    private boolean isOfThisMachine(Waiting one) {
        return one.round.by().incarnation().equals(daemon.incarnation());
    }

    private void commit() {
        List<LogEvent> events = new ArrayList<>();
        List<Decided> decided = new ArrayList<>();
        List<LogEvent> pendingEvents = new ArrayList<>(DeathRules.due(state, sim.deaths().declared(),
                waiting.stream().map(one -> one.round.by().incarnation()).toList()));
        if (isGiveUpDue && state.isReactivating()) {
            pendingEvents.add(new LogEvent.ReactivationGivenUp());
        }
        pendingEvents.addAll(dueAbsences());
        isLookDue = false;
        isGiveUpDue = false;
        if (!isAccepted) {
            events.add(new LogEvent.OwnerChanged(name));
        }
        events.addAll(pendingEvents);
        LogState working = state.opened().with(events);
        for (Waiting one : waiting) {
            Round round = Holes.asked(sim, working, one.round);
            Optional<Decision> decision = decideOne(working, round);
            if (decision.isPresent()) {
                Decision its = DecisionHoles.decided(sim, working, round, decision.get());
                events.addAll(its.events());
                working = working.with(its.events());
                decided.add(new Decided(one.round, one.replyTo, its.answer()));
            }
        }
        waiting = new ArrayList<>();
        readings.clear();
        if (aside.isEmpty()) {
            isVouchedFor |= state.geometry().isEmpty() || questions > 0 && haveAllTold();
            told.clear();
            questions = 0;
        }
        if (sim.plan().isReactivating()) {
            events.addAll(DeathRules.reactivation(working, events));
        }
        if (events.isEmpty() || decided.isEmpty() && pendingEvents.isEmpty()) {
            answer(decided);
            return;
        }
        if (sim.has(Hole.D3_ANSWER_BEFORE_APPEND)) {
            answer(decided);
        }
        if (sim.has(Hole.D3_DEPOSED_SAYS_CLEAN)) {
            answer(decided.stream().filter(one -> one.round().ask() instanceof Ask.IsClean).toList());
        }
        append(new Commit(events), decided);
    }

    private Optional<Decision> decideOne(LogState working, Round round) {
        Optional<OwnerDevice.Reading> reading =
                Optional.ofNullable(readings.get(round.by())).filter(r -> r.roundNumber() == round.number());
        if (reading.isPresent() && reading.get().report().isEmpty()) {
            return Optional.of(new Decision(List.of(), new Answer.Held(reading.get().holdReason())));
        }
        if (reading.isEmpty() && Decider.needsDevice(working, rules(), round)) {
            return Optional.of(new Decision(List.of(), new Answer.Held("the log device has to be read first")));
        }
        return Decider.decide(working, requests, rules(), round, reading.flatMap(OwnerDevice.Reading::report));
    }

    private void append(Commit commit, List<Decided> decided) {
        isAppending = true;
        LogState before = state;
        sim.journal().append(uuid, before.number(), commit, outcome -> daemon.soon(0, () -> {
            if (isStopped) {
                return;
            }
            if (outcome != Journal.Outcome.ACCEPTED) {
                sim.trace().add(daemon.name(), "owner", name, "stops: its append failed");
                stop();
                return;
            }
            isAppending = false;
            state = Holes.after(sim, before, commit);
            committed(before, decided);
        }));
    }

    // --- → device → answer

    /** Now and then what a deposed owner wrote late is repaired (D20). */
    private void repairLater() {
        daemon.soon(sim.dice().between(2_000_000, 20_000_000), () -> {
            if (!isStopped && isAccepted && !isAppending && !isDeviceBusy && !sim.has(Hole.D20_NO_READ_BACK)) {
                long own = state.number();
                daemon.soon(HEAD_READ_US, () -> repairIfProven(own));
            }
            if (!isStopped) {
                repairLater();
            }
        });
    }

    /** Only who is not deposed rewrites the device (D3). */
    private void repairIfProven(long own) {
        long head = sim.journal().truth(uuid).number();
        boolean isProven = head >= own && head <= state.number() || sim.has(Hole.D3_UNPROVEN_READ_BACK);
        if (head > state.number() && !sim.has(Hole.D3_UNPROVEN_READ_BACK) && !isAppending) {
            stop();
        }
        if (!isStopped && isProven && !isAppending && !isDeviceBusy) {
            isDeviceBusy = device.repair(state, failure -> {
                isDeviceBusy = false;
                written(failure, List.of());
            });
        }
    }

    private void committed(LogState before, List<Decided> decided) {
        isAccepted = true;
        state.check();
        boundReactivation();
        callTheRoll();
        boolean isAdoption = before.adoption().map(Adoption::at).orElse(0L)
                < state.adoption().map(Adoption::at).orElse(0L);
        if (isAdoption) {
            term.begin(state);
        }
        if (isAdoption) {
            device.forget();
        }
        if (decided.isEmpty()) {
            // A death alone dirties and cleans nothing; the device may not be open here.
            decideSoon();
            return;
        }
        isDeviceBusy = true;
        boolean isWriting = device.write(before, state, failure -> {
            isDeviceBusy = false;
            written(failure, decided);
        });
        if (!isWriting) {
            isDeviceBusy = false;
            answer(decided);
            decideSoon();
        } else if (sim.has(Hole.H6_FLUSH_BEFORE_DEVICE)) {
            answer(decided);
        }
    }

    // --- the survivors of a death, as in owner.Aftermath

    private void boundReactivation() {
        if (state.isReactivating() && !isReactivating) {
            isReactivating = true;
            tickReactivation();
            daemon.soon(sim.dice().between(5_000_000, 60_000_000), () -> {
                isGiveUpDue = isReactivating;
                decideSoon();
            });
        }
    }

    private void tickReactivation() {
        daemon.soon(500_000, () -> {
            isReactivating = state.isReactivating();
            if (isStopped || !isReactivating) {
                return;
            }
            reactivation.tick(state, directory::containsKey).ifPresent(id -> {
                Machine machine = directory.get(id);
                sim.network().send(daemon.machine(), machine, () -> machine.tell(new Notice.Reactivate(uuid, id)));
            });
            tickReactivation();
        });
    }

    private void written(Optional<DeviceHealth> failure, List<Decided> decided) {
        if (isStopped) {
            return;
        }
        if (failure.isEmpty() || state.health().isFailed() || sim.has(Hole.H7_DEVICE_FAILURE_FORGOTTEN)) {
            answer(decided);
            decideSoon();
            return;
        }
        append(new Commit(List.of(new LogEvent.DeviceFailed(device.user(state), failure.get()))), decided);
    }

    private void answer(List<Decided> decided) {
        if (requests.isMakingWay()) {
            daemon.soon(1_000_000, requests::goOn);
        }
        for (Decided one : decided) {
            Round round = one.round;
            RoundAnswer answer = new RoundAnswer(uuid, round.by(), round.daemonStart(), round.number(), state.number(),
                    term.name(), state.syncCount(), state.provableHint(), state.lastLoss(), state.health(),
                    one.answer);
            sim.trace().add(daemon.name(), "owner answers", round.by(), round.ask(), "no", round.number(), one.answer,
                    "at", state.number());
            sim.mirror(uuid).checkers().ownerAnswers(round, answer);
            one.replyTo.accept(answer);
        }
    }
}
