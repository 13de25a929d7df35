package org.mirrorlog.management;

import static akka.http.javadsl.server.PathMatchers.segment;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Allow;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Rejection;
import akka.http.javadsl.server.RejectionHandler;
import akka.http.javadsl.server.Route;
import akka.http.javadsl.unmarshalling.Unmarshaller;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mirrorlog.door.Caller;
import org.mirrorlog.door.CertifiedCaller;
import org.mirrorlog.health.EventKind;
import org.mirrorlog.health.News;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes that change something: POST with a JSON body of at most 4 KiB, over the operators' UNIX socket, or over
 * TLS with an operator's certificate. Each is logged with who asked, and how it was before and after.
 */
final class ActionRoutes extends AllDirectives {
    private static final Logger LOG = LoggerFactory.getLogger(ActionRoutes.class);
    private static final long MOST_BYTES = 4096;
    private static final int MOST_BOOT_IDS = 16;
    private static final long MOST_LEVEL_SECONDS = 86_400;

    private static final RejectionHandler UNREADABLE = RejectionHandler.newBuilder()
            .handle(Rejection.class, why -> Directives.complete(LogRoutes.error(StatusCodes.BAD_REQUEST,
                    "the body cannot be read; it is JSON of at most " + MOST_BYTES + " bytes")))
            .build();

    private final ManagementPort port;

    ActionRoutes(ManagementPort port) {
        this.port = port;
    }

    /** Rejects what is none of them. */
    Route routes() {
        return concat(
                path("deaths", () -> concat(
                        get(() -> actions(actions -> actions.deaths().thenApply(deaths -> Map.of("deaths", deaths)))),
                        change((who, body) -> actions(actions -> confirm(actions, who, body))))),
                path("backup", () -> forOperators(() -> actions(Actions::backup))),
                path("drain", () -> concat(
                        get(() -> actions(Actions::drained)),
                        change((who, body) -> drain(who, body.path("undo").asBoolean())))),
                path("resync", () -> get(() -> actions(Actions::resyncs))),
                path(segment("logs").slash(segment()).slash("resync"), name -> change((who, body) ->
                        actions(actions -> resync(actions, who, LogRoutes.uuid(name), body.path("order").asText())))),
                path("loglevel", () -> change((who, body) -> actions(actions -> setLogLevel(actions, who, body)))),
                path(segment("inside").slash(segment()), name -> forOperators(() -> inside(name))),
                path("nodes", () -> get(() -> actions(actions ->
                        actions.nodes().thenApply(nodes -> Map.of("nodes", nodes))))),
                path("unused", () -> get(() -> actions(Actions::unused))),
                path(segment("nodes").slash(segment()), name -> concat(
                        get(() -> actions(actions -> actions.candidates(name).thenApply(runs -> Map.of("runs", runs)))),
                        complete(LogRoutes.error(StatusCodes.METHOD_NOT_ALLOWED, "read only: GET is allowed")
                                .addHeader(Allow.create(HttpMethods.GET))))),
                path(segment("logs").slash(segment()).slash("adopt"), name -> change((who, body) ->
                        adopt(who, LogRoutes.uuid(name), body.path("evenIfHealthy").asBoolean()))),
                path(segment("logs").slash(segment()).slash("retire"), name -> concat(
                        get(() -> actions(actions -> actions.retirement(LogRoutes.uuid(name)))),
                        change((who, body) -> retire(who, LogRoutes.uuid(name))))));
    }

    private Route retire(Caller who, String uuid) {
        return actions(actions -> audited(who, "retire " + uuid, actions.retirement(uuid),
                () -> actions.retire(uuid).thenApply(done -> Map.of("retired", uuid))));
    }

    private Route adopt(Caller who, String uuid, boolean evenIfHealthy) {
        CompletionStage<?> before = port.views().<CompletionStage<?>>map(views -> views.one(uuid)
                        .thenApply(log -> log.<Object>map(view -> view).orElse("no log")))
                .orElseGet(() -> CompletableFuture.completedStage("not shown yet"));
        return actions(actions -> audited(who, "adopt " + uuid, before,
                () -> actions.adopt(uuid, evenIfHealthy).thenApply(done -> Map.of("adopted", uuid))));
    }

    private Route drain(Caller who, boolean isUndone) {
        return actions(actions -> audited(who, isUndone ? "undo the drain" : "drain", actions.drained(),
                () -> actions.drain(isUndone).thenApply(state -> state)));
    }

    private CompletionStage<Object> resync(Actions actions, Caller who, String uuid, String word) {
        Actions.Resync order = Stream.of(Actions.Resync.values())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(word)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("order: one of pause/resume/priority is needed"));
        return audited(who, "resync of " + uuid + ": " + word, actions.resyncs(),
                () -> actions.resync(uuid, order).thenApply(orders -> orders));
    }

    private CompletionStage<Object> setLogLevel(Actions actions, Caller who, JsonNode body) {
        String room = body.path("room").asText();
        String level = body.path("level").asText();
        long seconds = body.path("seconds").asLong();
        if (seconds < 1 || seconds > MOST_LEVEL_SECONDS) {
            throw new IllegalArgumentException("seconds: a number from 1 to " + MOST_LEVEL_SECONDS + " is needed");
        }
        return audited(who, "log level of " + room + " to " + level, CompletableFuture.completedStage("as it was"),
                () -> actions.setLogLevel(room, level, Duration.ofSeconds(seconds))
                        .thenApply(until -> Map.of("room", room, "level", level, "until", until)));
    }

    /** What any user of the machine need not see: threads, log lines, settings. */
    private Route forOperators(Supplier<Route> inner) {
        return get(() -> extractRequest(request -> {
            Optional<Caller> caller = request.getAttribute(RouteHandler.CALLER);
            return caller.isEmpty()
                    ? elsewhere("this is told to operators only, and not over TCP without a certificate that says so")
                    : caller.get().mayOperate() ? inner.get() : looksOnly(caller.get(), "this is told to");
        }));
    }

    private Route inside(String name) {
        Supplier<?> document = port.inside().get(name);
        return document == null ? complete(LogRoutes.error(StatusCodes.NOT_FOUND, "there is nothing of this name;"
                + " there are " + String.join(", ", port.inside().keySet())))
                : complete(LogRoutes.ok(document.get()));
    }

    private Route elsewhere(String why) {
        String where = port.operatorSocket();
        return complete(LogRoutes.error(StatusCodes.FORBIDDEN, why + "; use mirrorlogctl, or the UNIX socket "
                + where, Map.of("socket", where)));
    }

    /** Over plain TCP nobody knows who asks; a UNIX socket's peer is told by the kernel, another's by a certificate. */
    private Route change(BiFunction<Caller, JsonNode, Route> inner) {
        return concat(post(() -> handleRejections(UNREADABLE, () -> withSizeLimit(MOST_BYTES,
                        () -> extractRequest(request -> changeBy(request, inner))))),
                complete(LogRoutes.error(StatusCodes.METHOD_NOT_ALLOWED, "POST is needed for this")
                        .addHeader(Allow.create(HttpMethods.POST))));
    }

    private Route looksOnly(Caller who, String what) {
        return complete(LogRoutes.error(StatusCodes.FORBIDDEN, who + " may look only: " + what
                + " certificates whose subject has OU=" + CertifiedCaller.OPERATE));
    }

    private Route changeBy(HttpRequest request, BiFunction<Caller, JsonNode, Route> inner) {
        Optional<Caller> caller = request.getAttribute(RouteHandler.CALLER);
        if (caller.isEmpty()) {
            return elsewhere("changes are not taken over TCP, where any user can ask");
        }
        if (!caller.get().mayOperate()) {
            return looksOnly(caller.get(), "changes are taken from");
        }
        return request.entity().getContentType().equals(ContentTypes.APPLICATION_JSON)
                ? entity(Unmarshaller.entityToString(), text -> parsed(text, body -> inner.apply(caller.get(), body)))
                : complete(LogRoutes.error(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"));
    }

    /** One line and one event for each action: who, what, how it was before, and how it ended. */
    private CompletionStage<Object> audited(Caller who, String what, CompletionStage<?> before,
            Supplier<CompletionStage<Object>> action) {
        return before.handle((was, failure) -> failure == null ? LogRoutes.text(was)
                : "unknown (" + Why.text(failure) + ")")
                .thenCompose(was -> action.get().whenComplete((is, failure) -> {
                    LOG.warn("operator action: {} by {}; before: {}; {}", what, who, was,
                            failure == null ? "after: " + LogRoutes.text(is) : outcome(failure));
                    port.events().add(News.of(EventKind.OPERATOR_ACTION, who.toString(),
                            what + (failure == null ? ": done" : ": " + outcome(failure))));
                }));
    }

    private static String outcome(Throwable failure) {
        return (Why.isLate(failure) ? "" : "not done: ") + Why.text(failure);
    }

    private Route parsed(String text, Function<JsonNode, Route> inner) {
        try {
            return inner.apply(LogRoutes.JSON.readTree(text.isBlank() ? "{}" : text));
        } catch (JsonProcessingException e) {
            return complete(LogRoutes.error(StatusCodes.BAD_REQUEST, "the body is no JSON: " + e.getOriginalMessage()));
        }
    }

    private CompletionStage<Object> confirm(Actions actions, Caller who, JsonNode body) {
        List<String> bootIds = new ArrayList<>();
        body.path("bootIds").forEach(id -> bootIds.add(id.asText()));
        if (bootIds.isEmpty() || bootIds.size() > MOST_BOOT_IDS || bootIds.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("bootIds: a list of 1 to " + MOST_BOOT_IDS + " boot ids is needed");
        }
        boolean isPowerOff = body.path("powerIsOff").asBoolean();
        return audited(who, "declare dead " + bootIds + (isPowerOff ? ", whose machine is off" : ""), actions.deaths(),
                () -> actions.confirmDeath(bootIds, isPowerOff).thenApply(deaths -> Map.of("deaths", deaths)));
    }

    private Route actions(Function<Actions, CompletionStage<?>> answer) {
        Optional<Actions> actions = port.actions();
        if (actions.isEmpty()) {
            return complete(LogRoutes.error(StatusCodes.SERVICE_UNAVAILABLE, "the node is starting"));
        }
        return guarded(() -> completeWithFuture(answer.apply(actions.get())
                .thenApply(document -> LogRoutes.ok(document)).exceptionally(ActionRoutes::failed)));
    }

    private Route guarded(Supplier<Route> route) {
        try {
            return route.get();
        } catch (IllegalArgumentException e) {
            return complete(LogRoutes.error(StatusCodes.BAD_REQUEST, e.getMessage()));
        }
    }

    private static HttpResponse failed(Throwable failure) {
        if (Why.cause(failure) instanceof ActionRefusedException refused) {
            return LogRoutes.error(StatusCodes.get(refused.status()), refused.getMessage());
        }
        LOG.warn("an action asked for over HTTP failed: {}", Why.text(failure));
        return LogRoutes.error(StatusCodes.SERVICE_UNAVAILABLE, Why.isLate(failure)
                ? "no answer in time; it may yet be done: look before you ask again"
                : "not done, ask again: " + Why.text(failure));
    }
}
