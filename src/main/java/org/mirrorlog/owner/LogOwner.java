package org.mirrorlog.owner;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.RecoveryFailed;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;
import java.time.Duration;
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
import org.mirrorlog.owner.OwnerCommand.Adopt;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.AskOthers;
import org.mirrorlog.owner.OwnerCommand.CallTheRoll;
import org.mirrorlog.owner.OwnerCommand.DecideNow;
import org.mirrorlog.owner.OwnerCommand.Decided;
import org.mirrorlog.owner.OwnerCommand.DeviceNews;
import org.mirrorlog.owner.OwnerCommand.DeviceWasRead;
import org.mirrorlog.owner.OwnerCommand.DeviceWasWritten;
import org.mirrorlog.owner.OwnerCommand.GiveUpReactivation;
import org.mirrorlog.owner.OwnerCommand.HeadWasRead;
import org.mirrorlog.owner.OwnerCommand.HeardAnswer;
import org.mirrorlog.owner.OwnerCommand.Inspect;
import org.mirrorlog.owner.OwnerCommand.LookAtDeaths;
import org.mirrorlog.owner.OwnerCommand.LookForWork;
import org.mirrorlog.owner.OwnerCommand.NoTable;
import org.mirrorlog.owner.OwnerCommand.ReactivateNext;
import org.mirrorlog.owner.OwnerCommand.RepairDevice;
import org.mirrorlog.owner.OwnerCommand.Stop;

/**
 * The ordered single writer of one log. Everything that waits at one moment goes into one commit: decided on the
 * history before it, persisted if that history is still the journal's (D1), written to the log device, then answered. A
 * persist that fails stops this actor: nothing was answered, the rounds come again.
 *
 * <p>What cannot be decided on this node, because its kernel does not use the log (D20), waits until the log was moved
 * to where it is used; what waits when this owner is told to stop is passed on to the next.
 */
public final class LogOwner extends EventSourcedBehavior<OwnerCommand, Commit, LogState> {
    private final ActorContext<OwnerCommand> context;
    private final TimerScheduler<OwnerCommand> timers;
    private final String uuid;
    private final OwnerSettings settings;
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
    private boolean isDecisionDue;
    private boolean isAccepted;
    private boolean isStopping;

    private LogOwner(ActorContext<OwnerCommand> context, TimerScheduler<OwnerCommand> timers, String uuid,
                     OwnerSettings settings, OwnerPorts around) {
        super(PersistenceIds.of(uuid), DelayedOwner.STOP);
        this.context = context;
        this.timers = timers;
        this.uuid = uuid;
        this.settings = settings;
        this.placement = around.placement();
        this.backoff = around.backoff();
        this.term = new OwnerTerm(backoff.nameOfTerm());
        this.device = new DeviceTurn(context, uuid, settings, around);
        this.directory = new InstanceDirectory(settings.incarnation());
        this.place = new PlacementPolicy(uuid, around.devices(), directory);
        this.inquiry = new Inquiry(context, timers, uuid, around.hearsay(), new Rules(settings.isNewBootProofOfDeath(),
                around.hearsay().isForgetful() || backoff.highestHeard() > 0));
        this.adopting = new Adopting(uuid, settings.adopted().contains(uuid), around.hearsay().nodes());
        this.roll = new RollCaller(timers, uuid, around.hearsay().roll());
        this.deathHandler = new DeathHandler(context, timers, uuid, settings, around.deaths(), directory);
        this.work = new RecoveryMonitor(uuid, requests, directory, timers);
        timers.startTimerWithFixedDelay(RepairDevice.INSTANCE, settings.readBackEvery());
    }

    /** The owner of one log. */
    public static Behavior<OwnerCommand> create(String uuid, OwnerSettings settings, OwnerPorts around) {
        return Behaviors.setup(context -> {
            Behavior<OwnerCommand> owner = Behaviors.setup(inner ->
                    Behaviors.withTimers(timers -> new LogOwner(inner, timers, uuid, settings, around)));
            Duration delay = around.backoff().delay();
            return Mishaps.endWith(uuid, around.backoff(), delay.isZero() ? owner
                    : DelayedOwner.before(owner, uuid, delay, around.placement(), RoundQueue.MOST));
        });
    }

    @Override
    public LogState emptyState() {
        return LogState.unborn();
    }

    @Override
    public EventHandler<LogState, Commit> eventHandler() {
        return LogState::after;
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(settings.commitsPerSnapshot(), 2).withDeleteEventsOnSnapshot();
    }

    @Override
    public CommandHandler<OwnerCommand, Commit, LogState> commandHandler() {
        return newCommandHandlerBuilder().forAnyState()
                .onCommand(Ask.class, this::gather)
                .onCommand(DecideNow.class, (state, command) -> decide(state))
                .onCommand(DeviceWasWritten.class, this::deviceWasWritten)
                .onCommand(DeviceWasRead.class, this::deviceWasRead)
                .onCommand(LookForWork.class, (state, command) -> heard(() -> work.look(state)))
                .onCommand(RepairDevice.class, (state, command) -> proveTerm(state))
                .onCommand(HeadWasRead.class, this::headWasRead)
                .onCommand(DeviceNews.class, (state, command) -> heard(() -> decideAgain(state)))
                .onCommand(Inspect.class, (s, look) -> Effect().none().thenRun(t -> look.replyTo().tell(t.counted())))
                .onCommand(Adopt.class, (state, command) -> heard(() -> adopting.ordered(command)))
                .onCommand(CallTheRoll.class, (state, command) -> heard(() -> roll.call(state)))
                .onCommand(NoTable.class, (state, none) -> heard(() -> adopting.absent(none, state)))
                .onCommand(AskOthers.class, (state, command) -> heard(inquiry::again))
                .onCommand(HeardAnswer.class, (state, answer) -> heard(() -> inquiry.answered(answer)))
                .onCommand(LookAtDeaths.class, (state, command) -> heard(deathHandler::look))
                .onCommand(ReactivateNext.class, (state, command) -> heard(() -> deathHandler.tick(state)))
                .onCommand(GiveUpReactivation.class, (state, command) -> heard(deathHandler::giveUp))
                .onCommand(Stop.class, (state, command) -> stop())
                .build();
    }

    @Override
    public SignalHandler<LogState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), state -> {
                    term.begin(state);
                    deathHandler.begin(state);
                    roll.later(state);
                    adopting.begin(state, context.getLog());
                })
                .onSignal(RecoveryFailed.class, (s, e) -> backoff.fromReplay(uuid, e.getFailure(), context.getLog()))
                .onSignal(PostStop.instance(), state -> {
                    deathHandler.end();
                    device.end();
                })
                .build();
    }

    // --- deaths, adoption -----------------------------------------------------------------------------------------

    private Effect<Commit, LogState> heard(Runnable news) {
        news.run();
        waiting.releaseAside();
        decideSoon();
        return Effect().none();
    }

    /** Alone in its commit, and also where the history is too short for those that wait (D2). */
    private Effect<Commit, LogState> adopt(LogState state) {
        waiting.due().forEach(ask -> backoff.heard(ask.round().seen()));
        List<LogEvent> events = new ArrayList<>(adopting.events(state, backoff.highestHeard(), directory));
        if (events.isEmpty()) {
            adopting.done(state);
            decideSoon();
            return Effect().none();
        }
        if (!isAccepted) {
            events.add(0, new LogEvent.OwnerChanged(settings.name()));
        }
        backoff.begun();
        return Effect().persist(new Commit(events)).thenRun((LogState after) -> {
            term.begin(after);
            adopting.adopted(after, context.getLog());
            committed(state, after, events, List.of());
        });
    }

    // --- gather ---------------------------------------------------------------------------------------------------

    private Effect<Commit, LogState> gather(LogState state, Ask ask) {
        if (isStopping) {
            placement.pass(uuid, ask);
            return Effect().none();
        }
        directory.heard(ask);
        waiting.add(ask);
        decideSoon();
        return Effect().none();
    }

    /** After everything that is in the mailbox already. */
    private void decideSoon() {
        if (isDecisionDue || device.isBusy() || isStopping
                || waiting.due().isEmpty() && !deathHandler.isDue() && !adopting.isOrdered() && !adopting.hasAbsent()) {
            return;
        }
        isDecisionDue = true;
        context.getSelf().tell(DecideNow.INSTANCE);
    }

    /**
     * The log is handed over, or the node stops: what waits is the next owner's, what is under way is answered first.
     */
    private Effect<Commit, LogState> stop() {
        isStopping = true;
        waiting.passTo(ask -> placement.pass(uuid, ask));
        return device.isBusy() ? Effect().none() : Effect().stop();
    }

    private Effect<Commit, LogState> goOn() {
        if (isStopping) {
            return Effect().stop();
        }
        decideSoon();
        return Effect().none();
    }

    // --- decide → persist -----------------------------------------------------------------------------------------

    private Effect<Commit, LogState> decide(LogState state) {
        isDecisionDue = false;
        if (device.isBusy() || isStopping) {
            return Effect().none();
        }
        if (adopting.isDue(state, !waiting.due().isEmpty(), context)) {
            return adopt(state);
        }
        List<LogEvent> pendingEvents = new ArrayList<>(deathHandler.pendingEvents(state, waiting.due()));
        pendingEvents.addAll(adopting.absences(state, inquiry.rules().isNewBootProofOfDeath()));
        if (waiting.due().isEmpty() && pendingEvents.isEmpty()) {
            deathHandler.settled();
            return Effect().none();
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
            return Effect().none();
        }
        return commit(state, pendingEvents);
    }

    /** D2: another owner has gone on, or this history was short from the start. */
    private Effect<Commit, LogState> replay(LogState state, String who) {
        waiting.due().forEach(ask -> backoff.heard(ask.round().seen()));
        backoff.heard(inquiry.highest());
        backoff.fromShortHistory(uuid, state, who, context.getLog());
        return Effect().stop();
    }

    private Effect<Commit, LogState> commit(LogState state, List<LogEvent> pendingEvents) {
        List<LogEvent> events = new ArrayList<>();
        if (!isAccepted) {
            events.add(new LogEvent.OwnerChanged(settings.name()));
        }
        events.addAll(pendingEvents);
        waiting.releaseHeldBack();
        waiting.setAside(inquiry.awaiting(state, waiting.due()));
        Batch batch = Batch.of(state.opened().with(events), place.inOrder(waiting.due()),
                new Batch.Grounds(inquiry.rules(), requests, place, device.readings(),
                        thrown -> backoff.fromRound(uuid, thrown, context.getLog())));
        events.addAll(batch.events());
        waiting.keep(batch);
        device.readings().clear();
        if (waiting.isNoneAside()) {
            inquiry.settled(state);
        }
        deathHandler.settled();
        events.addAll(deathHandler.reactivation(state, events));
        if (events.isEmpty() || batch.decided().isEmpty() && pendingEvents.isEmpty()) {
            return Effect().none().thenRun((LogState s) -> {
                answer(s, batch.decided());
                place(s);
            });
        }
        backoff.begun();
        return Effect().persist(new Commit(events))
                .thenRun((LogState after) -> committed(state, after, events, batch.decided()));
    }

    // --- → device → answer ------------------------------------------------------------------------------------

    private void committed(LogState before, LogState after, List<LogEvent> events, List<Decided> decided) {
        boolean isTakeover = !isAccepted;
        isAccepted = true;
        backoff.accepted();
        HistoryCheck.check(before, after, events, isTakeover);
        deathHandler.bound(after);
        roll.later(after);
        work.committed(after, events);
        if (isTakeover && place.better(after, waiting.heldBack()).isEmpty()) {
            placement.stay(uuid);
        }
        if (!device.write(before, after, decided)) {
            answer(after, decided);
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

    /** Asks to be moved where the log is used, if that is not here. */
    private void place(LogState state) {
        directory.keep(state);
        place.better(state, waiting.heldBack()).ifPresent(node -> placement.move(uuid, node));
    }

    private Effect<Commit, LogState> deviceWasWritten(LogState state, DeviceWasWritten written) {
        device.ended();
        if (written.outcome() instanceof DeviceOutcome.Failed failed && !state.health().isFailed()) {
            return deviceFailed(state, failed.health(), written.decided());
        }
        if (written.outcome() instanceof DeviceOutcome.Unknown unknown && !written.decided().isEmpty()
                && !state.health().isFailed()) {
            return beginAnew(unknown.why());
        }
        backoff.isNews("");
        answer(state, written.decided());
        return goOn();
    }

    private Effect<Commit, LogState> deviceFailed(LogState state, DeviceHealth health,
            List<Decided> decided) {
        context.getLog().error("log {}: the log device failed ({}): flushes fail until the table is replaced", uuid,
                health);
        return Effect().persist(new Commit(List.of(new LogEvent.DeviceFailed(device.user(state), health))))
                .thenRun((LogState after) -> {
                    answer(after, decided);
                    if (isStopping) {
                        context.getSelf().tell(Stop.INSTANCE);
                    }
                    decideSoon();
                });
    }

    /**
     * Neither done nor failed: nothing is answered, and the rounds come again to an owner that takes the device over
     * anew.
     */
    private Effect<Commit, LogState> beginAnew(String why) {
        backoff.fromUnwrittenDevice(uuid, why, context.getLog());
        return Effect().stop();
    }

    private void answer(LogState state, List<Decided> decided) {
        for (Decided one : decided) {
            Round round = one.ask().round();
            one.ask().replyTo().tell(
                    new RoundAnswer(uuid, round.by(), round.daemonStart(), round.number(), state.number(),
                    term.name(), state.syncCount(), state.provableHint(), state.lastLoss(), state.health(),
                    one.answer()));
        }
        backoff.answered();
        adopting.answered(decided);
        work.answered(state, decided);
    }

    // --- the device before an epoch, and now and then -------------------------------------------------------------

    private Effect<Commit, LogState> deviceWasRead(LogState state, DeviceWasRead read) {
        device.wasRead(read);
        backoff.heard(read.assessment().heard());
        return goOn();
    }

    private Effect<Commit, LogState> proveTerm(LogState state) {
        boolean isUnused = state.geometry().isPresent() && state.members().isEmpty() && !state.isAwaiting();
        if (isUnused && waiting.isEmpty() && !device.isBusy()) {
            return Effect().stop().thenRun((LogState s) -> placement.ended(uuid));
        }
        if (isAccepted && !isStopping) {
            device.proveTerm(state, persistenceId().id(), lastSequenceNumber(context));
        }
        return Effect().none();
    }

    private Effect<Commit, LogState> headWasRead(LogState state, HeadWasRead read) {
        if (read.head() > lastSequenceNumber(context)) {
            context.getLog().info("log {}: another owner has gone on with it", uuid);
            return Effect().stop();
        }
        if (!isStopping) {
            device.repairIfProven(state, read, lastSequenceNumber(context));
        }
        return Effect().none();
    }
}
