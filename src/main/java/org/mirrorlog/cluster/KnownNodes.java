package org.mirrorlog.cluster;

import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The incarnations that this node has seen as members, connected or not, since it started; and which are connected now.
 * Thread-safe.
 */
final class KnownNodes {
    private static final int MOST_KEPT = 256;
    private static final Set<MemberStatus> GONE = Set.of(MemberStatus.down(), MemberStatus.removed());

    private final Cluster cluster;
    private final Map<String, NodeIdentity> seen = new LinkedHashMap<>();

    KnownNodes(ActorSystem<?> system) {
        this.cluster = Cluster.get(system);
    }

    synchronized void saw(NodeIdentity who) {
        seen.remove(who.incarnation());
        seen.put(who.incarnation(), who);
        if (seen.size() > MOST_KEPT) {
            seen.remove(seen.keySet().iterator().next());
        }
    }

    /** Oldest first. */
    synchronized Collection<NodeIdentity> all() {
        cluster.state().getMembers().forEach(member -> NodeIdentity.of(member)
                .filter(who -> !seen.containsKey(who.incarnation())).ifPresent(this::saw));
        return List.copyOf(seen.values());
    }

    /** Whether a member of this incarnation is within reach of all others, this node included. */
    boolean isConnected(String incarnation) {
        CurrentClusterState state = cluster.state();
        return members(state, incarnation).stream().anyMatch(member -> !state.getUnreachable().contains(member)
                && !GONE.contains(member.status()));
    }

    /** Removes what is left of a dead incarnation from the cluster, so that its logs move at once. */
    void down(String incarnation) {
        members(cluster.state(), incarnation).stream().filter(member -> !GONE.contains(member.status()))
                .forEach(member -> cluster.down(member.address()));
    }

    /** Whether it is this node's turn to do what one node has to. */
    boolean isLeader() {
        return Optional.ofNullable(cluster.state().getLeader()).filter(cluster.selfAddress()::equals).isPresent();
    }

    private static List<Member> members(CurrentClusterState state, String incarnation) {
        return java.util.stream.StreamSupport.stream(state.getMembers().spliterator(), false)
                .filter(member -> NodeIdentity.of(member).filter(who -> who.incarnation().equals(incarnation))
                        .isPresent())
                .toList();
    }
}
