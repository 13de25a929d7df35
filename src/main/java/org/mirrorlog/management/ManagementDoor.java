package org.mirrorlog.management;

import akka.actor.ActorSystem;
import akka.management.javadsl.AkkaManagement;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.Handler;
import org.mirrorlog.door.Limits;
import org.mirrorlog.door.OperatorDoor;
import org.mirrorlog.door.OwnNames;
import org.mirrorlog.door.Reply;
import org.mirrorlog.door.Request;

/** Everything that is shown over HTTP, and who may ask for it. */
public final class ManagementDoor {
    private final ManagementPort port;
    private final OwnNames names;
    private final Probes probes;
    private final Handler routes;

    /**
     * @param ownNames by which this machine may be asked, beside loopback addresses
     */
    public ManagementDoor(ActorSystem system, Collection<String> ownNames) {
        names = new OwnNames(ownNames);
        port = ManagementPort.get(system);
        probes = new Probes(port);
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

    /**
     * Takes orders at a UNIX socket until it is closed; everything that is shown can be asked for there, too.
     *
     * @param group whose members may give them, beside root and our own user
     * @param clockNs never goes back
     * @throws IOException it cannot be bound there, or there is no such group
     */
    public OperatorDoor openForOperators(Path path, Optional<String> group, LongSupplier clockNs) throws IOException {
        OperatorDoor door = OperatorDoor.open(path, group, this::handle, clockNs);
        port.takeOrdersAt(path.toString());
        return door;
    }

    private Optional<Reply> atOnce(Request request) {
        return names.refusal(request).or(() -> probes.answer(request));
    }

    /** For a request from within the machine, whose caller is known. */
    private CompletableFuture<Reply> handle(Request request) {
        return atOnce(request).map(CompletableFuture::completedFuture)
                .orElseGet(() -> routes.handle(request).toCompletableFuture());
    }
}
