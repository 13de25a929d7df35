package org.mirrorlog.management;

import akka.actor.ActorSystem;
import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Route;
import akka.http.scaladsl.model.IllegalUriException;
import akka.japi.function.Function;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.door.Caller;
import org.mirrorlog.door.Handler;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Request;

/**
 * Akka's routes behind a door of ours: Akka HTTP's own port has no bound on the time that a request may take to arrive,
 * so that a hundred connections that say nothing close it. HEAD is answered like GET, without the body.
 */
public final class RouteHandler implements Handler {
    /** Of requests whose caller is known. */
    static final AttributeKey<Caller> CALLER = AttributeKey.create("mirrorlog-caller", Caller.class);

    private static final long MOST_ANSWER_MS = 5_000;
    private static final int FIRST_ERROR = 400;

    private final ActorSystem system;
    private final Function<HttpRequest, CompletionStage<HttpResponse>> routes;

    /** What these routes do not know is answered with 404. */
    public RouteHandler(ActorSystem system, Route routes) {
        this.system = system;
        this.routes = routes.handler(system);
    }

    @Override
    public CompletionStage<HttpReply> handle(Request request) {
        boolean isHead = "HEAD".equals(request.method());
        Optional<HttpMethod> method = isHead ? Optional.of(HttpMethods.GET) : HttpMethods.lookup(request.method());
        if (method.isEmpty()) {
            return CompletableFuture.completedStage(HttpReply.error(501, "there is no method " + request.method()));
        }
        HttpRequest asked;
        try {
            asked = HttpRequest.create(request.target()).withMethod(method.get());
        } catch (IllegalUriException e) {
            return CompletableFuture.completedStage(HttpReply.error(400, "the path cannot be read"));
        }
        String type = request.header("content-type").orElse("");
        if (request.body().length > 0 || !type.isEmpty()) {
            asked = asked.withEntity(type.matches("application/json( *;.*)?") ? ContentTypes.APPLICATION_JSON
                    : ContentTypes.APPLICATION_OCTET_STREAM, request.body());
        }
        HttpRequest question = request.caller().isPresent() ? asked.addAttribute(CALLER, request.caller().get())
                : asked;
        // Routing is work, too: not for the door's own thread, which answers probes.
        return CompletableFuture.supplyAsync(() -> route(question), system.dispatcher()).thenCompose(answer -> answer);
    }

    private CompletionStage<HttpReply> route(HttpRequest question) {
        try {
            return routes.apply(question).thenCompose(response -> response.entity().toStrict(MOST_ANSWER_MS, system)
                    .thenApply(entity -> reply(response, entity)));
        } catch (Exception e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private static HttpReply reply(HttpResponse response, HttpEntity.Strict entity) {
        int status = response.status().intValue();
        String type = entity.getContentType().toString();
        HttpReply reply = status < FIRST_ERROR || type.equals(HttpReply.PROBLEM)
                ? new HttpReply(status, type, entity.getData().toArray(), Map.of())
                : HttpReply.error(status, said(entity.getData().utf8String()));
        Map<String, String> headers = new LinkedHashMap<>();
        if (status == StatusCodes.METHOD_NOT_ALLOWED.intValue()) {
            headers.put("Allow", "GET, HEAD");
        }
        response.getHeaders().forEach(header -> headers.put(header.name(), header.value()));
        return new HttpReply(status, reply.contentType(), reply.body(), headers);
    }

    /** Akka's own pages tell errors as text, or as JSON with a message. */
    private static String said(String body) {
        try {
            String message = LogRoutes.JSON.readTree(body).path("message").asText();
            return message.isEmpty() ? body : message;
        } catch (JsonProcessingException e) {
            return body;
        }
    }
}
