package org.mirrorlog.daemon;

import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.logging.Failures;
import org.mirrorlog.owner.Retirements;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then, on one node of the cluster, for logs that have not been used for long, and retires those with
 * which nothing is lost: one after the other, so many at a time. Ends with the actor system.
 */
final class RetirementSweep {
    private static final Logger LOG = LoggerFactory.getLogger(RetirementSweep.class);
    private static final Duration LONGEST_PERIOD = Duration.ofHours(1);
    private static final int MOST_AT_A_TIME = 200;

    private final ActorSystem<?> system;
    private final Journal journal;
    private final Retirements retirements;
    private final Duration after;
    private final IdleLogs idle;
    private boolean isUnderWay;

    private RetirementSweep(ActorSystem<?> system, Journal journal, Retirements retirements, Duration after,
            IdleLogs idle) {
        this.system = system;
        this.journal = journal;
        this.retirements = retirements;
        this.after = after;
        this.idle = idle;
    }

    /** Starts looking, if the settings say so. */
    static void start(ActorSystem<?> system, Journal journal, Retirements retirements, Settings settings) {
        Duration after = settings.retireAfter();
        if (after.isZero()) {
            return;
        }
        RetirementSweep sweep = new RetirementSweep(system, journal, retirements, after,
                IdleLogs.read(settings.dataDir()));
        Duration quarter = after.dividedBy(4);
        Duration period = quarter.compareTo(LONGEST_PERIOD) < 0 ? quarter : LONGEST_PERIOD;
        system.scheduler().scheduleWithFixedDelay(period, period,
                GoesOn.task("who retires unused logs", sweep::look), system.executionContext());
    }

    private synchronized void look() {
        Cluster cluster = Cluster.get(system);
        boolean isOurTurn = cluster.selfAddress().equals(cluster.state().getLeader());
        if (isUnderWay || !isOurTurn) {
            return;
        }
        isUnderWay = true;
        CompletableFuture.completedStage(null).thenCompose(now -> journal.withEvents()).thenCompose(this::retire)
                .whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn("unused logs are not retired now: {}", Failures.cause(failure).toString());
            }
            end();
        });
    }

    private synchronized void end() {
        isUnderWay = false;
    }

    private CompletionStage<Void> retire(Map<String, Long> heads) {
        List<String> due = due(heads);
        List<String> used = new ArrayList<>();
        List<String> retired = new ArrayList<>();
        CompletionStage<Void> all = CompletableFuture.completedStage(null);
        for (String id : due) {
            all = all.thenCompose(done -> retirements.retireLossless(Retirements.logOf(id).orElseThrow())
                    .handle((state, failure) -> {
                        if (failure == null) {
                            journal.forget(id);
                            retired.add(id);
                        } else if (Failures.cause(failure) instanceof IllegalStateException) {
                            used.add(id);
                        } else {
                            throw new CompletionException(Failures.cause(failure));
                        }
                        return null;
                    }));
        }
        return all.whenComplete((done, failure) -> tell(retired, used));
    }

    private synchronized List<String> due(Map<String, Long> heads) {
        Map<String, Long> logs = new HashMap<>(heads);
        logs.keySet().removeIf(id -> Retirements.logOf(id).isEmpty());
        return idle.see(logs, System.currentTimeMillis(), after.toMillis()).stream().limit(MOST_AT_A_TIME).toList();
    }

    private synchronized void tell(List<String> retired, List<String> used) {
        idle.begin(used, System.currentTimeMillis());
        if (!retired.isEmpty()) {
            LOG.info("retired {} logs that were clean and not used for {}: {}{}", retired.size(), after,
                    Retirements.logOf(retired.get(0)).orElseThrow(), retired.size() == 1 ? "" : ", ...");
        }
        try {
            idle.write();
        } catch (IOException e) {
            LOG.warn("mirrorlog.data-dir: since when logs are unused cannot be noted: {}", e.toString());
        }
    }
}
