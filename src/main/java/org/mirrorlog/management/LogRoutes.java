package org.mirrorlog.management;

import static akka.http.javadsl.server.PathMatchers.segment;

import akka.actor.ExtendedActorSystem;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.Allow;
import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import akka.management.javadsl.ManagementRouteProvider;
import akka.management.javadsl.ManagementRouteProviderSettings;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mirrorlog.door.HttpReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes under {@code /mirrorlog}: health, logs and counters as JSON, read only, and what {@link ActionRoutes}
 * adds. Akka Management creates this class by the name in {@code akka.management.http.routes}.
 *
 * <p>Every answer is a JSON document; errors are such as RFC 9457 has them: 404 for an unknown log or path, 405 for any
 * method but GET and HEAD (POST, for actions), 503 before the node shows logs or when they cannot be read now.
 */
public final class LogRoutes extends AllDirectives implements ManagementRouteProvider {
    private static final Logger LOG = LoggerFactory.getLogger(LogRoutes.class);
    static final ObjectMapper JSON = new ObjectMapper();
    private static final ContentType PROBLEM = ContentTypes.parse(HttpReply.PROBLEM);

    private final ManagementPort port;
    private final ActionRoutes actions;

    /** Called by Akka Management. */
    public LogRoutes(ExtendedActorSystem system) {
        port = ManagementPort.get(system);
        actions = new ActionRoutes(port);
    }

    @Override
    public Route routes(ManagementRouteProviderSettings settings) {
        return pathPrefix("mirrorlog", () -> concat(actions.routes(), readOnly(() -> concat(
                path("logs", () -> logs(views -> views.all().thenApply(LogRoutes::ok))),
                path(segment("logs").slash(segment()), name -> log(uuid(name))),
                path(segment("logs").slash(segment()).slash("map"), name -> map(uuid(name))),
                path("names", () -> logs(views -> views.names().thenApply(LogRoutes::ok))),
                path("requests", () -> logs(views -> views.requests().thenApply(LogRoutes::ok))),
                path("health", () -> complete(ok(HealthView.of(port.health())))),
                path("counters", () -> complete(ok(port.counters()))),
                complete(error(StatusCodes.NOT_FOUND,
                        "no such page; there are /mirrorlog/health, /mirrorlog/logs, /mirrorlog/logs/{uuid}[/map],"
                                + " /mirrorlog/names, /mirrorlog/requests, /mirrorlog/events, /mirrorlog/counters,"
                                + " /mirrorlog/unused, /mirrorlog/drain, /mirrorlog/resync, /mirrorlog/backup,"
                                + " /mirrorlog/deaths,"
                                + " /mirrorlog/nodes and /mirrorlog/nodes/{name}"))))));
    }

    private Route log(String uuid) {
        return logs(views -> views.one(uuid).thenApply(found -> found.map(LogRoutes::one)
                .orElseGet(() -> error(StatusCodes.NOT_FOUND, "no log with uuid " + uuid + " on this node"))));
    }

    private Route map(String uuid) {
        return parameterMap(asked -> {
            try {
                MapView.Part part = new MapView.Part(number(asked, "from", 0, Long.MAX_VALUE),
                        number(asked, "to", 0, Long.MAX_VALUE), (int) number(asked, "cells", 256, MapView.MOST_CELLS));
                return logs(views -> views.map(uuid, part).thenApply(found -> found.map(LogRoutes::ok)
                        .orElseGet(() -> error(StatusCodes.NOT_FOUND, "no log with uuid " + uuid + " on this node"))));
            } catch (IllegalArgumentException e) {
                return complete(error(StatusCodes.BAD_REQUEST, e.getMessage()));
            }
        });
    }

    private static long number(Map<String, String> asked, String name, long usual, long most) {
        String text = asked.getOrDefault(name, String.valueOf(usual));
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As good as one out of range.
        }
        throw new IllegalArgumentException(name + "=" + text + ": must be a number from 0 to " + most);
    }

    /**
     * The log that a part of a path names. The names of one and of two dots are not to be had in a path, however they
     * are written; U+2024 and U+2025, which no name of a log contains, stand for them.
     */
    static String uuid(String segment) {
        return segment.equals("\u2024") ? "." : segment.equals("\u2025") ? ".." : segment;
    }

    private Route readOnly(Supplier<Route> inner) {
        return extractMethod(method -> {
            if (HttpMethods.GET.equals(method) || HttpMethods.HEAD.equals(method)) {
                return inner.get();
            }
            return complete(error(StatusCodes.METHOD_NOT_ALLOWED, "read only: GET and HEAD are allowed")
                    .addHeader(Allow.create(HttpMethods.GET, HttpMethods.HEAD)));
        });
    }

    private Route logs(Function<LogViews, CompletionStage<HttpResponse>> answer) {
        Optional<LogViews> views = port.views();
        if (views.isEmpty()) {
            return complete(error(StatusCodes.SERVICE_UNAVAILABLE, "the node is starting"));
        }
        return completeWithFuture(answer.apply(views.get()).exceptionally(LogRoutes::unavailable));
    }

    private static HttpResponse one(LogView log) {
        return log.silent() == null ? ok(log) : error(StatusCodes.SERVICE_UNAVAILABLE, "log " + log.uuid()
                + " cannot be read now: its owner has been silent since " + log.silent().since() + ": "
                + log.silent().why() + (log.trouble() == null ? "" : "; " + log.trouble().why() + " ("
                + log.trouble().count() + " times since " + log.trouble().since() + ")"));
    }

    private static HttpResponse unavailable(Throwable failure) {
        Throwable cause = Why.cause(failure);
        if (cause instanceof IllegalArgumentException) {
            return error(StatusCodes.BAD_REQUEST, cause.getMessage());
        }
        LOG.warn("logs cannot be shown now: {}", Why.text(cause));
        return error(StatusCodes.SERVICE_UNAVAILABLE, "logs cannot be read now: " + Why.text(cause));
    }

    static HttpResponse ok(Object document) {
        try {
            return HttpResponse.create().withEntity(ContentTypes.APPLICATION_JSON, JSON.writeValueAsBytes(document));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records of this room always have a JSON form", e);
        }
    }

    static HttpResponse error(StatusCode status, String message) {
        return error(status, message, Map.of());
    }

    static HttpResponse error(StatusCode status, String message, Map<String, String> more) {
        return HttpResponse.create().withStatus(status)
                .withEntity(PROBLEM, HttpReply.error(status.intValue(), String.valueOf(message), more).body());
    }

    /** A document as one line for people. */
    static String text(Object document) {
        try {
            return JSON.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            return String.valueOf(document);
        }
    }
}
