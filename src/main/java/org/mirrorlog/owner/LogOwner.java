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
import java.util.Optional;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogState;
import org.slf4j.Logger;

/**
 * The actor around an {@link OwnerCore}: it replays the log, hands the core one command after the other, and persists
 * what the core wants persisted. A persist that fails stops it.
 */
public final class LogOwner extends EventSourcedBehavior<OwnerCommand, Commit, LogState> {
    private final ActorContext<OwnerCommand> context;
    private final String uuid;
    private final OwnerSettings settings;
    private final OwnerBackoff backoff;
    private final OwnerCore core;

    private LogOwner(ActorContext<OwnerCommand> context, TimerScheduler<OwnerCommand> timers, String uuid,
                     OwnerSettings settings, OwnerPorts around) {
        super(PersistenceIds.of(uuid), DelayedOwner.STOP);
        this.context = context;
        this.uuid = uuid;
        this.settings = settings;
        this.backoff = around.backoff();
        this.core = new OwnerCore(uuid, settings, around, new Runtime(timers));
    }

    /** The owner of one log. */
    public static Behavior<OwnerCommand> create(String uuid, OwnerSettings settings, OwnerPorts around) {
        return create(uuid, settings, around, RescuePatience.USUAL);
    }

    static Behavior<OwnerCommand> create(String uuid, OwnerSettings settings, OwnerPorts around,
            RescuePatience patience) {
        Behavior<OwnerCommand> owner = Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new LogOwner(context, timers, uuid, settings, around)));
        return Mishaps.endWith(uuid, around.backoff(),
                HistoryRescue.around(new Refounding.Log(uuid, settings, around, owner, patience)));
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
        return (state, command) -> {
            OwnerEffect effect = core.handle(state, command);
            if (effect instanceof OwnerEffect.Persist persist) {
                return Effect().persist(persist.commit()).thenRun(core::persisted);
            }
            return effect instanceof OwnerEffect.Stop ? Effect().stop() : Effect().none();
        };
    }

    @Override
    public SignalHandler<LogState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), state -> {
                    backoff.replayed();
                    core.replayed(state);
                })
                .onSignal(RecoveryFailed.class, (state, failed) -> {
                    backoff.fromReplay(uuid, new FailedReplay(state, failed.getFailure()), context.getLog());
                    core.ended();
                })
                .onSignal(PostStop.instance(), state -> core.ended())
                .build();
    }

    /** What the core finds in its actor. */
    private final class Runtime implements OwnerRuntime {
        private final TimerScheduler<OwnerCommand> timers;
        private final Recipient<OwnerCommand> self = new ActorRecipient<>(context.getSelf());

        Runtime(TimerScheduler<OwnerCommand> timers) {
            this.timers = timers;
        }

        @Override
        public Recipient<OwnerCommand> self() {
            return self;
        }

        @Override
        public void startTimer(OwnerCommand command, Duration after) {
            timers.startSingleTimer(command, after);
        }

        @Override
        public void repeat(OwnerCommand command, Duration every) {
            timers.startTimerWithFixedDelay(command, every);
        }

        @Override
        public void cancelTimer(OwnerCommand command) {
            timers.cancel(command);
        }

        @Override
        public boolean isTimerActive(OwnerCommand command) {
            return timers.isTimerActive(command);
        }

        @Override
        public String persistenceId() {
            return LogOwner.this.persistenceId().id();
        }

        @Override
        public long sequenceNumber() {
            return lastSequenceNumber(context);
        }

        @Override
        public Optional<String> tooOldFor(int format) {
            return Builds.get(context.getSystem()).tooOldFor(format);
        }

        @Override
        public Logger log() {
            return context.getLog();
        }
    }
}
