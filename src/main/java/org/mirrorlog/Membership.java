package org.mirrorlog;

import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.cluster.NodeIdentity;

/** How a node becomes a member of its cluster. For one thread, which waits. */
final class Membership {
    /** A node whose place this one takes may look alive for so long. */
    private static final Duration DOUBT = Duration.ofSeconds(6);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    private static final Set<MemberStatus> GONE = Set.of(MemberStatus.down(), MemberStatus.removed());

    private final ActorSystem<Void> system;
    private final Cluster cluster;
    private final Settings settings;

    Membership(ActorSystem<Void> system, Settings settings) {
        this.system = system;
        this.cluster = Cluster.get(system);
        this.settings = settings;
    }

    /**
     * Joins and waits until the member is Up.
     *
     * @throws StartException the cluster refuses it, cannot be found in time, or has a node of the same name or incarnation
     */
    void join() throws StartException {
        CompletableFuture<Void> up = new CompletableFuture<>();
        cluster.registerOnMemberUp(() -> up.complete(null));
        system.getWhenTerminated().thenRun(() -> up.completeExceptionally(new IllegalStateException(whyRefused())));
        if (settings.cluster().isAlone()) {
            cluster.join(cluster.selfAddress());
        } else {
            cluster.joinSeedNodes(seeds());
        }
        Node.await(goal(), up);
        refuseDouble();
    }

    private String goal() {
        List<String> seeds = settings.cluster().seeds();
        return seeds.isEmpty() ? "membership of the cluster" : "membership of the cluster by mirrorlog.cluster.seeds " + seeds;
    }

    private List<Address> seeds() {
        String prefix = "akka://" + system.name() + "@";
        return settings.cluster().seeds().stream().map(seed -> AddressFromURIString.parse(prefix + seed)).toList();
    }

    private String whyRefused() {
        Optional<CoordinatedShutdown.Reason> reason = endReason(system);
        if (reason.filter(CoordinatedShutdown.incompatibleConfigurationDetectedReason()::equals).isPresent()) {
            return "the cluster there is not \"" + settings.clusterName() + "\" (mirrorlog.cluster-name), or its settings do"
                    + " not go with this node's; the lines before say which";
        }
        return "the actor system has ended: " + reason.map(Object::toString).orElse("reason unknown");
    }

    /** Why the system ends or has ended; empty while it does not. */
    static Optional<CoordinatedShutdown.Reason> endReason(ActorSystem<?> system) {
        return CoordinatedShutdown.get(system).getShutdownReason();
    }

    /** Two nodes that serve one kernel, or that people cannot tell apart: the newer one goes. */
    private void refuseDouble() throws StartException {
        Optional<Member> twin = twin();
        long end = System.nanoTime() + DOUBT.toNanos();
        while (twin.isPresent() && System.nanoTime() - end < 0) {
            try {
                TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StartException("interrupted while joining the cluster", e);
            }
            twin = twin();
        }
        if (twin.isPresent()) {
            NodeIdentity other = NodeIdentity.of(twin.get()).orElseThrow();
            throw new StartException(other.incarnation().equals(settings.identity().incarnation())
                    ? "mirrorlog.kernel.boot-id: the node at " + twin.get().address() + " serves the same kernel ("
                            + other.incarnation() + "); one daemon serves a kernel"
                    : "mirrorlog.node-name: the node at " + twin.get().address() + " has the same name (" + other.node()
                            + ") and runs another kernel (" + other.incarnation() + "); give each node a name of its own");
        }
    }

    /** A member within reach that was there before and is the same node, or has the same kernel. */
    private Optional<Member> twin() {
        CurrentClusterState state = cluster.state();
        Member self = cluster.selfMember();
        NodeIdentity mine = settings.identity();
        for (Member member : state.getMembers()) {
            boolean isSame = NodeIdentity.of(member).filter(other -> other.node().equals(mine.node())
                    || other.incarnation().equals(mine.incarnation())).isPresent();
            if (isSame && !member.uniqueAddress().equals(self.uniqueAddress()) && !GONE.contains(member.status())
                    && !state.getUnreachable().contains(member) && member.isOlderThan(self)) {
                return Optional.of(member);
            }
        }
        return Optional.empty();
    }
}
