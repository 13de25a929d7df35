package org.mirrorlog.daemon;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;
import akka.management.AkkaManagementSettings;
import akka.management.javadsl.AkkaManagement;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.OperatorDoor;
import org.mirrorlog.health.EventBook;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.management.ManagementDoor;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.membership.ClusterKeeper;
import org.mirrorlog.membership.LivingCluster;
import org.mirrorlog.membership.Membership;
import org.mirrorlog.membership.TlsEngines;
import org.mirrorlog.membership.TlsFiles;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartPart;
import org.mirrorlog.settings.DoorSettings;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/**
 * The actor system as a cluster member with its management endpoint: what carries the logs, knowing nothing of them.
 *
 * <p>Started and stopped by one thread, which waits.
 */
final class Node implements AutoCloseable {
    private static final String SYSTEM = "mirrorlog";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /**
     * After the last phase of the coordinated shutdown, which has a limit of its own: the kernel waits for the next
     * start.
     */
    private static final Duration LAST_PATIENCE = Duration.ofSeconds(1);

    private final ActorSystem<Void> system;
    private final CompletableFuture<LivingCluster> outlived = new CompletableFuture<>();
    private URI management;
    private Door door;
    private URI managementOverTls;
    private Door doorOverTls;
    private OperatorDoor operators;

    private Node(ActorSystem<Void> system) {
        this.system = system;
    }

    /**
     * Starts the actor system and binds management, so that a port in use is found before any log is touched.
     *
     * @param former boot ids of earlier runs of this machine's kernel, which are over (D16)
     * @throws StartException the port is in use, or the actor system refuses its settings
     */
    static Node start(Settings settings, List<String> former) throws StartException {
        if (settings.cluster().tls().isPresent()) {
            TlsFiles.check(settings.cluster().tls().get(), Instant.now());
        }
        Node node;
        try {
            node = new Node(ActorSystem.create(Behaviors.empty(), SYSTEM, settings.ofActorSystem(former)));
        } catch (Exception e) {
            // Scala throws checked exceptions too: one that gets away leaves a process that neither serves nor ends.
            throw new StartException("the actor system does not start: " + e.getMessage(), e);
        }
        try {
            node.bindManagement(settings);
            return node;
        } catch (StartException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private void bindManagement(Settings settings) throws StartException {
        AkkaManagementSettings where = AkkaManagement.get(system).settings();
        String host = where.getHttpEffectiveBindHostname();
        int port = where.getHttpEffectiveBindPort();
        List<String> names = new ArrayList<>(settings.doors().names());
        names.addAll(List.of(settings.nodeName(), MachineIdentity.current().hostname()));
        settings.doors().tls().ifPresent(tls -> names.addAll(List.of(literal(tls.host()),
                literal(settings.cluster().host()))));
        ManagementPort.get(system.classicSystem()).keepEvents(new EventBook(System::currentTimeMillis));
        try {
            ManagementDoor shown = new ManagementDoor(system.classicSystem(), names, System::currentTimeMillis);
            openForOperators(shown, settings.doors());
            door = shown.open(new InetSocketAddress(host, port), System::nanoTime);
            if (!door.address().getAddress().isLoopbackAddress()) {
                throw new StartException("akka.management.http.bind-hostname: " + host + " is not a loopback address,"
                        + " and the endpoints know no authentication");
            }
            management = URI.create("http://" + literal(host) + ":" + door.address().getPort());
            openOverTls(shown, settings);
        } catch (IOException | UnresolvedAddressException e) {
            throw notBound("akka.management.http.port: " + host + ":" + port, e);
        }
    }

    private static StartException notBound(String what, Exception e) {
        String why = e instanceof BindException ? "is in use or not ours (" + e.getMessage() + ")" : e.toString();
        return new StartException(what + " " + why + "; give a free port, or 0 for any", e);
    }

    /** As it stands in a URI. */
    private static String literal(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private void openOverTls(ManagementDoor shown, Settings settings) throws StartException {
        if (settings.doors().tls().isEmpty()) {
            return;
        }
        DoorSettings.OverTls where = settings.doors().tls().get();
        try {
            doorOverTls = shown.openOverTls(new InetSocketAddress(where.host(), where.port()),
                    new TlsEngines(settings.cluster().tls().orElseThrow(), System::nanoTime), System::nanoTime);
            managementOverTls = URI.create("https://" + literal(where.host()) + ":" + doorOverTls.address().getPort());
            system.log().info("management over TLS at {}", managementOverTls);
        } catch (IOException | UnresolvedAddressException e) {
            throw notBound("mirrorlog.management.tls.port: " + where.host() + ":" + where.port(), e);
        }
    }

    /** Mirrors do not need it: a daemon that served none because of it would do more harm. */
    private void openForOperators(ManagementDoor shown, DoorSettings settings) {
        try {
            operators = shown.openForOperators(settings.socket(), settings.group(), System::nanoTime);
        } catch (IOException | RuntimeException e) {
            system.log().error("mirrorlog.operator: nobody can declare a node dead or adopt a log at this daemon,"
                    + " for {} cannot be listened at: {}", settings.socket(), e.toString());
        }
    }

    /**
     * Joins the cluster (the node itself, where it is alone) and waits until the member is Up, for as long as it must.
     *
     * @param row in which clusters of this journal say that they live, if it has one
     * @throws StartException the cluster refuses it, or has a node of the same name or incarnation
     */
    void join(Settings settings, Optional<ClusterRow> row) throws StartException {
        new Membership(system, settings).join(row);
        if (row.isPresent() && !settings.cluster().isAlone()) {
            ClusterKeeper.start(system, row.get(), outlived::complete);
        }
    }

    /** Calls back once the journal says that another cluster goes on, or this one without this node. */
    void whenOutlived(Consumer<LivingCluster> told) {
        outlived.thenAccept(told);
    }

    /** Calls back once this node is no member any more, because it leaves or because the cluster has removed it. */
    void whenRemoved(Runnable told) {
        Cluster.get(system).registerOnMemberRemoved(told);
    }

    boolean isUp() {
        return MemberStatus.up().equals(Cluster.get(system).selfMember().status());
    }

    ActorSystem<Void> system() {
        return system;
    }

    /** At which others are to reach this node: remoting, and what else is on of those that {@link Listeners} names. */
    Set<Integer> ports(Settings settings) {
        Set<Integer> ports = new TreeSet<>();
        String bound = settings.config().getString("akka.remote.artery.bind.port");
        ports.add(bound.isEmpty() ? Cluster.get(system).selfMember().address().getPort().orElse(0)
                : Integer.parseInt(bound));
        settings.cluster().discovery().ifPresent(discovery -> ports.add(discovery.port()));
        settings.journalPort().ifPresent(ports::add);
        managementOverTls().ifPresent(where -> ports.add(where.getPort()));
        return ports;
    }

    /** Where management listens. */
    URI management() {
        return management;
    }

    /** Where management listens over TLS, if it does. */
    Optional<URI> managementOverTls() {
        return Optional.ofNullable(managementOverTls);
    }

    /** Runs the coordinated shutdown to its end. Idempotent. */
    @Override
    public void close() {
        if (door != null) {
            door.close();
        }
        if (doorOverTls != null) {
            doorOverTls.close();
        }
        if (operators != null) {
            operators.close();
        }
        try {
            StartPart.await(CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.actorSystemTerminateReason()),
                    PATIENCE);
            StartPart.await(system.getWhenTerminated(), LAST_PATIENCE);
        } catch (ExecutionException | TimeoutException e) {
            system.log().warn("the actor system did not stop in order: {}", StartPart.rootCause(e).toString());
        }
    }
}
