package org.mirrorlog.management;

import akka.actor.ActorSystem;
import akka.management.javadsl.AkkaManagement;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.Handler;
import org.mirrorlog.door.Limits;
import org.mirrorlog.door.OwnNames;
import org.mirrorlog.door.Reply;
import org.mirrorlog.door.Request;

/** Everything that is shown over HTTP, and who may ask for it. */
public final class ManagementDoor {
    private final OwnNames names;
    private final Probes probes;
    private final Handler routes;

    /**
     * @param ownNames by which this machine may be asked, beside loopback addresses
     */
    public ManagementDoor(ActorSystem system, Collection<String> ownNames) {
        names = new OwnNames(ownNames);
        probes = new Probes(ManagementPort.get(system));
        routes = new RouteHandler(system, AkkaManagement.get(system).getRoutes());
    }

    /**
     * Listens until it is closed.
     *
     * @param clockNs never goes back
     * @throws IOException the address is in use, or is not ours
     */
    public Door open(InetSocketAddress where, LongSupplier clockNs) throws IOException {
        return Door.open(where, Limits.USUAL, new Door.Pages(this::atOnce, routes), clockNs);
    }

    private Optional<Reply> atOnce(Request request) {
        return names.refusal(request).or(() -> probes.answer(request));
    }

    /** For a request from within the machine, whose caller is known. */
    CompletableFuture<Reply> handle(Request request) {
        return atOnce(request).map(CompletableFuture::completedFuture)
                .orElseGet(() -> routes.handle(request).toCompletableFuture());
    }
}
