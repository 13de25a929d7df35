package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.OwnerTerm;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.log.Rules;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.DecideNow;
import org.mirrorlog.owner.OwnerCommand.Decided;
import org.mirrorlog.owner.OwnerCommand.DeviceWasRead;
import org.mirrorlog.owner.OwnerCommand.DeviceWasWritten;
import org.mirrorlog.owner.OwnerCommand.HeadWasRead;
import org.mirrorlog.owner.OwnerCommand.RepairDevice;
import org.mirrorlog.owner.OwnerCommand.Stop;

/**
 * The ordered single writer of one log, as a state machine: commands in, what follows out. Everything that waits at one
 * moment goes into one commit: decided on the history before it, persisted if that history is still the journal's (D1),
 * written to the log device, then answered. A persist that fails ends this owner: nothing was answered, the rounds come
 * again.
 *
 * <p>What cannot be decided on this node, because its kernel does not use the log (D20), waits until the log was moved
 * to where it is used; what waits when this owner is told to stop is passed on to the next.
 *
 * <p>It knows no actor, clock, thread or disk: those are its {@link OwnerPorts} and its {@link OwnerRuntime}. The
 * history's state is kept by whoever runs it: handed in with each command, and changed by {@link OwnerEffect.Persist}
 * alone. One command at a time.
 */
public final class OwnerCore {
    private final String uuid;
    private final OwnerSettings settings;
    private final OwnerRuntime runtime;
    private final RoundDecider decider;
    private final Placement placement;
    private final OwnerBackoff backoff;
    private final DeviceTurn device;
    private final InstanceDirectory directory;
    private final PlacementPolicy place;
    private final DeathHandler deathHandler;
    private final Inquiry inquiry;
    private final Adopting adopting;
    private final RollCaller roll;
    private final ResyncRequests requests = new ResyncRequests();
    private final OwnerTerm term;
    private final RecoveryMonitor work;
    private final RoundQueue waiting = new RoundQueue();
    private final Runnable whenDraining = this::lookAround;
    private Underway underway;
    private boolean isDecisionDue;
    private boolean isAccepted;
    private boolean isStopping;

    private enum Kind { ROUNDS, ADOPTION, DEVICE_FAILURE }

    /** A commit that is being appended. */
    private record Underway(Kind kind, LogState before, List<LogEvent> events, List<Decided> decided) { }

    /** An owner that has not replayed its log yet. */
    public OwnerCore(String uuid, OwnerSettings settings, OwnerPorts around, OwnerRuntime runtime) {
        this(uuid, settings, around, runtime, Decider::decide);
    }

    /** As the other, with rounds decided in another way. */
    public OwnerCore(String uuid, OwnerSettings settings, OwnerPorts around, OwnerRuntime runtime,
            RoundDecider decider) {
        this.uuid = uuid;
        this.settings = settings;
        this.runtime = runtime;
        this.decider = decider;
        this.placement = around.placement();
        this.backoff = around.backoff();
        this.term = new OwnerTerm(backoff.nameOfTerm());
        this.device = new DeviceTurn(runtime, uuid, settings, around);
        this.directory = new InstanceDirectory(settings.incarnation());
        this.place = new PlacementPolicy(uuid, around.devices(), directory);
        this.inquiry = new Inquiry(runtime, uuid, around.hearsay(), new Rules(settings.isNewBootProofOfDeath(),
                around.hearsay().isForgetful() || backoff.highestHeard() > 0));
        this.adopting = new Adopting(uuid, settings.adopted().contains(uuid), around.hearsay());
        this.roll = new RollCaller(runtime, uuid, around.hearsay().roll());
        this.deathHandler = new DeathHandler(runtime, uuid, settings, around.deaths(), directory);
        this.work = new RecoveryMonitor(uuid, requests, directory, runtime);
        runtime.repeat(RepairDevice.INSTANCE, settings.readBackEvery());
    }

    /** The log is replayed: commands may come. */
    public void replayed(LogState state) {
        term.begin(state);
        deathHandler.begin(state);
        roll.later(state);
        adopting.begin(state, runtime.log());
        placement.came(uuid, whenDraining);
        placement.offer(uuid, () -> place.others(state));
    }

    /** It has ended, whatever the reason: nothing of what it watches tells it anything any more. */
    public void ended() {
        placement.went(uuid, whenDraining);
        deathHandler.end();
        device.end();
    }

    /** One command, on the state that the log has now. */
    public OwnerEffect handle(LogState state, OwnerCommand command) {
        if (command instanceof Ask ask) {
            return gather(ask);
        } else if (command instanceof DecideNow) {
            return decide(state);
        } else if (command instanceof DeviceWasWritten written) {
            return deviceWasWritten(state, written);
        } else if (command instanceof DeviceWasRead read) {
            return deviceWasRead(read);
        } else if (command instanceof RepairDevice) {
            return proveTerm(state);
        } else if (command instanceof HeadWasRead read) {
            return headWasRead(state, read);
        } else if (command instanceof OwnerCommand.Inspect look) {
            look.replyTo().tell(state.counted());
            return OwnerEffect.Continue.INSTANCE;
        } else if (command instanceof Stop) {
            return stop();
        }
        takeNews(state, command);
        waiting.releaseAside();
        decideSoon();
        return OwnerEffect.Continue.INSTANCE;
    }

    /** What may change what is due, and nothing else at once. */
    private void takeNews(LogState state, OwnerCommand news) {
        if (news instanceof OwnerCommand.OfRecovery ofRecovery) {
            work.heed(state, ofRecovery);
        } else if (news instanceof OwnerCommand.DeviceNews) {
            decideAgain(state);
        } else if (news instanceof OwnerCommand.Adopt order) {
            adopting.ordered(order);
        } else if (news instanceof OwnerCommand.CallTheRoll) {
            roll.call(state);
        } else if (news instanceof OwnerCommand.NoTable none) {
            adopting.absent(none, state);
        } else if (news instanceof OwnerCommand.AskOthers) {
            inquiry.again();
        } else if (news instanceof OwnerCommand.HeardAnswer answer) {
            inquiry.answered(answer);
        } else if (news instanceof OwnerCommand.LookAtDeaths) {
            deathHandler.look();
        } else if (news instanceof OwnerCommand.ReactivateNext) {
            deathHandler.tick(state);
        } else if (news instanceof OwnerCommand.GiveUpReactivation) {
            deathHandler.giveUp();
        } else {
            throw new IllegalArgumentException("unknown command: " + news.getClass());
        }
    }

    // --- gather ---------------------------------------------------------------------------------------------------

    private OwnerEffect gather(Ask ask) {
        if (isStopping) {
            placement.pass(uuid, ask);
            return OwnerEffect.Continue.INSTANCE;
        }
        directory.heard(ask);
        waiting.add(ask);
        decideSoon();
        return OwnerEffect.Continue.INSTANCE;
    }

    /** After everything that has come already. */
    private void decideSoon() {
        if (isDecisionDue || device.isBusy() || isStopping
                || waiting.due().isEmpty() && !deathHandler.isDue() && !adopting.isOrdered()
                && !adopting.hasAbsent()) {
            return;
        }
        isDecisionDue = true;
        runtime.self().tell(DecideNow.INSTANCE);
    }

    /**
     * The log is handed over, or the node stops: what waits is the next owner's, what is under way is answered first.
     */
    private OwnerEffect stop() {
        isStopping = true;
        waiting.passTo(ask -> placement.pass(uuid, ask));
        return device.isBusy() ? OwnerEffect.Continue.INSTANCE : OwnerEffect.Stop.INSTANCE;
    }

    private OwnerEffect goOn() {
        if (isStopping) {
            return OwnerEffect.Stop.INSTANCE;
        }
        decideSoon();
        return OwnerEffect.Continue.INSTANCE;
    }

    // --- decide → persist -----------------------------------------------------------------------------------------

    private OwnerEffect decide(LogState state) {
        isDecisionDue = false;
        if (device.isBusy() || isStopping) {
            return OwnerEffect.Continue.INSTANCE;
        }
        if (adopting.isDue(state, !waiting.due().isEmpty(), runtime)) {
            return adopt(state);
        }
        List<LogEvent> pending = new ArrayList<>(deathHandler.pendingEvents(state, waiting.due()));
        pending.addAll(adopting.absences(state, inquiry.rules().isNewBootProofOfDeath()));
        if (waiting.due().isEmpty() && pending.isEmpty()) {
            deathHandler.settled();
            return OwnerEffect.Continue.INSTANCE;
        }
        Optional<String> longer = inquiry.whoKnowsMore(term, state, waiting.due());
        if (longer.isPresent()) {
            return replay(state, longer.get());
        }
        waiting.setAside(inquiry.awaiting(state, waiting.due()));
        Rules rules = inquiry.rules();
        Optional<Ask> needsDevice = waiting.due().stream().filter(ask -> Decider.needsDevice(state, rules, ask.round())
                && place.isOfHere(ask.round().by()) && !device.readings().containsKey(ask.round().by())).findFirst();
        if (needsDevice.isPresent()) {
            device.read(needsDevice.get().round(), state);
            return OwnerEffect.Continue.INSTANCE;
        }
        return commit(state, pending);
    }

    /** D2: another owner has gone on, or this history was short from the start. */
    private OwnerEffect replay(LogState state, String who) {
        waiting.due().forEach(ask -> backoff.heard(ask.round().seen()));
        backoff.heard(inquiry.highest());
        backoff.fromShortHistory(uuid, state, who, runtime.log());
        return OwnerEffect.Stop.INSTANCE;
    }

    /** Alone in its commit, and also where the history is too short for those that wait (D2). */
    private OwnerEffect adopt(LogState state) {
        waiting.due().forEach(ask -> backoff.heard(ask.round().seen()));
        List<LogEvent> events = new ArrayList<>(adopting.events(state, backoff.highestHeard(), directory));
        if (events.isEmpty()) {
            adopting.done(state);
            decideSoon();
            return OwnerEffect.Continue.INSTANCE;
        }
        if (!isAccepted) {
            events.add(0, new LogEvent.OwnerChanged(settings.name()));
        }
        return persist(new Underway(Kind.ADOPTION, state, events, List.of()));
    }

    private OwnerEffect commit(LogState state, List<LogEvent> pending) {
        List<LogEvent> events = new ArrayList<>();
        if (!isAccepted) {
            events.add(new LogEvent.OwnerChanged(settings.name()));
        }
        events.addAll(pending);
        waiting.releaseHeldBack();
        waiting.setAside(inquiry.awaiting(state, waiting.due()));
        Batch batch = Batch.of(state.opened().with(events), place.inOrder(waiting.due()),
                new Batch.Grounds(decider, inquiry.rules(), requests, place, device.readings(),
                        thrown -> backoff.fromRound(uuid, thrown, runtime.log())));
        events.addAll(batch.events());
        waiting.keep(batch);
        device.readings().clear();
        if (waiting.isNoneAside()) {
            inquiry.settled(state);
        }
        deathHandler.settled();
        events.addAll(deathHandler.reactivation(state, events));
        if (events.isEmpty() || batch.decided().isEmpty() && pending.isEmpty()) {
            answer(state, batch.decided());
            place(state);
            return OwnerEffect.Continue.INSTANCE;
        }
        return persist(new Underway(Kind.ROUNDS, state, events, batch.decided()));
    }

    private OwnerEffect persist(Underway what) {
        if (what.kind() != Kind.DEVICE_FAILURE) {
            backoff.begun();
        }
        underway = what;
        return new OwnerEffect.Persist(new Commit(what.events()));
    }

    // --- → device → answer ------------------------------------------------------------------------------------

    /** The commit that {@link #handle} has asked for is durable, and the journal's; this is the state after it. */
    public void persisted(LogState after) {
        Underway done = underway;
        underway = null;
        switch (done.kind()) {
            case DEVICE_FAILURE:
                answer(after, done.decided());
                if (isStopping) {
                    runtime.self().tell(Stop.INSTANCE);
                }
                decideSoon();
                break;
            case ADOPTION:
                term.begin(after);
                adopting.adopted(after, runtime.log());
                committed(done, after);
                break;
            default:
                committed(done, after);
        }
    }

    private void committed(Underway done, LogState after) {
        boolean isTakeover = !isAccepted;
        isAccepted = true;
        backoff.accepted();
        HistoryCheck.check(done.before(), after, done.events(), isTakeover);
        deathHandler.bound(after);
        roll.later(after);
        work.committed(after, done.events());
        if (isTakeover && place.better(after, waiting.heldBack()).isEmpty()) {
            placement.stay(uuid);
        }
        if (!device.write(done.before(), after, done.decided())) {
            answer(after, done.decided());
        }
        decideAgain(after);
    }

    /** What was postponed, and what may be decided here after all. */
    private void decideAgain(LogState state) {
        if (!waiting.heldBack().isEmpty() && place.isWritable(state)) {
            waiting.releaseHeldBack();
        }
        place(state);
        decideSoon();
    }

    private void lookAround() {
        runtime.self().tell(OwnerCommand.DeviceNews.INSTANCE);
    }

    /** Asks to be moved where the log is used, if that is not here, or this node gives its logs away. */
    private void place(LogState state) {
        directory.keep(state);
        place.better(state, waiting.heldBack()).ifPresentOrElse(user -> placement.move(uuid, user),
                () -> placement.offer(uuid, () -> place.others(state)));
    }

    private OwnerEffect deviceWasWritten(LogState state, DeviceWasWritten written) {
        device.ended();
        if (written.outcome() instanceof DeviceOutcome.Failed failed && !state.health().isFailed()) {
            return deviceFailed(state, failed.health(), written.decided());
        }
        if (written.outcome() instanceof DeviceOutcome.Unknown unknown && !written.decided().isEmpty()
                && !state.health().isFailed()) {
            // Neither done nor failed: the rounds come again to an owner that takes the device over anew.
            backoff.fromUnwrittenDevice(uuid, unknown.why(), runtime.log());
            return OwnerEffect.Stop.INSTANCE;
        }
        backoff.isNews("");
        answer(state, written.decided());
        return goOn();
    }

    private OwnerEffect deviceFailed(LogState state, DeviceHealth health, List<Decided> decided) {
        runtime.log().error("log {}: the log device failed ({}): flushes fail until the table is replaced", uuid,
                health);
        return persist(new Underway(Kind.DEVICE_FAILURE, state,
                List.of(new LogEvent.DeviceFailed(device.user(state), health)), decided));
    }

    private void answer(LogState state, List<Decided> decided) {
        for (Decided one : decided) {
            Round round = one.ask().round();
            one.ask().replyTo().tell(new RoundAnswer(uuid, round.by(), round.daemonStart(), round.number(),
                    state.number(), term.name(), state.syncCount(), state.provableHint(), state.lastLoss(),
                    state.health(), one.answer()));
        }
        backoff.answered();
        adopting.answered(decided);
        work.answered(state, decided);
    }

    // --- the device before an epoch, and now and then -------------------------------------------------------------

    private OwnerEffect deviceWasRead(DeviceWasRead read) {
        device.wasRead(read);
        backoff.heard(read.assessment().heard());
        return goOn();
    }

    private OwnerEffect proveTerm(LogState state) {
        boolean isUnused = state.geometry().isPresent() && state.members().isEmpty() && !state.isAwaiting();
        if (isUnused && waiting.isEmpty() && !device.isBusy()) {
            placement.ended(uuid);
            return OwnerEffect.Stop.INSTANCE;
        }
        if (isAccepted && !isStopping) {
            device.proveTerm(state, runtime.persistenceId(), runtime.sequenceNumber());
        }
        return OwnerEffect.Continue.INSTANCE;
    }

    private OwnerEffect headWasRead(LogState state, HeadWasRead read) {
        if (read.head() > runtime.sequenceNumber()) {
            runtime.log().info("log {}: another owner has gone on with it", uuid);
            return OwnerEffect.Stop.INSTANCE;
        }
        if (!isStopping) {
            device.repairIfProven(state, read, runtime.sequenceNumber());
        }
        return OwnerEffect.Continue.INSTANCE;
    }
}
