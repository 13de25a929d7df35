package org.mirrorlog.operations;

import akka.actor.typed.ActorSystem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.LostMembers;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.logging.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which nodes have left the cluster in order while their kernels use logs, and says so: such a kernel goes on
 * writing like that of a node that was lost. Some seconds after a node has left, if it is not back, all logs in the
 * journal are read. Thread-safe.
 */
public final class StoppedNodes {
    private static final Logger LOG = LoggerFactory.getLogger(StoppedNodes.class);
    /** A daemon that is started anew is back by then, mostly. */
    private static final Duration LOOK_AFTER = Duration.ofSeconds(10);
    private static final int MOST_LOOKS = 30;

    private final ActorSystem<?> system;
    private final DeathService deaths;
    private final NodeStakes stakes;
    /** By boot id, of nodes that have left. */
    private final Map<String, Set<String>> writable = new ConcurrentHashMap<>();

    StoppedNodes(ActorSystem<?> system, DeathService deaths, NodeStakes stakes) {
        this.system = system;
        this.deaths = deaths;
        this.stakes = stakes;
    }

    /** From now on. */
    public static StoppedNodes watch(ActorSystem<?> system, DeathService deaths, NodeStakes stakes) {
        StoppedNodes nodes = new StoppedNodes(system, deaths, stakes);
        LostMembers.watch(system, "stopped-nodes", () -> nodes.lookSoon(MOST_LOOKS));
        return nodes;
    }

    /** The logs that the kernel of a node that has left may still write, as far as is known. */
    Set<String> writable(String bootId) {
        return writable.getOrDefault(bootId, Set.of());
    }

    private void lookSoon(int looksLeft) {
        system.scheduler().scheduleOnce(LOOK_AFTER, GoesOn.task("who looks at stopped nodes", () -> look(looksLeft)),
                system.executionContext());
    }

    /** What it throws on the way counts as no answer: it is looked again. */
    private void look(int looksLeft) {
        CompletableFuture.completedStage(null).thenCompose(now -> judgeAll()).whenComplete((isDone, failure) -> {
            if (failure != null) {
                LOG.warn("whether stopped nodes use logs was not found out now: {}",
                        Failures.cause(failure).toString());
            }
            if ((failure != null || !isDone) && looksLeft > 1) {
                lookSoon(looksLeft - 1);
            }
        });
    }

    /** Whether there is no need to look again. */
    private CompletionStage<Boolean> judgeAll() {
        List<NodeIdentity> stopped = stopped();
        return stopped.isEmpty() ? CompletableFuture.completedStage(true) : stakes.everywhere().thenApply(logs -> {
            stopped.forEach(who -> judge(who, logs));
            return logs.silent().isEmpty();
        });
    }

    /** Those others that have left in order; a node that leaves itself is told of by the others. */
    List<NodeIdentity> stopped() {
        return deaths.known().stream().filter(who -> !deaths.isSelf(who))
                .filter(who -> deaths.state(who, false) == NodeState.STOPPED).toList();
    }

    private void judge(NodeIdentity who, NodeStakes.Logs logs) {
        String bootId = who.incarnation();
        Set<String> its = new TreeSet<>();
        logs.shares().forEach((uuid, shares) -> {
            if (shares.containsKey(bootId) && shares.get(bootId).mayWrite()) {
                its.add(uuid);
            }
        });
        if (!its.isEmpty() && !its.equals(writable.put(bootId, its))) {
            LOG.warn("node {} (boot id {}) {}: its daemon was stopped while its kernel uses {}. What it has marked"
                    + " stays dirty. Start it again; or make sure that the machine is off, then: mirrorlogctl"
                    + " fence-confirm {}", who.node(), bootId, NodeState.UNDECIDED.says(), its, bootId);
        } else if (its.isEmpty()) {
            writable.remove(bootId);
        }
    }
}
