package org.mirrorlog.membership;

import akka.Done;
import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
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
import java.util.concurrent.atomic.AtomicLong;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.posix.ServiceManager;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartPart;
import org.mirrorlog.settings.ClusterSettings;
import org.mirrorlog.settings.Settings;

/** How a node becomes a member of its cluster. For one thread, which waits. */
public final class Membership {
    /** A node whose place this one takes may look alive for so long. */
    private static final Duration DOUBT = Duration.ofSeconds(6);
    /** Whoever is there has said by then what it holds against this node. */
    private static final Duration STRANGERS = Duration.ofSeconds(6);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    /** Members that are lost are removed long before. */
    private static final Duration AGREE = Duration.ofSeconds(60);
    private static final Set<MemberStatus> GONE = Set.of(MemberStatus.down(), MemberStatus.removed());

    private final ActorSystem<Void> system;
    private final Cluster cluster;
    private final Settings settings;

    public Membership(ActorSystem<Void> system, Settings settings) {
        this.system = system;
        this.cluster = Cluster.get(system);
        this.settings = settings;
    }

    /**
     * Joins and waits until the member is Up, for as long as it must.
     *
     * @param row in which clusters of this journal say that they live; empty: with a journal that has none, only the
     *     first of the seeds starts a cluster, as Akka has it
     * @throws StartException the cluster refuses it, or has a node of the same name or incarnation
     */
    public void join(Optional<ClusterRow> row) throws StartException {
        CompletableFuture<Void> up = new CompletableFuture<>();
        cluster.registerOnMemberUp(() -> up.complete(null));
        // Not when the system has ended: that may take its time, or forever.
        CoordinatedShutdown.get(system).addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "joining", () -> {
            up.completeExceptionally(new IllegalStateException(whyRefused()));
            return CompletableFuture.completedFuture(Done.getInstance());
        });
        ClusterSettings own = settings.cluster();
        if (own.isAlone()) {
            cluster.join(cluster.selfAddress());
        } else {
            if (own.discovery().isPresent()) {
                ContactPoint.join(system, settings);
            }
            row.ifPresent(known -> ClusterKeeper.leaveInOrder(system, known));
            new StartWait(ServiceManager.ofThisProcess()).until(up, unlessStuck(row.isPresent()
                    ? new SharedStart(system, row.get(), own)::step : plainStart()), refuseStrangers());
        }
        StartPart.await("membership of the cluster", up);
        refuseDouble();
    }

    /** Taken up by members that are lost before they all agree, it would be nobody's member for ever: it ends. */
    private StartWait.Look unlessStuck(StartWait.Look look) {
        AtomicLong sinceNs = new AtomicLong();
        return () -> {
            if (cluster.selfMember().status() == MemberStatus.removed()) {
                return look.look();
            }
            sinceNs.compareAndSet(0, System.nanoTime());
            if (System.nanoTime() - sinceNs.get() > AGREE.toNanos()) {
                throw new StartException("members of the cluster have taken this node up, and do not agree about it"
                        + " after " + AGREE.toSeconds() + " s, for some are out of reach; the next start tries again");
            }
            return "waits for the other members to agree that it is one: all of them must be within reach";
        };
    }

    private StartWait.Look plainStart() {
        if (settings.cluster().discovery().isPresent()) {
            return () -> "waits until enough nodes have found each other by mirrorlog.cluster.discovery";
        }
        List<Address> seeds = seeds();
        cluster.joinSeedNodes(seeds);
        return () -> "waits for the first of mirrorlog.cluster.seeds, " + seeds.get(0) + ", or a member among them:"
                + " with a journal plugin that is not this program's, that one alone starts a cluster";
    }

    /** A seed that is there and does not get on with this node's certificate will not tomorrow either. */
    private StartWait.Refusal refuseStrangers() throws StartException {
        Optional<ClusterSettings.Tls> tls = settings.cluster().tls();
        Optional<TlsProbe> own = tls.isEmpty() ? Optional.empty() : Optional.of(new TlsProbe(tls.get()));
        Looks<Optional<String>> looks = new Looks<>(seed -> TlsProbe.whyStrange(own, AddressFromURIString.parse(seed)),
                STRANGERS, system.dispatchers().lookup(DispatcherSelector.blocking()));
        List<String> seeds = seeds().stream().filter(seed -> !seed.equals(cluster.selfAddress()))
                .map(Address::toString).toList();
        return () -> {
            Optional<String> why = looks.at(seeds).values().stream().flatMap(Optional::stream).findFirst();
            if (why.isPresent()) {
                throw new StartException("mirrorlog.cluster.tls: the seed " + why.get());
            }
        };
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
