package org.mirrorlog.daemon;

import akka.actor.typed.ActorSystem;
import java.time.Duration;
import java.util.function.BiFunction;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.operations.ClusterHealth;
import org.mirrorlog.operations.HealthWatch;
import org.mirrorlog.operations.LocalLogs;
import org.mirrorlog.operations.LogLevels;
import org.mirrorlog.operations.NodeStakes;
import org.mirrorlog.operations.OperatorActions;
import org.mirrorlog.operations.ResyncOrders;
import org.mirrorlog.operations.StoppedNodes;
import org.mirrorlog.operations.TableHealth;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.settings.Settings;

/** What a running service shows to operators and takes from them; last stage of its start. */
final class ServicePages {
    /** Longer than thousands of owners take to start, shorter than who asks by HTTP waits. */
    private static final Duration ASK_OWNERS = Duration.ofSeconds(3);

    private ServicePages() {
    }

    /** Shows all of it; returns who watches over its health. */
    static HealthWatch show(Ground ground, MachineParts machine, OwnerParts parts, LogService service) {
        Settings settings = ground.settings();
        ActorSystem<Void> system = ground.system();
        ManagementPort management = ground.management();
        LogSharding owners = parts.tables().owners();
        NodeStakes stakes = new NodeStakes(ground.journal(), owners, service::tables);
        StoppedNodes stopped = StoppedNodes.watch(system, parts.deaths(), stakes);
        OperatorActions actions = new OperatorActions(settings.nodeName(),
                new OperatorActions.Nodes(parts.deaths(), stakes, stopped), owners,
                new OperatorActions.Passing(new LogLevels((delay, task) -> system.scheduler().scheduleOnce(delay,
                        GoesOn.task("who ends what a room says for a while", task), system.executionContext()),
                        System::currentTimeMillis), ResyncOrders.start(system, stakes, owners),
                        ground.journal().id().toString(), settings.insteadOfBackup()));
        management.act(actions);
        RetirementSweep.start(system, ground.journal(), owners.retirements(), settings);
        looks(management, settings.kernel().bootId(), service);
        BiFunction<String, Long, LogDevices.Look> look =
                (uuid, luid) -> machine.devices().look(uuid, new InstanceId(settings.kernel().bootId(), luid));
        management.show(new LocalLogs(settings.nodeName(), settings.kernel().bootId(), new LocalLogs.Sources(
                service::tables, uuid -> owners.inspect(uuid, LogService.VIEW_TIMEOUT), look, owners::trouble,
                service.times().flushes(), ASK_OWNERS), System::currentTimeMillis));
        ClusterHealth cluster = new ClusterHealth(system, parts.deaths(), stopped, service::isDeclaredDead);
        return HealthWatch.start(system, new HealthWatch.Sources(new TableHealth(look)::of, actions::nodes,
                cluster::look, cluster::nodes, ground.journal()::problem, machine.heard()::trouble), settings);
    }

    /** Whether it lives and is ready. */
    private static void looks(ManagementPort management, String bootId, LogService service) {
        management.readyWhen("this node " + NodeState.DEAD.says() + " (boot id " + bootId
                + "): not served before its machine has booted again", () -> !service.isDeclaredDead());
        management.aliveWhen("receive loop", service::isReceiving);
        management.aliveWhen("kernel bridge", service::hasPulse);
        management.readyWhen("the kernel's socket is not listened at", service::isReceiving);
        management.count("kernel", service::datagrams);
    }
}
