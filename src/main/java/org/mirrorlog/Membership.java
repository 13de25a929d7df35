package org.mirrorlog;

import akka.Done;
import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mirrorlog.cluster.NodeIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a node becomes a member of its cluster. For one thread, which waits. */
final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    /** A node whose place this one takes may look alive for so long. */
    private static final Duration DOUBT = Duration.ofSeconds(6);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    /** How long a node that was removed waits for a member to answer before it asks whether there can be any. */
    private static final Duration ALL_SEEDS_WAIT = Duration.ofSeconds(15);
    /** After so long it is worth asking whether certificates are in the way. */
    private static final Duration TLS_WAIT = Duration.ofSeconds(10);
    private static final Duration CONNECT = Duration.ofSeconds(2);
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
     * @throws StartException the cluster refuses it, cannot be found in time, or has a node of the same name or
     *     incarnation
     */
    void join() throws StartException {
        CompletableFuture<Void> up = new CompletableFuture<>();
        cluster.registerOnMemberUp(() -> up.complete(null));
        // Not when the system has ended: that may take its time, or forever.
        CoordinatedShutdown.get(system).addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "joining", () -> {
            up.completeExceptionally(new IllegalStateException(whyRefused()));
            return CompletableFuture.completedFuture(Done.getInstance());
        });
        RemovalNote note = new RemovalNote(settings.dataDir());
        if (settings.cluster().isAlone()) {
            cluster.join(cluster.selfAddress());
        } else if (settings.cluster().discovery().isPresent()) {
            ContactPoint.join(system, settings.cluster().host(), settings.cluster().discovery().get());
        } else if (note.exists()) {
            joinOthers(up);
        } else {
            cluster.joinSeedNodes(seeds());
        }
        if (!isDoneWithin(up, TLS_WAIT) && settings.cluster().tls().isPresent()) {
            refuseStrangers(new TlsProbe(settings.cluster().tls().get()));
        }
        try {
            Node.await(goal(), up);
        } catch (StartException e) {
            throw new StartException(e.getMessage() + hint(), e);
        }
        refuseDouble();
        try {
            note.remove();
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir: " + e, e);
        }
    }

    /**
     * There is a cluster, or was. Only if every other seed is within reach, and none of them a member, may this node
     * start one: then it was removed, and later all the others have ended too.
     */
    private void joinOthers(CompletableFuture<Void> up) {
        List<Address> seeds = new ArrayList<>(seeds());
        boolean isFirst = seeds.get(0).equals(cluster.selfAddress());
        Collections.rotate(seeds, isFirst ? -1 : 0);
        LOG.info("the cluster had removed this node; it joins the others, wherever they are");
        cluster.joinSeedNodes(seeds);
        if (isFirst && !isDoneWithin(up, ALL_SEEDS_WAIT)
                && settings.cluster().seeds().stream().allMatch(Membership::isWithinReach)) {
            LOG.warn("no seed is a member of a cluster: starting one");
            cluster.joinSeedNodes(seeds());
        }
    }

    /** A seed that is there and does not get on with this node's certificate will not tomorrow either. */
    private void refuseStrangers(TlsProbe probe) throws StartException {
        for (Address seed : seeds()) {
            Optional<String> problem = seed.equals(cluster.selfAddress()) ? Optional.empty()
                    : probe.problem(seed.getHost().orElseThrow(), seed.getPort().orElseThrow());
            if (problem.isPresent()) {
                throw new StartException("mirrorlog.cluster.tls: the seed " + seed
                        + " and this node do not trust each other: "
                        + problem.get() + "; allowed are certificates of one authority that share a subject name");
            }
        }
    }

    private static boolean isDoneWithin(CompletableFuture<Void> up, Duration limit) {
        try {
            up.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true; // whoever waits for it next is told
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static boolean isWithinReach(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(endpoint.substring(0, colon),
                    Integer.parseInt(endpoint.substring(colon + 1))),
                    (int) CONNECT.toMillis());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private String goal() {
        String goal = "membership of the cluster";
        if (settings.cluster().discovery().isPresent()) {
            return goal + " by mirrorlog.cluster.discovery " + settings.cluster().discovery().get();
        }
        return settings.cluster().isAlone() ? goal : goal + " by mirrorlog.cluster.seeds " + settings.cluster().seeds();
    }

    private String hint() {
        List<String> there = settings.cluster().seeds().stream().filter(Membership::isWithinReach).toList();
        if (there.isEmpty() || endReason(system).isPresent()) {
            return "";
        }
        return "; within reach are " + there + (settings.cluster().tls().isPresent() ? "" : "; if the others have"
                + " mirrorlog.cluster.tls, this node needs it too");
    }

    private List<Address> seeds() {
        String prefix = "akka://" + system.name() + "@";
        return settings.cluster().seeds().stream().map(seed -> AddressFromURIString.parse(prefix + seed)).toList();
    }

    private String whyRefused() {
        Optional<CoordinatedShutdown.Reason> reason = endReason(system);
        if (reason.filter(CoordinatedShutdown.incompatibleConfigurationDetectedReason()::equals).isPresent()) {
            return "the cluster there is not \"" + settings.clusterName()
                    + "\" (mirrorlog.cluster-name), or its settings do"
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
                            + ") and runs another kernel (" + other.incarnation()
                            + "); give each node a name of its own");
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
