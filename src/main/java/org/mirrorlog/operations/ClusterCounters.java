package org.mirrorlog.operations;

import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.MemberStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.fencing.DeathService;

/** The cluster in numbers, as this node sees it now. */
public final class ClusterCounters {
    private static final List<MemberStatus> STATUSES = List.of(MemberStatus.joining(), MemberStatus.weaklyUp(),
            MemberStatus.up(), MemberStatus.leaving(), MemberStatus.exiting(), MemberStatus.down());

    private ClusterCounters() {
    }

    /** {@code members.Up} and so on, {@code unreachable}, {@code undecided} and {@code deaths}. */
    public static Map<String, Long> read(ActorSystem<?> system, DeathService deaths) {
        CurrentClusterState state = Cluster.get(system).state();
        Map<String, Long> counters = new TreeMap<>();
        STATUSES.forEach(status -> counters.put("members." + status, 0L));
        state.getMembers().forEach(member -> counters.merge("members." + member.status(), 1L, Long::sum));
        counters.put("unreachable", (long) state.getUnreachable().size());
        for (NodeState each : List.of(NodeState.UNDECIDED, NodeState.DEAD)) {
            counters.put(each == NodeState.DEAD ? "deaths" : "undecided",
                    deaths.known().stream().filter(who -> deaths.state(who, false) == each).count());
        }
        return counters;
    }
}
