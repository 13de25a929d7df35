package org.mirrorlog.operations;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.owner.DeathList;

/** Which nodes have left while their kernels may write: others, as they are told of. */
@Timeout(60)
class StoppedNodesTest {

    @Test
    void shouldNotTellOfTheNodeItself() {
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "stopped", ConfigFactory.parseString("""
                akka {
                  actor.provider = cluster, loglevel = WARNING
                  remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                  cluster { roles = ["node-storage-1", "boot-1"], jmx.enabled = off, gossip-interval = 100 ms
                            leader-actions-interval = 100 ms, run-coordinated-shutdown-when-down = off }
                  coordinated-shutdown { run-by-jvm-shutdown-hook = off, run-by-actor-system-terminate = off
                                         terminate-actor-system = off }
                  persistence.journal { plugin = "akka.persistence.journal.inmem", inmem.test-serialization = off }
                }
                """).withFallback(ConfigFactory.defaultReference()).resolve());
        try {
            Cluster cluster = Cluster.get(system);
            cluster.join(cluster.selfAddress());
            DeathService deaths = DeathService.start(system, new DeathList(), true, () -> 0);
            await("a member").atMost(30, TimeUnit.SECONDS)
                    .until(() -> cluster.selfMember().status() == MemberStatus.up() && !deaths.known().isEmpty());
            NodeIdentity self = deaths.known().iterator().next();

            cluster.leave(cluster.selfAddress());
            await("no member any more").atMost(30, TimeUnit.SECONDS)
                    .until(() -> deaths.state(self, false) == NodeState.STOPPED);

            assertEquals(List.of(), new StoppedNodes(system, deaths, null).stopped());
        } finally {
            system.terminate();
            await().atMost(30, TimeUnit.SECONDS).until(system.getWhenTerminated().toCompletableFuture()::isDone);
        }
    }
}
