package org.mirrorlog.owner;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Deaths;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.Decision;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.log.Rules;
import org.mirrorlog.owner.OwnerCommand.Adopt;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.Decided;
import org.mirrorlog.owner.OwnerCommand.DecideNow;
import org.mirrorlog.owner.OwnerCommand.DeviceWasRead;
import org.mirrorlog.owner.OwnerCommand.DeviceWasWritten;
import org.mirrorlog.owner.OwnerCommand.GiveUpReactivation;
import org.mirrorlog.owner.OwnerCommand.Inspect;
import org.mirrorlog.owner.OwnerCommand.LookAtDeaths;
import org.mirrorlog.owner.OwnerCommand.Stop;

/**
 * The ordered single writer of one log. Everything that waits at one moment goes into one commit: decided on the history
 * before it, persisted if that history is still the journal's (D1), written to the log device, then answered. A persist
 * that fails stops this actor: nothing was answered, the rounds come again.
 */
public final class LogOwner extends EventSourcedBehavior<OwnerCommand, Commit, LogState> {
    /** Rounds that wait; each instance has one under way. */
    private static final int MOST_WAITING = 4096;

    private final ActorContext<OwnerCommand> context;
    private final String uuid;
    private final OwnerSettings settings;
    private final DeviceWriter device;
    private final DeathList deaths;
    private final Runnable deathWatcher;
    private final TimerScheduler<OwnerCommand> timers;
    private Rules rules;
    private final ResyncRequests requests = new ResyncRequests();
    private final List<Ask> waiting = new ArrayList<>();
    private final Map<InstanceId, DeviceWasRead> readings = new HashMap<>();
    private boolean isDecisionDue;
    private boolean isDeviceBusy;
    private boolean isAccepted;
    private boolean isLookDue;
    private boolean isGiveUpDue;

    private LogOwner(ActorContext<OwnerCommand> context, TimerScheduler<OwnerCommand> timers, String uuid,
                     OwnerSettings settings, LogDevices devices, DeathList deaths) {
        super(PersistenceId.of("mirrorlog", uuid, "|"));
        this.context = context;
        this.timers = timers;
        this.uuid = uuid;
        this.settings = settings;
        this.device = new DeviceWriter(uuid, settings, devices);
        this.rules = new Rules(settings.isNewBootProofOfDeath(), settings.adopted().contains(uuid));
        this.deaths = deaths;
        this.deathWatcher = () -> context.getSelf().tell(LookAtDeaths.INSTANCE);
        deaths.watch(deathWatcher);
    }

    /** The owner of one log. */
    public static Behavior<OwnerCommand> create(String uuid, OwnerSettings settings, LogDevices devices, DeathList deaths) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers ->
                new LogOwner(context, timers, uuid, settings, devices, deaths)));
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
                .onCommand(Inspect.class, (state, command) -> Effect().none().thenRun(s -> command.replyTo().tell(s)))
                .onCommand(Adopt.class, this::adopt)
                .onCommand(LookAtDeaths.class, (state, command) -> lookAtDeaths())
                .onCommand(GiveUpReactivation.class, (state, command) -> giveUpReactivation())
                .onCommand(Stop.class, (state, command) -> Effect().stop())
                .build();
    }

    @Override
    public SignalHandler<LogState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), state -> {
                    deathWatcher.run();
                    boundReactivation(state);
                })
                .onSignal(PostStop.instance(), state -> deaths.unwatch(deathWatcher))
                .build();
    }

    // --- deaths, adoption -----------------------------------------------------------------------------------------

    private Effect<Commit, LogState> lookAtDeaths() {
        isLookDue = true;
        decideSoon();
        return Effect().none();
    }

    private Effect<Commit, LogState> giveUpReactivation() {
        isGiveUpDue = true;
        decideSoon();
        return Effect().none();
    }

    /** A reactivation that does not end would keep hints low, and every write slow, for ever. */
    private void boundReactivation(LogState state) {
        if (!state.isReactivating()) {
            timers.cancel(GiveUpReactivation.INSTANCE);
        } else if (!timers.isTimerActive(GiveUpReactivation.INSTANCE)) {
            timers.startSingleTimer(GiveUpReactivation.INSTANCE, GiveUpReactivation.INSTANCE,
                    settings.reactivation().orElse(Duration.ZERO));
        }
    }

    /** What the log has to be told before the rounds are decided. */
    private List<LogEvent> owed(LogState state) {
        List<LogEvent> events = new ArrayList<>(Deaths.due(state, deaths.declared(),
                waiting.stream().map(ask -> ask.round().by().incarnation()).toList()));
        events.forEach(event -> context.getLog().warn("log {}: incarnation {} is dead: what it had marked is out of sync", uuid,
                ((LogEvent.Died) event).incarnation()));
        if (isGiveUpDue && state.isReactivating()) {
            context.getLog().error("log {}: not all survivors of a death were resumed anew in time: what the dead one left"
                    + " out of sync waits until every mirror of this log was suspended and resumed", uuid);
            events.add(new LogEvent.ReactivationGivenUp());
        }
        return events;
    }

    private Effect<Commit, LogState> adopt(LogState state, Adopt adopt) {
        context.getLog().warn("log {}: adopted by the operator: whoever comes in next brings every region dirty", uuid);
        rules = new Rules(rules.isNewBootProofOfDeath(), true);
        return Effect().none().thenRun((LogState s) -> adopt.replyTo().tell(s));
    }

    // --- gather ---------------------------------------------------------------------------------------------------

    private Effect<Commit, LogState> gather(LogState state, Ask ask) {
        boolean isRepeated = waiting.removeIf(other -> other.round().by().equals(ask.round().by())
                && other.round().number() == ask.round().number());
        if (isRepeated || waiting.size() < MOST_WAITING) {
            waiting.add(ask);
        }
        decideSoon();
        return Effect().none();
    }

    /** After everything that is in the mailbox already. */
    private void decideSoon() {
        if (!isDecisionDue && !isDeviceBusy && (!waiting.isEmpty() || isLookDue || isGiveUpDue)) {
            isDecisionDue = true;
            context.getSelf().tell(DecideNow.INSTANCE);
        }
    }

    // --- decide → persist -----------------------------------------------------------------------------------------

    private Effect<Commit, LogState> decide(LogState state) {
        isDecisionDue = false;
        if (isDeviceBusy) {
            return Effect().none();
        }
        List<LogEvent> owed = owed(state);
        if (waiting.isEmpty() && owed.isEmpty()) {
            isLookDue = false;
            isGiveUpDue = false;
            return Effect().none();
        }
        boolean isShort = waiting.stream().anyMatch(ask -> Long.compareUnsigned(ask.round().seen(), state.number()) > 0);
        if (isShort && isAccepted) {
            context.getLog().error("log {}: an instance has seen more of the log than its owner: the owner replays", uuid);
            return Effect().stop();
        }
        if (isShort) {
            context.getLog().error("log {}: the journal is shorter than what was answered from it; holding everything", uuid);
            waiting.clear();
            return Effect().none();
        }
        Optional<Ask> needsDevice = waiting.stream().filter(ask -> Decider.needsDevice(state, rules, ask.round())
                && !readings.containsKey(ask.round().by())).findFirst();
        return needsDevice.isPresent() ? readDevice(state, needsDevice.get().round()) : commit(state, owed);
    }

    private Effect<Commit, LogState> commit(LogState state, List<LogEvent> owed) {
        List<LogEvent> events = new ArrayList<>();
        List<Decided> decided = new ArrayList<>(waiting.size());
        if (!isAccepted) {
            events.add(new LogEvent.OwnerChanged(settings.name()));
        }
        events.addAll(owed);
        LogState opened = state.opened();
        LogState working = opened.with(events);
        for (Ask ask : waiting) {
            Optional<Decision> decision = decideOne(working, ask.round());
            if (decision.isPresent()) {
                events.addAll(decision.get().events());
                working = working.with(decision.get().events());
                decided.add(new Decided(ask, decision.get().answer()));
            }
        }
        waiting.clear();
        readings.clear();
        isLookDue = false;
        isGiveUpDue = false;
        if (settings.reactivation().isPresent()) {
            events.addAll(Deaths.reactivation(working, events));
        }
        if (events.isEmpty()) {
            return Effect().none().thenRun((LogState s) -> answer(s, decided));
        }
        return Effect().persist(new Commit(events)).thenRun((LogState after) -> committed(state, after, events, decided));
    }

    private Optional<Decision> decideOne(LogState working, Round round) {
        Optional<Judgement> judgement = Optional.ofNullable(readings.get(round.by()))
                .filter(read -> read.round().number() == round.number()).map(DeviceWasRead::judgement);
        if (judgement.isPresent() && judgement.get().report().isEmpty()) {
            return Optional.of(new Decision(List.of(), new Answer.Held(judgement.get().holdReason())));
        }
        if (judgement.isEmpty() && Decider.needsDevice(working, rules, round)) {
            return Optional.of(new Decision(List.of(), new Answer.Held("the log device has to be read first")));
        }
        return Decider.decide(working, requests, rules, round, judgement.flatMap(Judgement::report));
    }

    // --- → device → answer ----------------------------------------------------------------------------------------

    private void committed(LogState before, LogState after, List<LogEvent> events, List<Decided> decided) {
        boolean isTakeover = !isAccepted;
        isAccepted = true;
        check(before, after, events, isTakeover);
        boundReactivation(after);
        if (events.stream().anyMatch(LogEvent.EpochBegan.class::isInstance)) {
            rules = new Rules(rules.isNewBootProofOfDeath(), settings.adopted().contains(uuid));
        }
        if (decided.isEmpty()) {
            // A death alone dirties and cleans nothing; the device may not be open here.
            decideSoon();
            return;
        }
        device.write(before, after).ifPresentOrElse(writing -> {
            isDeviceBusy = true;
            context.pipeToSelf(writing, (failure, thrown) -> new DeviceWasWritten(decided,
                    thrown == null ? failure : Optional.of(DeviceHealth.WRITE_FAILED)));
        }, () -> answer(after, decided));
    }

    /** All of a log of millions of regions is checked once per owner and epoch; after that, what changes. */
    private static void check(LogState before, LogState after, List<LogEvent> events, boolean isTakeover) {
        if (isTakeover || events.stream().anyMatch(LogEvent.EpochBegan.class::isInstance)) {
            after.check();
            return;
        }
        RegionSet touched = before.dirty().minus(after.dirty());
        for (LogEvent event : events) {
            touched = touched.with(event.regions());
        }
        after.check(touched);
    }

    private Effect<Commit, LogState> deviceWasWritten(LogState state, DeviceWasWritten written) {
        isDeviceBusy = false;
        if (written.failure().isEmpty() || state.health().isFailed()) {
            answer(state, written.decided());
            decideSoon();
            return Effect().none();
        }
        context.getLog().error("log {}: the log device failed ({}): flushes fail until the table is replaced", uuid,
                written.failure().get());
        return Effect().persist(new Commit(List.of(new LogEvent.DeviceFailed(device.user(state), written.failure().get()))))
                .thenRun((LogState after) -> {
                    answer(after, written.decided());
                    decideSoon();
                });
    }

    private void answer(LogState state, List<Decided> decided) {
        for (Decided one : decided) {
            Round round = one.ask().round();
            one.ask().replyTo().tell(new RoundAnswer(uuid, round.by(), round.jvm(), round.number(), state.number(),
                    state.syncCount(), state.provableHint(), state.lastLoss(), state.health(), one.answer()));
        }
    }

    // --- the device before an epoch -------------------------------------------------------------------------------

    private Effect<Commit, LogState> readDevice(LogState state, Round round) {
        isDeviceBusy = true;
        context.pipeToSelf(device.read(round, state, rules.isAdopted()),
                (judgement, thrown) -> new DeviceWasRead(round, judgement));
        return Effect().none();
    }

    private Effect<Commit, LogState> deviceWasRead(LogState state, DeviceWasRead read) {
        isDeviceBusy = false;
        readings.put(read.round().by(), read);
        decideSoon();
        return Effect().none();
    }
}
