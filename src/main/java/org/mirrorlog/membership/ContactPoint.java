package org.mirrorlog.membership;

import akka.actor.typed.ActorSystem;
import akka.discovery.Lookup;
import akka.discovery.ServiceDiscovery;
import akka.http.javadsl.model.Uri;
import akka.http.javadsl.server.directives.RouteAdapter;
import akka.management.cluster.bootstrap.ClusterBootstrap;
import akka.management.cluster.bootstrap.ClusterBootstrapSettings;
import akka.management.scaladsl.ManagementRouteProviderSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.Limits;
import org.mirrorlog.management.RouteHandler;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/**
 * Where nodes that look for the cluster learn whether this one is in it, and of whom it consists (Akka Cluster
 * Bootstrap). It has a port of its own, for it has to be reached from other machines, which the management endpoints
 * must not be.
 */
final class ContactPoint {
    private static final Duration LOOKUP_TIME = Duration.ofSeconds(3);

    private ContactPoint() {
    }

    /**
     * Opens it until the actor system ends, and joins the cluster that others tell of, or starts one with them.
     *
     * @throws StartException the port cannot be listened at
     */
    static void join(ActorSystem<?> system, Settings settings) throws StartException {
        ClusterBootstrap bootstrap = ClusterBootstrap.get(system.classicSystem());
        String host = settings.cluster().host();
        ClusterSettings.Discovery discovery = settings.cluster().discovery().orElseThrow();
        Uri self = Uri.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + discovery.port());
        RouteAdapter route =
                new RouteAdapter(bootstrap.routes(ManagementRouteProviderSettings.apply(self.asScala(), true)));
        List<String> own = new ArrayList<>(settings.doors().names());
        own.addAll(List.of(host, settings.nodeName(), MachineIdentity.current().hostname()));
        ContactNames names = new ContactNames(own, () -> nodes(system, bootstrap), System::nanoTime);
        try {
            Door door = Door.open(new InetSocketAddress(host, discovery.port()), Limits.USUAL,
                    new Door.Pages(names::refusal, names.before(new RouteHandler(system.classicSystem(), route))),
                    System::nanoTime);
            system.getWhenTerminated().thenRun(door::close);
        } catch (IOException | UnresolvedAddressException e) {
            throw new StartException("mirrorlog.cluster.discovery.port: cannot listen at " + self + ": " + e, e);
        }
        bootstrap.start();
    }

    /** As the others find them, and name them when they ask. */
    private static CompletionStage<Collection<String>> nodes(ActorSystem<?> system, ClusterBootstrap bootstrap) {
        ClusterBootstrapSettings.contactPointDiscovery$ of = bootstrap.settings().contactPointDiscovery();
        Lookup service = Lookup.apply(of.effectiveName(system.classicSystem()), of.portName(), of.protocol());
        return bootstrap.discovery().lookup(service, LOOKUP_TIME).thenApply(found -> found.getAddresses().stream()
                .map(ServiceDiscovery.ResolvedTarget::host).collect(Collectors.toSet()));
    }
}
