package org.mirrorlog;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.model.Uri;
import akka.http.javadsl.server.directives.RouteAdapter;
import akka.management.cluster.bootstrap.ClusterBootstrap;
import akka.management.scaladsl.ManagementRouteProviderSettings;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/**
 * Where nodes that look for the cluster learn whether this one is in it, and of whom it consists (Akka Cluster
 * Bootstrap). It has a port of its own, for it has to be reached from other machines, which the management endpoints
 * must not be.
 */
final class ContactPoint {
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);

    private ContactPoint() {
    }

    /**
     * Opens it until the actor system ends, and joins the cluster that others tell of, or starts one with them.
     *
     * @throws StartException the port cannot be listened at
     */
    static void join(ActorSystem<?> system, String host, ClusterSettings.Discovery discovery) throws StartException {
        ClusterBootstrap bootstrap = ClusterBootstrap.get(system.classicSystem());
        Uri self = Uri.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + discovery.port());
        RouteAdapter route =
                new RouteAdapter(bootstrap.routes(ManagementRouteProviderSettings.apply(self.asScala(), true)));
        try {
            ServerBinding binding = Http.get(system).newServerAt(host, discovery.port()).bind(route)
                    .toCompletableFuture().join();
            binding.addToCoordinatedShutdown(LAST_ANSWERS, system);
        } catch (CompletionException e) {
            throw new StartException("mirrorlog.cluster.discovery.port: cannot listen at " + self + ": "
                    + e.getCause(), e);
        }
        bootstrap.start();
    }
}
