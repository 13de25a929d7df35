package org.mirrorlog.management;

import static akka.http.javadsl.server.PathMatchers.segment;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpMethods;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes that change something: POST with a JSON body of at most 4 KiB, so that no web page can send them from a
 * browser on this machine. Each is logged.
 */
final class ActionRoutes extends AllDirectives {
    private static final Logger LOG = LoggerFactory.getLogger(ActionRoutes.class);
    private static final long MOST_BYTES = 4096;
    private static final int MOST_BOOT_IDS = 16;

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
                        change(body -> actions(actions -> confirm(actions, body))))),
                path(segment("nodes").slash(segment()), name -> concat(
                        get(() -> actions(actions -> actions.candidates(name).thenApply(runs -> Map.of("runs", runs)))),
                        complete(LogRoutes.error(StatusCodes.METHOD_NOT_ALLOWED, "read only: GET is allowed")
                                .addHeader(Allow.create(HttpMethods.GET))))),
                path(segment("logs").slash(segment()).slash("adopt"), name -> change(body -> adopt(LogRoutes.uuid(name),
                        body.path("evenIfHealthy").asBoolean()))),
                path(segment("logs").slash(segment()).slash("retire"), name -> concat(
                        get(() -> actions(actions -> actions.retirement(LogRoutes.uuid(name)))),
                        change(body -> retire(LogRoutes.uuid(name))))));
    }

    private Route retire(String uuid) {
        return actions(actions -> actions.retire(uuid).thenApply(done -> Map.of("retired", uuid)));
    }

    private Route adopt(String uuid, boolean evenIfHealthy) {
        return actions(actions -> actions.adopt(uuid, evenIfHealthy).thenApply(done -> Map.of("adopted", uuid)));
    }

    private Route change(Function<JsonNode, Route> inner) {
        return concat(post(() -> handleRejections(UNREADABLE, () -> withSizeLimit(MOST_BYTES,
                        () -> extractRequest(request ->
                                request.entity().getContentType().equals(ContentTypes.APPLICATION_JSON)
                                        ? entity(Unmarshaller.entityToString(), text -> parsed(text, inner))
                                        : complete(LogRoutes.error(StatusCodes.UNSUPPORTED_MEDIA_TYPE,
                                                "the body must be application/json")))))),
                complete(LogRoutes.error(StatusCodes.METHOD_NOT_ALLOWED, "POST is needed for this")
                        .addHeader(Allow.create(HttpMethods.POST))));
    }

    private Route parsed(String text, Function<JsonNode, Route> inner) {
        try {
            return inner.apply(LogRoutes.JSON.readTree(text.isBlank() ? "{}" : text));
        } catch (JsonProcessingException e) {
            return complete(LogRoutes.error(StatusCodes.BAD_REQUEST, "the body is no JSON: " + e.getOriginalMessage()));
        }
    }

    private static CompletionStage<Object> confirm(Actions actions, JsonNode body) {
        List<String> bootIds = new ArrayList<>();
        body.path("bootIds").forEach(id -> bootIds.add(id.asText()));
        if (bootIds.isEmpty() || bootIds.size() > MOST_BOOT_IDS || bootIds.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("bootIds: a list of 1 to " + MOST_BOOT_IDS + " boot ids is needed");
        }
        LOG.warn("asked over HTTP to declare dead: {}", bootIds);
        return actions.confirmDeath(bootIds).thenApply(deaths -> Map.of("deaths", deaths));
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
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause() : failure;
        if (cause instanceof ActionRefusedException refused) {
            return LogRoutes.error(StatusCodes.get(refused.status()), refused.getMessage());
        }
        LOG.warn("an action asked for over HTTP failed: {}", cause.toString());
        return LogRoutes.error(StatusCodes.SERVICE_UNAVAILABLE, "not done, ask again: " + cause.getMessage());
    }
}
