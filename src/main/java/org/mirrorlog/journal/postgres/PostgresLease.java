package org.mirrorlog.journal.postgres;

import akka.actor.ExtendedActorSystem;
import akka.coordination.lease.LeaseSettings;
import akka.coordination.lease.javadsl.Lease;
import akka.dispatch.Dispatchers;
import akka.event.Logging;
import akka.event.LoggingAdapter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.mirrorlog.journal.AkkaLog;
import org.mirrorlog.journal.JournalException;

/**
 * The journal as arbiter of a cluster that has fallen apart: of two halves, the one that gets this row goes on, the
 * other one ends. It says nothing about truth, only who serves; so the database's clock may end a lease that nobody has
 * given back. Created by Akka, by name. Thread safe.
 */
public final class PostgresLease extends Lease {
    private static final String ACQUIRE = "INSERT INTO mirrorlog.leases (name, holder, until)"
            + " VALUES (?, ?, now() + interval '30 s') ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,"
            + " until = excluded.until WHERE leases.holder = excluded.holder OR leases.until < now()";
    private static final String RELEASE = "DELETE FROM mirrorlog.leases WHERE name = ? AND holder = ?";

    private final LeaseSettings settings;
    private final Connector connector;
    private final Executor threads;
    private final LoggingAdapter log;
    private volatile boolean isHeld;

    /** Called by Akka. */
    public PostgresLease(LeaseSettings settings, ExtendedActorSystem system) throws JournalException {
        this.settings = settings;
        this.threads = system.dispatchers().lookup(Dispatchers.DefaultBlockingDispatcherId());
        this.log = Logging.getLogger(system, PostgresLease.class);
        this.connector = new Connector(PostgresSettings.read(system.settings().config()), new AkkaLog(log));
    }

    @Override
    public LeaseSettings getSettings() {
        return settings;
    }

    @Override
    public CompletionStage<Boolean> acquire() {
        return CompletableFuture.supplyAsync(() -> {
            isHeld = execute(ACQUIRE);
            return isHeld;
        }, threads);
    }

    /** As {@link #acquire()}: it is never lost before it is given back, or 30 s are over. */
    @Override
    public CompletionStage<Boolean> acquire(Consumer<Optional<Throwable>> whenLost) {
        return acquire();
    }

    @Override
    public CompletionStage<Boolean> release() {
        return CompletableFuture.supplyAsync(() -> {
            isHeld = false;
            execute(RELEASE);
            return true;
        }, threads);
    }

    @Override
    public boolean checkLease() {
        return isHeld;
    }

    private boolean execute(String sql) {
        try (Connection connection = connector.open().connection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, settings.leaseName());
            statement.setString(2, settings.ownerName());
            return statement.executeUpdate() == 1;
        } catch (SQLException | JournalException e) {
            log.error("the arbiter of the cluster (mirrorlog.leases) cannot be asked: {}", e.getMessage());
            throw new IllegalStateException("the arbiter cannot be asked", e);
        }
    }
}
