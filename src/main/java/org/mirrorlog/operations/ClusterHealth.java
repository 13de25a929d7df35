package org.mirrorlog.operations;

import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.EventKind;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.health.NewsLook;

/** What is wrong with the cluster, as this node sees it. */
public final class ClusterHealth {
    private final ActorSystem<?> system;
    private final DeathService deaths;
    private final StoppedNodes stopped;
    private final BooleanSupplier isDeclaredDead;

    /** @param isDeclaredDead whether this machine's kernel was */
    public ClusterHealth(ActorSystem<?> system, DeathService deaths, StoppedNodes stopped,
            BooleanSupplier isDeclaredDead) {
        this.system = system;
        this.deaths = deaths;
        this.stopped = stopped;
        this.isDeclaredDead = isDeclaredDead;
    }

    public List<Concern> look() {
        List<Concern> wrong = new ArrayList<>();
        CurrentClusterState state = Cluster.get(system).state();
        state.getUnreachable().forEach(member -> wrong.add(new Concern(HealthCode.NODE_UNREACHABLE,
                "node at " + address(member), NodeState.UNREACHABLE.says())));
        Set<String> versions = new TreeSet<>();
        state.getMembers().forEach(member -> versions.add(member.appVersion().version()));
        if (versions.size() > 1) {
            wrong.add(new Concern(HealthCode.VERSION_SKEW, "the cluster", "its members can read the formats "
                    + String.join(", ", versions)));
        }
        for (NodeIdentity who : deaths.known()) {
            Set<String> logs = stopped.writable(who.incarnation());
            if (deaths.state(who, !logs.isEmpty()) == NodeState.UNDECIDED) {
                wrong.add(undecided(name(who.node(), who.incarnation()), deaths.says(who, NodeState.UNDECIDED), logs));
            }
        }
        if (isDeclaredDead.getAsBoolean()) {
            wrong.add(new Concern(HealthCode.DECLARED_DEAD_BUT_RUNS, "this node", "it " + NodeState.DEAD.says()));
        }
        return wrong;
    }

    /** The runs of machines' kernels that this node knows, by the names that people are given. */
    public Map<String, NewsLook.State> nodes() {
        Map<String, NewsLook.State> nodes = new TreeMap<>();
        deaths.known().forEach(who -> {
            NodeState state = deaths.state(who, !stopped.writable(who.incarnation()).isEmpty());
            nodes.put(name(who.node(), who.incarnation()), new NewsLook.State(
                    EventKind.valueOf("NODE_" + state.name()), state.says()));
        });
        return nodes;
    }

    static String name(String node, String bootId) {
        return "node " + node + " (boot id " + bootId + ")";
    }

    /**
     * One about which somebody has to decide.
     *
     * @param says its state, for people
     * @param logs that it is known to use
     */
    static Concern undecided(String name, String says, Collection<String> logs) {
        return new Concern(HealthCode.NODE_REMOVED_NOT_FENCED, name, says + (logs.isEmpty() ? "" : ": " + logs));
    }

    private static String address(Member member) {
        return member.address().host().get() + ":" + member.address().port().get();
    }
}
