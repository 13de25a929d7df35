package org.mirrorlog.journal.raft.service;

import akka.actor.ExtendedActorSystem;
import akka.coordination.lease.LeaseSettings;
import akka.coordination.lease.javadsl.Lease;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.JournalExtension;

/**
 * The journal as arbiter of a cluster that has fallen apart: only a part that reaches a majority of the journal's
 * members can write this row, and of two such parts the first one has it. It says nothing about truth, only who serves.
 * Created by Akka, by name. Thread safe.
 */
public final class ReplicatedLease extends Lease {

    /**
     * Parts that both reach the journal ask for it within seconds of each other. Not longer: a holder that dies after
     * one trouble must not have the rest removed in the next one.
     */
    private static final Duration LIFE = Duration.ofSeconds(10);
    private static final String NOBODY = "";

    private final LeaseSettings settings;
    private final ExtendedActorSystem system;
    private volatile boolean isHeld;

    /** Called by Akka. */
    public ReplicatedLease(LeaseSettings settings, ExtendedActorSystem system) {
        this.settings = settings;
        this.system = system;
    }

    private ClusterRow row() {
        return JournalExtension.get(system).journal(ReplicatedJournal.class).row("lease/" + settings.leaseName());
    }

    @Override
    public LeaseSettings getSettings() {
        return settings;
    }

    @Override
    public CompletionStage<Boolean> acquire() {
        ClusterRow row = row();
        String own = settings.ownerName();
        return row.read().thenCompose(seen -> {
            boolean isFree = !seen.isLiving() || seen.text().filter(holder -> holder.equals(NOBODY)
                    || holder.equals(own)).isPresent();
            return !isFree ? CompletableFuture.completedStage(false)
                    : row.replace(seen, own, Optional.of(LIFE)).thenApply(now -> now.text().equals(Optional.of(own)));
        }).thenApply(held -> {
            isHeld = held;
            return held;
        });
    }

    /** As {@link #acquire()}: it is never lost before it is given back, or has expired. */
    @Override
    public CompletionStage<Boolean> acquire(Consumer<Optional<Throwable>> whenLost) {
        return acquire();
    }

    @Override
    public CompletionStage<Boolean> release() {
        isHeld = false;
        ClusterRow row = row();
        return row.read().thenCompose(seen -> seen.text().equals(Optional.of(settings.ownerName()))
                ? row.replace(seen, NOBODY, Optional.empty()).thenApply(now -> true)
                : CompletableFuture.completedStage(true));
    }

    @Override
    public boolean checkLease() {
        return isHeld;
    }
}
