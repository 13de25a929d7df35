package org.mirrorlog.management;

import akka.actor.ActorSystem;
import akka.management.javadsl.AkkaManagement;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.mirrorlog.door.Caller;
import org.mirrorlog.door.CertifiedCaller;
import org.mirrorlog.door.Door;
import org.mirrorlog.door.Feed;
import org.mirrorlog.door.Handler;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Limits;
import org.mirrorlog.door.OperatorDoor;
import org.mirrorlog.door.OwnNames;
import org.mirrorlog.door.Request;

/** Everything that is shown over HTTP, and who may ask for it. */
public final class ManagementDoor {
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US).withZone(ZoneOffset.UTC);

    private static final String METRICS = "/metrics";

    private final ManagementPort port;
    private final OwnNames names;
    private final OwnNames secureNames;
    private final Probes probes;
    private final Dashboard dashboard = new Dashboard();
    private final OpenApi openApi = new OpenApi();
    private final Handler routes;
    private final Metrics metrics;
    private final EventPages events;
    private final LongSupplier wallClockMs;

    /**
     * @param ownNames by which this machine may be asked, beside loopback addresses
     * @param wallClockMs what answers are dated by, in milliseconds since 1970; nothing else depends on it
     */
    public ManagementDoor(ActorSystem system, Collection<String> ownNames, LongSupplier wallClockMs) {
        this.wallClockMs = wallClockMs;
        names = new OwnNames(ownNames, "http");
        secureNames = new OwnNames(ownNames, "https");
        port = ManagementPort.get(system);
        probes = new Probes(port);
        metrics = new Metrics(port, system.dispatcher());
        events = new EventPages(port, system.dispatcher());
        routes = new RouteHandler(system, AkkaManagement.get(system).getRoutes());
    }

    /**
     * Listens until it is closed.
     *
     * @param clockNs never goes back
     * @throws IOException the address is in use, or is not ours
     */
    public Door open(InetSocketAddress where, LongSupplier clockNs) throws IOException {
        return Door.open(where, Limits.USUAL, new Door.Pages(this::atOnce, this::feed, this::later), clockNs);
    }

    /**
     * Listens over TLS until it is closed, to whom a certificate gives the right to look; takes orders from operators.
     *
     * @param engines see {@link Door.Place}
     * @param clockNs never goes back
     * @throws IOException the address is in use, or is not ours
     */
    public Door openOverTls(InetSocketAddress where, Supplier<SSLEngine> engines, LongSupplier clockNs)
            throws IOException {
        return Door.open(new Door.Place(where, Limits.USUAL, Optional.of(engines)),
                new Door.Pages(this::atOnceOverTls, this::feed, this::later), clockNs);
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

    private Optional<HttpReply> atOnce(Request request) {
        return names.refusal(request).or(() -> shown(request)).map(this::dated);
    }

    private Optional<HttpReply> atOnceOverTls(Request request) {
        return secureNames.refusal(request).or(() -> withoutRight(request)).or(() -> shown(request)).map(this::dated);
    }

    private Optional<HttpReply> shown(Request request) {
        return probes.answer(request).or(() -> dashboard.answer(request)).or(() -> openApi.answer(request));
    }

    /** A certificate of the authority alone gives no right: nodes have one, too. */
    private static Optional<HttpReply> withoutRight(Request request) {
        return request.caller().filter(Caller::mayObserve).isPresent() ? Optional.empty()
                : Optional.of(HttpReply.error(403, request.caller().map(Caller::toString).orElse("whoever asks")
                        + " has no right here: its subject has neither OU=" + CertifiedCaller.OBSERVE + " nor OU="
                        + CertifiedCaller.OPERATE));
    }

    private Optional<Feed> feed(Request request) {
        return events.feed(request).map(feed -> new Feed(dated(feed.head()), feed.pieces(), feed.signOfLife()));
    }

    private CompletionStage<HttpReply> later(Request request) {
        boolean isMeasuring = METRICS.equals(request.path());
        return (isMeasuring ? metrics.answer(request) : EventPages.isAsked(request) ? events.answer(request)
                : routes.handle(request)).thenApply(this::dated);
    }

    private HttpReply dated(HttpReply reply) {
        return reply.with("Date", HTTP_DATE.format(Instant.ofEpochMilli(wallClockMs.getAsLong())));
    }

    /** For a request from within the machine, whose caller is known. */
    private CompletableFuture<HttpReply> handle(Request request) {
        return atOnce(request).map(CompletableFuture::completedFuture)
                .orElseGet(() -> later(request).toCompletableFuture());
    }
}
