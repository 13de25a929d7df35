package org.mirrorlog.owner;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorSystem;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.mirrorlog.log.LogState;

/** Retires logs that nobody uses, from any node (D18). Thread-safe; nothing blocks. */
public final class Retirements {
    private final ActorSystem<?> system;
    private final String by;
    private final DeathList deaths;
    private final Duration timeout;
    private final AtomicLong number = new AtomicLong();

    /**
     * @param by the name of this daemon
     * @param timeout after which a log that is being retired counts as not retired, though it may be yet
     */
    public Retirements(ActorSystem<?> system, String by, DeathList deaths, Duration timeout) {
        this.system = system;
        this.by = by;
        this.deaths = deaths;
        this.timeout = timeout;
    }

    /** The log whose history has this persistence id; empty if it is no log's. */
    public static Optional<String> logOf(String persistenceId) {
        return PersistenceIds.logOf(persistenceId);
    }

    /** What the journal knows of a log; {@link LogState#unborn()} if nothing. */
    public CompletionStage<LogState> look(String uuid) {
        return start(uuid, Retirer.Extent.LOOK);
    }

    /** Retires a log with which nothing is lost; fails with IllegalStateException if something would be. */
    public CompletionStage<LogState> retireLossless(String uuid) {
        return start(uuid, Retirer.Extent.LOSSLESS);
    }

    /** Retires any log that nobody may write, all dirty if it must be; fails with IllegalStateException if one may. */
    public CompletionStage<LogState> retire(String uuid) {
        return start(uuid, Retirer.Extent.ANYWAY);
    }

    private CompletionStage<LogState> start(String uuid, Retirer.Extent extent) {
        CompletableFuture<LogState> result = new CompletableFuture<>();
        ((ExtendedActorSystem) system.classicSystem()).systemActorOf(Retirer.props(PersistenceIds.of(uuid).id(),
                new Retirer.Order(extent, by, deaths.declared()), result), "retirer-" + number.incrementAndGet());
        return result.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
