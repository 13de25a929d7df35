package org.mirrorlog.cluster;

import akka.actor.Address;
import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent.ClusterDomainEvent;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.ClusterEvent.MemberDowned;
import akka.cluster.ClusterEvent.MemberEvent;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.ClusterEvent.ReachableMember;
import akka.cluster.ClusterEvent.UnreachableMember;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.mirrorlog.owner.Builds;

/**
 * The incarnations that this node has seen as members, connected or not, since it started; and which are connected now.
 * Thread-safe.
 */
public final class KnownNodes {
    private static final int MOST_KEPT = 256;
    private static final Set<MemberStatus> LEAVING = Set.of(MemberStatus.leaving(), MemberStatus.exiting());
    private static final Set<MemberStatus> GONE = Set.of(MemberStatus.down(), MemberStatus.removed());

    private final Cluster cluster;
    private final boolean isNewBootProofOfDeath;
    private final LongSupplier wallClockMs;
    private final Map<String, Seen> seen = new LinkedHashMap<>();

    /**
     * The newest daemon of an incarnation.
     *
     * @param silentSinceMs since when nothing is heard of it, for people; 0: it is heard, or that is not known
     * @param isRemoved it was removed against its will
     */
    private record Seen(NodeIdentity who, Member member, long silentSinceMs, boolean isRemoved) { }

    public KnownNodes(ActorSystem<?> system, boolean isNewBootProofOfDeath, LongSupplier wallClockMs) {
        this.cluster = Cluster.get(system);
        this.isNewBootProofOfDeath = isNewBootProofOfDeath;
        this.wallClockMs = wallClockMs;
    }

    public synchronized void heard(ClusterDomainEvent event) {
        if (event instanceof MemberEvent change) {
            NodeIdentity.of(change.member()).ifPresent(who -> changed(who, change));
        } else if (event instanceof UnreachableMember silence) {
            NodeIdentity.of(silence.member()).ifPresent(who -> mute(who, silence.member()));
        } else if (event instanceof ReachableMember sound) {
            NodeIdentity.of(sound.member()).ifPresent(who -> keep(new Seen(who, sound.member(), 0, false)));
        }
    }

    private void changed(NodeIdentity who, MemberEvent change) {
        Member member = change.member();
        boolean isGone = change instanceof MemberDowned || change instanceof MemberRemoved;
        Seen before = seen.get(who.incarnation());
        if (isGone && before != null && !before.member().uniqueAddress().equals(member.uniqueAddress())) {
            return; // another daemon serves that kernel by now
        }
        boolean isRemoved = change instanceof MemberDowned
                || change instanceof MemberRemoved removed && MemberStatus.down().equals(removed.previousStatus());
        if (!isGone) {
            boolean isSame = before != null && before.member().uniqueAddress().equals(member.uniqueAddress());
            keep(new Seen(who, member, isSame ? before.silentSinceMs() : 0, false));
        } else {
            mute(who, member);
            keep(new Seen(who, member, seen.get(who.incarnation()).silentSinceMs(), isRemoved));
        }
    }

    private void mute(NodeIdentity who, Member member) {
        Seen before = seen.get(who.incarnation());
        boolean isMute = before != null && before.silentSinceMs() != 0;
        keep(new Seen(who, member, isMute ? before.silentSinceMs() : wallClockMs.getAsLong(), false));
    }

    private void keep(Seen one) {
        seen.remove(one.who().incarnation());
        seen.put(one.who().incarnation(), one);
        if (seen.size() > MOST_KEPT) {
            seen.remove(seen.keySet().iterator().next());
        }
    }

    /** Oldest first. */
    public synchronized Collection<NodeIdentity> all() {
        cluster.state().getMembers().forEach(member -> NodeIdentity.of(member)
                .filter(who -> !seen.containsKey(who.incarnation()))
                .ifPresent(who -> keep(new Seen(who, member, 0, false))));
        return seen.values().stream().map(Seen::who).toList();
    }

    /** Since when nothing is heard of it, in milliseconds since 1970; 0 if it is heard, or that is not known. */
    public synchronized long silentSinceMs(String incarnation) {
        Seen one = seen.get(incarnation);
        return one == null ? 0 : one.silentSinceMs();
    }

    /** Which version of the program serves it, or did so last; empty if that is not known. */
    public synchronized Optional<String> release(String incarnation) {
        return Optional.ofNullable(seen.get(incarnation)).map(Seen::member).flatMap(Release::of);
    }

    /** What its state is decided by. */
    public synchronized NodeState.Facts facts(NodeIdentity who) {
        CurrentClusterState state = cluster.state();
        Optional<Member> member = members(state, other -> other.incarnation().equals(who.incarnation())).stream()
                .max(Comparator.comparing(one -> isWithinReach(state, one)));
        Seen former = seen.get(who.incarnation());
        boolean hasBootedAgain = isNewBootProofOfDeath && members(state, other -> other.node().equals(who.node()))
                .stream().anyMatch(other -> isWithinReach(state, other) && hasEnded(other, who.incarnation()));
        return new NodeState.Facts(member.isPresent(),
                member.filter(one -> isWithinReach(state, one)).isPresent(),
                member.filter(one -> LEAVING.contains(one.status())).isPresent(),
                former != null && former.isRemoved(), hasBootedAgain);
    }

    /** Whether a member of this incarnation is within reach of all others, this node included. */
    public boolean isConnected(String incarnation) {
        CurrentClusterState state = cluster.state();
        return members(state, who -> who.incarnation().equals(incarnation)).stream()
                .anyMatch(member -> isWithinReach(state, member));
    }

    /**
     * Whether an incarnation is a member within reach by another daemon than this one, of which the cluster has just
     * said that it is gone: that word may arrive before {@link #isConnected} follows it.
     */
    public boolean isConnectedBesides(NodeIdentity who, Member gone) {
        CurrentClusterState state = cluster.state();
        return members(state, who::equals).stream().anyMatch(member -> isWithinReach(state, member)
                && !member.uniqueAddress().equals(gone.uniqueAddress()));
    }

    /** Whether this very daemon is still a member, be it one that is down. */
    public boolean isListed(Member daemon) {
        return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
                .anyMatch(member -> member.uniqueAddress().equals(daemon.uniqueAddress()));
    }

    /** What there is of a machine's name beside a run of its kernel that is no member any more. */
    public enum Namesake {
        /** No member has the name. */
        NONE,
        /** A member within reach has it, and is the same machine, which has booted again. */
        BOOTED_AGAIN,
        /** A member within reach that came later has it, and nothing proves that it is the same machine. */
        TWIN,
        /** A member has it with another boot id, out of reach or from before: nothing follows. */
        UNCLEAR
    }

    /** What there is of this former member's name. */
    public Namesake namesake(Member former) {
        CurrentClusterState state = cluster.state();
        NodeIdentity its = NodeIdentity.of(former).orElseThrow();
        List<Member> others = members(state, who -> who.node().equals(its.node())
                && !who.incarnation().equals(its.incarnation()));
        if (others.isEmpty()) {
            return Namesake.NONE;
        }
        List<Member> later = others.stream().filter(other -> isWithinReach(state, other) && former.isOlderThan(other))
                .toList();
        return later.stream().anyMatch(other -> hasEnded(other, its.incarnation())) ? Namesake.BOOTED_AGAIN
                : later.isEmpty() ? Namesake.UNCLEAR : Namesake.TWIN;
    }

    /** Whether that member's machine says that this run of its kernel is over, and may be believed. */
    public synchronized boolean hasEnded(Member later, String incarnation) {
        Provenance its = Provenance.of(later);
        return its.former().contains(incarnation)
                && NodeIdentity.of(later).filter(who -> othersOn(its.machine(), who.node()).isEmpty()).isPresent();
    }

    /**
     * Nodes of other names that have, or had, the same machine id: it was cloned, or is that of a container's image,
     * and tells no machine from another.
     */
    synchronized List<NodeIdentity> othersOn(String machine, String node) {
        return machine.isEmpty() ? List.of()
                : Stream.concat(seen.values().stream().map(Seen::member),
                        members(cluster.state(), who -> true).stream())
                        .filter(member -> Provenance.of(member).machine().equals(machine))
                        .flatMap(member -> NodeIdentity.of(member).stream())
                        .filter(who -> !who.node().equals(node)).distinct().toList();
    }

    /** Runs that were lost under the name of this member, and that nothing proves to be over: of another machine? */
    public synchronized List<NodeIdentity> lostNamesakes(Member newcomer) {
        Optional<NodeIdentity> its = NodeIdentity.of(newcomer);
        return seen.values().stream()
                .filter(one -> one.isRemoved() && its.filter(who -> who.node().equals(one.who().node())
                        && !who.incarnation().equals(one.who().incarnation())).isPresent()
                        && !(isNewBootProofOfDeath && hasEnded(newcomer, one.who().incarnation())))
                .map(Seen::who).toList();
    }

    /** Those of {@link #othersOn} this node's own machine. */
    public List<NodeIdentity> othersOnThisMachine() {
        Member self = cluster.selfMember();
        return NodeIdentity.of(self).map(who -> othersOn(Provenance.of(self).machine(), who.node())).orElse(List.of());
    }

    /** Whether that is this node itself. */
    public boolean isSelf(NodeIdentity who) {
        return NodeIdentity.of(cluster.selfMember()).filter(who::equals).isPresent();
    }

    /** Whether this node is a member that may speak for the cluster: not one that leaves or was removed. */
    public boolean isInside() {
        MemberStatus status = cluster.selfMember().status();
        return !GONE.contains(status) && !MemberStatus.exiting().equals(status);
    }

    /** Removes what is left of a dead incarnation from the cluster, so that its logs move at once. */
    public void down(String incarnation) {
        members(cluster.state(), who -> who.incarnation().equals(incarnation))
                .forEach(member -> cluster.down(member.address()));
    }

    /** Whether it is this node's turn to do what one node has to. */
    public boolean isLeader() {
        return Optional.ofNullable(cluster.state().getLeader()).filter(cluster.selfAddress()::equals).isPresent();
    }

    /** Where the node is whose turn it is, for people. */
    public String leader() {
        return Optional.ofNullable(cluster.state().getLeader()).map(Address::hostPort).orElse("which is not known");
    }

    /** By incarnation, the names of the members within reach that can read this format. */
    static Map<String, String> withinReach(CurrentClusterState state, int format) {
        Map<String, String> nodes = new LinkedHashMap<>();
        state.getMembers().forEach(member -> NodeIdentity.of(member)
                .filter(who -> isWithinReach(state, member) && Builds.isAtLeast(member, format))
                .ifPresent(who -> nodes.put(who.incarnation(), who.node())));
        return nodes;
    }

    /** By incarnation, where the members are that serve and are within reach, this one excepted. */
    static Map<String, Address> others(CurrentClusterState state, Address self) {
        Map<String, Address> others = new LinkedHashMap<>();
        members(state, who -> true).stream().filter(member -> MemberStatus.up().equals(member.status())
                        && isWithinReach(state, member) && !member.address().equals(self))
                .forEach(member -> others.put(NodeIdentity.of(member).orElseThrow().incarnation(), member.address()));
        return others;
    }

    private static boolean isWithinReach(CurrentClusterState state, Member member) {
        return !state.getUnreachable().contains(member);
    }

    /** Of these, those that are not gone. */
    private static List<Member> members(CurrentClusterState state, Predicate<NodeIdentity> wanted) {
        return StreamSupport.stream(state.getMembers().spliterator(), false)
                .filter(member -> !GONE.contains(member.status()))
                .filter(member -> NodeIdentity.of(member).filter(wanted).isPresent()).toList();
    }
}
