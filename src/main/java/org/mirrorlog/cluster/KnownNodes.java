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
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

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
        return members(state, who -> who.incarnation().equals(incarnation)).stream()
                .anyMatch(member -> !state.getUnreachable().contains(member)
                && !GONE.contains(member.status()));
    }

    /** What there is of a machine's name beside a run of its kernel that is no member any more. */
    enum Namesake {
        /** No member has the name. */
        NONE,
        /** A member that came later has it, with another boot id, within reach: the machine has booted again. */
        BOOTED_AGAIN,
        /** A member has it with another boot id, out of reach or from before: nothing follows. */
        UNCLEAR
    }

    /** What there is of this former member's name. */
    Namesake namesake(Member former) {
        CurrentClusterState state = cluster.state();
        NodeIdentity its = NodeIdentity.of(former).orElseThrow();
        List<Member> others = members(state, who -> who.node().equals(its.node())
                && !who.incarnation().equals(its.incarnation()))
                .stream().filter(other -> !GONE.contains(other.status())).toList();
        if (others.isEmpty()) {
            return Namesake.NONE;
        }
        return others.stream().anyMatch(other -> !state.getUnreachable().contains(other) && former.isOlderThan(other))
                ? Namesake.BOOTED_AGAIN : Namesake.UNCLEAR;
    }

    /** Whether that is this node itself. */
    boolean isSelf(NodeIdentity who) {
        return NodeIdentity.of(cluster.selfMember()).filter(who::equals).isPresent();
    }

    /** Whether this node is a member that may speak for the cluster: not one that leaves or was removed. */
    boolean isInside() {
        MemberStatus status = cluster.selfMember().status();
        return !GONE.contains(status) && !MemberStatus.exiting().equals(status);
    }

    /** Removes what is left of a dead incarnation from the cluster, so that its logs move at once. */
    void down(String incarnation) {
        members(cluster.state(), who -> who.incarnation().equals(incarnation)).stream()
                .filter(member -> !GONE.contains(member.status())).forEach(member -> cluster.down(member.address()));
    }

    /** Whether it is this node's turn to do what one node has to. */
    boolean isLeader() {
        return Optional.ofNullable(cluster.state().getLeader()).filter(cluster.selfAddress()::equals).isPresent();
    }

    private static List<Member> members(CurrentClusterState state, Predicate<NodeIdentity> wanted) {
        return StreamSupport.stream(state.getMembers().spliterator(), false)
                .filter(member -> NodeIdentity.of(member).filter(wanted).isPresent()).toList();
    }
}
