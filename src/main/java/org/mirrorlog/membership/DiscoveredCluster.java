package org.mirrorlog.membership;

import akka.actor.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;
import akka.management.cluster.bootstrap.ClusterBootstrapSettings;
import akka.management.cluster.bootstrap.JoinDecision;
import akka.management.cluster.bootstrap.JoinOtherSeedNodes;
import akka.management.cluster.bootstrap.KeepProbing$;
import akka.management.cluster.bootstrap.LowestAddressJoinDecider;
import akka.management.cluster.bootstrap.SeedNodesInformation;
import java.util.Optional;
import java.util.Set;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.JournalExtension;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * What a node does with what discovery finds: it joins a cluster that others tell of, if the journal's row knows of
 * none; {@link SharedStart} does everything else. With a journal that has no such row the node with the lowest address
 * starts the cluster, as Akka has it. Created by Akka, by name.
 */
public final class DiscoveredCluster extends LowestAddressJoinDecider {
    private final ActorSystem system;

    /** Called by Akka. */
    public DiscoveredCluster(ActorSystem system, ClusterBootstrapSettings settings) {
        super(system, settings);
        this.system = system;
    }

    @Override
    public Future<JoinDecision> decide(SeedNodesInformation info) {
        Optional<ClusterRow> row = JournalExtension.get(system).journal().clusterRow();
        if (row.isEmpty()) {
            return super.decide(info);
        }
        Cluster cluster = Cluster.get(system);
        if (cluster.selfMember().status() == MemberStatus.up()) {
            // It looks no further then: whoever is a member already joins nobody.
            return new JoinOtherSeedNodes(Set.of(cluster.selfAddress())).asCompletedFuture();
        }
        return info.hasSeedNodes() ? FutureConverters.asScala(row.get().read().thenApply(seen ->
                seen.isLiving() ? KeepProbing$.MODULE$ : new JoinOtherSeedNodes(info.getAllSeedNodes())))
                : KeepProbing$.MODULE$.asCompletedFuture();
    }
}
