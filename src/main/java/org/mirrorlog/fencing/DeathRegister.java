package org.mirrorlog.fencing;

import akka.actor.typed.ActorRef;
import akka.actor.typed.BackoffSupervisorStrategy;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.Behaviors;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.RecoveryFailed;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.mirrorlog.owner.Death;
import org.mirrorlog.owner.DeclaredDeaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable register of declared deaths: one history for the cluster, in the journal. Every node runs a copy of this
 * entity, for the journal is the lock: an append succeeds only on exactly the history that its copy knows. A copy whose
 * append fails starts again from the journal; whoever asked asks again. So nobody has to be found first, and a node
 * that is alone waits for nobody.
 */
final class DeathRegister extends EventSourcedBehavior<DeathRegister.Command, Death, DeclaredDeaths> {
    private static final int DEATHS_PER_SNAPSHOT = 100;
    private static final BackoffSupervisorStrategy AGAIN =
            SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(5), 0.2);
    private static final BackoffSupervisorStrategy QUIETLY = AGAIN.withLoggingEnabled(false);
    private static final Logger LOG = LoggerFactory.getLogger(DeathRegister.class);

    private final Consumer<DeclaredDeaths> whenKnown;
    /** Why it could not be read; of all copies that start again one after the other. */
    private final AtomicReference<String> told;

    /** What the register is told. */
    sealed interface Command { }

    /** Declare these, as far as they are not declared; answered when all are durable. */
    record Declare(List<Death> deaths, ActorRef<DeclaredDeaths> replyTo) implements Command {
        Declare {
            deaths = List.copyOf(deaths);
            Objects.requireNonNull(replyTo, "replyTo");
        }
    }

    /** What is in the journal; a copy that does not know of these incarnations reads it again first. */
    record Show(Set<String> heard, ActorRef<DeclaredDeaths> replyTo) implements Command {
        Show {
            heard = Set.copyOf(heard);
        }
    }

    /** Another copy has appended. */
    private static final class BehindException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private DeathRegister(Consumer<DeclaredDeaths> whenKnown, AtomicReference<String> told) {
        super(PersistenceId.of("mirrorlog-deaths", "all", "|"), QUIETLY);
        this.whenKnown = whenKnown;
        this.told = told;
    }

    /**
     * A copy of the register.
     *
     * @param whenKnown told after each replay and each declaration, on the actor's thread
     */
    static Behavior<Command> create(Consumer<DeclaredDeaths> whenKnown) {
        AtomicReference<String> told = new AtomicReference<>("");
        Behavior<Command> copy = Behaviors.supervise(Behaviors.<Command>setup(context ->
                new DeathRegister(whenKnown, told)))
                .onFailure(BehindException.class, SupervisorStrategy.restart().withLoggingEnabled(false));
        return Behaviors.supervise(ToldOnce.of("the register of deaths", copy))
                .onFailure(RuntimeException.class, QUIETLY);
    }

    @Override
    public DeclaredDeaths emptyState() {
        return new DeclaredDeaths(List.of());
    }

    @Override
    public EventHandler<DeclaredDeaths, Death> eventHandler() {
        return DeclaredDeaths::with;
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(DEATHS_PER_SNAPSHOT, 2).withDeleteEventsOnSnapshot();
    }

    @Override
    public SignalHandler<DeclaredDeaths> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), record -> {
                    whenKnown.accept(record);
                    told.set("");
                })
                .onSignal(RecoveryFailed.class, (record, failed) -> tell(failed.getFailure()))
                .build();
    }

    /** One line per incident, however often it is tried. */
    private void tell(Throwable failure) {
        String why = String.valueOf(failure.getMessage());
        if (!why.equals(told.getAndSet(why))) {
            LOG.error("the register of deaths cannot be read, and is tried again: {}", why);
        }
    }

    @Override
    public CommandHandler<Command, Death, DeclaredDeaths> commandHandler() {
        return newCommandHandlerBuilder().forAnyState()
                .onCommand(Declare.class, this::declare)
                .onCommand(Show.class, this::show)
                .build();
    }

    private Effect<Death, DeclaredDeaths> show(DeclaredDeaths record, Show show) {
        if (!record.incarnations().containsAll(show.heard())) {
            throw new BehindException();
        }
        return Effect().reply(show.replyTo(), record);
    }

    private Effect<Death, DeclaredDeaths> declare(DeclaredDeaths record, Declare declare) {
        List<Death> fresh = declare.deaths().stream()
                .filter(death -> !record.incarnations().contains(death.incarnation())).toList();
        if (fresh.isEmpty()) {
            return Effect().reply(declare.replyTo(), record);
        }
        return Effect().persist(fresh).thenRun((DeclaredDeaths after) -> whenKnown.accept(after))
                .thenReply(declare.replyTo(), after -> after);
    }
}
