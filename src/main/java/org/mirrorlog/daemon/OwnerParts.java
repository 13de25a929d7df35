package org.mirrorlog.daemon;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.dmsetup.MirrorWaker;
import org.mirrorlog.dmsetup.Reactivator;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.operations.ClusterCounters;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartPart;
import org.mirrorlog.settings.Settings;

/**
 * What a service has for the owners of logs; third stage of its start. They begin when this machine's tables are taken
 * up.
 *
 * @param tables what tables are surrounded by, the owners among it
 * @param declared dead, as far as this node has heard
 * @param deaths the register of them
 * @param former boot ids of earlier runs of this machine, as it knows them now
 * @param bridge to this machine's tables; completed once they have been taken up
 */
record OwnerParts(LogService.Parts tables, DeathList declared, DeathService deaths, Supplier<List<String>> former,
        CompletableFuture<ActorRef<KernelBridge.Message>> bridge) {
    private static final Duration LOOK_AT_OTHERS = Duration.ofSeconds(1);
    private static final Set<NodeState> ENDED = Set.of(NodeState.OVER, NodeState.DEAD);

    /** Waits until the register of deaths is known. */
    static OwnerParts start(Ground ground, MachineParts machine) throws StartException {
        Settings settings = ground.settings();
        ActorSystem<Void> system = ground.system();
        KernelLink link = ground.served().link();
        EarlierRuns earlier = ground.served().earlier();
        Restored restored = ground.served().restored();
        CompletableFuture<ActorRef<KernelBridge.Message>> bridge = new CompletableFuture<>();
        DeathList declared = new DeathList();
        restored.condemn(declared);
        DeathService deaths = DeathService.start(system, declared, settings.newBootProvesDeath(),
                System::currentTimeMillis);
        Supplier<List<String>> former = earlier.unlessSharedWith(deaths::othersOnThisMachine);
        ground.repeatBlocking("who looks for other nodes of this machine id", LOOK_AT_OTHERS,
                () -> earlier.look(deaths.othersOnThisMachine(), machine.incidents()));
        LogSharding owners = new LogSharding(system, new LogSharding.Around(machine.devices(), declared,
                new JournalHeads(system, ground.journal()),
                new LogSharding.Others(settings.identity(), former,
                        () -> restored.with(nodes(deaths), declared.declared()),
                        new Witness(system, link.tables(), bridge),
                        ground.journal().isSuccessor() || restored.isOne(), restored.isOne())));
        ground.management().count("cluster", () -> ClusterCounters.read(system, deaths));
        LogService.Parts tables = new LogService.Parts(settings.kernel().bootId(), owners, machine.devices(),
                machine.incidents(), link.tables().map(kernel -> new MirrorWaker(kernel, KernelBridge::nowMs)),
                new Reactivator(settings.nodeName(), settings.kernel().tablesCommand(),
                        uuid -> link.tables().flatMap(kernel -> kernel.deviceOf(uuid)), KernelBridge::nowMs));
        StartPart.await("the register of deaths", deaths.loaded());
        restored.declare(deaths);
        return new OwnerParts(tables, declared, deaths, former, bridge);
    }

    /**
     * All members and former ones that may use logs: none that is dead, nor whose machine has booted again since.
     */
    private static Map<String, String> nodes(DeathService deaths) {
        Map<String, String> nodes = new TreeMap<>();
        deaths.known().stream().filter(who -> !ENDED.contains(deaths.state(who, true)))
                .forEach(who -> nodes.put(who.incarnation(), who.node()));
        return nodes;
    }
}
