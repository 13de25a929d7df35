package org.mirrorlog.membership;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.Uri;
import akka.http.javadsl.server.directives.RouteAdapter;
import akka.management.cluster.bootstrap.ClusterBootstrap;
import akka.management.scaladsl.ManagementRouteProviderSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Limits;
import org.mirrorlog.door.Request;
import org.mirrorlog.management.RouteHandler;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;

/**
 * Where nodes that look for the cluster learn whether this one is in it, and of whom it consists (Akka Cluster
 * Bootstrap). It has a port of its own, for it has to be reached from other machines, which the management endpoints
 * must not be.
 */
final class ContactPoint {
    private static final int HTTP_FORBIDDEN = 403;

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
            Door door = Door.open(new InetSocketAddress(host, discovery.port()), Limits.USUAL,
                    new Door.Pages(ContactPoint::refusal, new RouteHandler(system.classicSystem(), route)),
                    System::nanoTime);
            system.getWhenTerminated().thenRun(door::close);
        } catch (IOException | UnresolvedAddressException e) {
            throw new StartException("mirrorlog.cluster.discovery.port: cannot listen at " + self + ": " + e, e);
        }
        bootstrap.start();
    }

    /** Nodes ask for each other by names of all sorts; browsers have no business here. */
    private static Optional<HttpReply> refusal(Request request) {
        return request.header("origin").map(page -> HttpReply.error(HTTP_FORBIDDEN, "pages are not answered"));
    }
}
