package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.Decision;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.log.Rules;

/**
 * The simulator's own copy of the shell around the log's rules, in the order of owner.LogOwner: gather, decide, append,
 * write the device, answer. Stops when an append fails, like the original.
 */
final class Owner {
    private static final Rules RULES = new Rules(true, false);

    private record Waiting(Round round, Consumer<RoundAnswer> replyTo) { }

    private record Decided(Round round, Consumer<RoundAnswer> replyTo, Answer answer) { }

    private final Simulation sim;
    private final Daemon daemon;
    private final String uuid;
    private final OwnerDevice device;
    private final String name;
    private final ResyncRequests requests = new ResyncRequests();
    private final Map<InstanceId, OwnerDevice.Reading> readings = new LinkedHashMap<>();
    private List<Waiting> waiting = new ArrayList<>();
    private LogState state;
    private boolean isDecisionDue;
    private boolean isAppending;
    private boolean isDeviceBusy;
    private boolean isAccepted;
    private boolean isStopped;

    Owner(Simulation sim, Daemon daemon, String uuid) {
        this.sim = sim;
        this.daemon = daemon;
        this.uuid = uuid;
        this.name = daemon.name() + '#' + sim.nextOwner();
        this.device = new OwnerDevice(sim, daemon, uuid);
        daemon.soon(sim.dice().between(100, 20_000), () -> {
            state = Holes.replayed(sim, sim.journal().replay(uuid));
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

    void gather(Round round, Consumer<RoundAnswer> replyTo) {
        waiting.removeIf(other -> other.round.by().equals(round.by()) && other.round.number() == round.number());
        waiting.add(new Waiting(round, replyTo));
        decideSoon();
    }

    private void decideSoon() {
        if (state != null && !isDecisionDue && !isAppending && !isDeviceBusy && !waiting.isEmpty() && !isStopped) {
            isDecisionDue = true;
            daemon.soon(sim.dice().between(1, 300), this::decide);
        }
    }

    // --- decide → append

    private void decide() {
        isDecisionDue = false;
        if (isStopped || isAppending || isDeviceBusy || waiting.isEmpty()) {
            return;
        }
        boolean isShort = waiting.stream().anyMatch(w -> Long.compareUnsigned(w.round.seen(), state.number()) > 0);
        if (isShort && !sim.has(Hole.D2_SHORT_HISTORY)) {
            if (isAccepted) {
                stop();
            } else {
                // Held: the original waits for its journal. A stale replay is found out by the first append, if there is one.
                waiting.clear();
                stop();
            }
            return;
        }
        Optional<Waiting> needsDevice = waiting.stream().filter(w -> Decider.needsDevice(state, RULES, w.round)
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

    private void commit() {
        List<LogEvent> events = new ArrayList<>();
        List<Decided> decided = new ArrayList<>();
        if (!isAccepted) {
            events.add(new LogEvent.OwnerChanged(name));
        }
        LogState working = state.opened().with(events);
        for (Waiting one : waiting) {
            Round round = Holes.asked(sim, working, one.round);
            Optional<Decision> decision = decideOne(working, round);
            if (decision.isPresent()) {
                Decision its = Holes.decided(sim, working, round, decision.get());
                events.addAll(its.events());
                working = working.with(its.events());
                decided.add(new Decided(one.round, one.replyTo, its.answer()));
            }
        }
        waiting = new ArrayList<>();
        readings.clear();
        if (events.isEmpty()) {
            answer(decided);
            return;
        }
        if (sim.has(Hole.D3_ANSWER_BEFORE_APPEND)) {
            answer(decided);
        }
        append(new Commit(events), decided);
    }

    private Optional<Decision> decideOne(LogState working, Round round) {
        Optional<OwnerDevice.Reading> reading =
                Optional.ofNullable(readings.get(round.by())).filter(r -> r.roundNumber() == round.number());
        if (reading.isPresent() && reading.get().report().isEmpty()) {
            return Optional.of(new Decision(List.of(), new Answer.Held(reading.get().holdReason())));
        }
        if (reading.isEmpty() && Decider.needsDevice(working, RULES, round)) {
            return Optional.of(new Decision(List.of(), new Answer.Held("the log device has to be read first")));
        }
        return Decider.decide(working, requests, RULES, round, reading.flatMap(OwnerDevice.Reading::report));
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
            state = before.after(commit);
            committed(before, decided);
        }));
    }

    // --- → device → answer

    private void committed(LogState before, List<Decided> decided) {
        boolean isTakeover = !isAccepted;
        isAccepted = true;
        state.check();
        isDeviceBusy = true;
        boolean isWriting = device.write(before, state, isTakeover, failure -> {
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
        for (Decided one : decided) {
            Round round = one.round;
            RoundAnswer answer = new RoundAnswer(uuid, round.by(), round.jvm(), round.number(), state.number(),
                    state.syncCount(), state.provableHint(), state.lastLoss(), state.health(), one.answer);
            sim.trace().add(daemon.name(), "owner answers", round.by(), round.ask(), "no", round.number(), one.answer, "at", state.number());
            sim.mirror(uuid).checkers().ownerAnswers(round, answer);
            one.replyTo.accept(answer);
        }
    }
}
