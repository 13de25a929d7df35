package org.mirrorlog.management;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Request;

/**
 * {@code /openapi.json}: what can be asked for here, as OpenAPI 3.1. The forms of answers are made of the records that
 * are answered, so that they cannot differ.
 */
final class OpenApi {
    private static final String PATH = "/openapi.json";
    private static final Pattern NAMED = Pattern.compile("\\{(\\w+)}");
    private static final Map<Type, String> TYPES = Map.of(String.class, "string", int.class, "integer", long.class,
            "integer", Integer.class, "integer", Long.class, "integer", boolean.class, "boolean", double.class,
            "number", Double.class, "number");

    private final HttpReply page;

    private record Answer(String media, ObjectNode form) { }

    OpenApi() {
        try {
            page = new HttpReply(200, "application/json", LogRoutes.JSON.writeValueAsBytes(document()), Map.of());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("nodes of JSON always have a JSON form", e);
        }
    }

    /** Empty if something else is asked for. */
    Optional<HttpReply> answer(Request request) {
        if (!PATH.equals(request.path())) {
            return Optional.empty();
        }
        boolean isRead = "GET".equals(request.method()) || "HEAD".equals(request.method());
        return Optional.of(isRead ? page : HttpReply.readOnly());
    }

    private static ObjectNode object() {
        return LogRoutes.JSON.createObjectNode();
    }

    private static ObjectNode type(String name) {
        return object().put("type", name);
    }

    private static ObjectNode document() {
        ObjectNode document = object().put("openapi", "3.1.0");
        document.putObject("info").put("title", "mirrorlogd").put("version", "1").put("description",
                "What a node shows, and what operators order: the latter at the operators' socket, or over TLS with an"
                        + " operator's certificate. docs/operations.md says what the fields mean.");
        ObjectNode paths = document.putObject("paths");
        addPages(paths);
        addActions(paths);
        ObjectNode problem = type("object");
        ObjectNode members = problem.putObject("properties");
        List.of("type", "title", "detail", "error", "instance", "socket").forEach(name ->
                members.putObject(name).put("type", "string"));
        members.putObject("status").put("type", "integer");
        List.of("type", "title", "status", "detail", "error").forEach(problem.putArray("required")::add);
        document.putObject("components").putObject("schemas").set("problem", problem);
        return document;
    }

    private static void addPages(ObjectNode paths) {
        add(paths, "/", "the dashboard", new Answer("text/html", type("string")));
        add(paths, PATH, "this document", new Answer("application/json", type("object")));
        add(paths, "/ready", "whether the node serves; 500 if not", new Answer("text/plain", type("string")));
        add(paths, "/alive", "whether its loops turn; 500 if not", new Answer("text/plain", type("string")));
        add(paths, "/metrics", "for Prometheus", new Answer("text/plain", type("string")));
        add(paths, "/cluster/members", "the members of the cluster", new Answer("application/json", type("object")));
        addJson(paths, "/mirrorlog/health", "what is wrong, by codes", form(HealthView.class));
        addJson(paths, "/mirrorlog/logs", "the logs that this machine uses", list(LogView.class));
        addJson(paths, "/mirrorlog/logs/{uuid}", "one of them", form(LogView.class));
        asking(addJson(paths, "/mirrorlog/logs/{uuid}/map", "its regions by state", form(MapView.class)),
                "from", "to", "cells");
        addJson(paths, "/mirrorlog/names", "names of the logs of this machine", list(String.class));
        addJson(paths, "/mirrorlog/requests", "requests of the kernel without a reply", list(RequestView.class));
        ObjectNode events = asking(addJson(paths, "/mirrorlog/events", "what has happened; who accepts a stream is"
                + " told more and more", list(EventView.class)), "after", "last");
        events.withObject("/responses/200/content").putObject("text/event-stream").set("schema", type("string"));
        ObjectNode counters = type("object");
        counters.set("additionalProperties", type("integer"));
        addJson(paths, "/mirrorlog/counters", "counters since the start", counters);
        addJson(paths, "/mirrorlog/deaths", "all declared deaths", within("deaths", list(DeathView.class)));
        addJson(paths, "/mirrorlog/nodes", "nodes that are known", within("nodes", list(NodeView.class)));
        addJson(paths, "/mirrorlog/nodes/{name}", "the runs of a node's kernel, by its name or a boot id",
                within("runs", list(NodeView.class)));
        addJson(paths, "/mirrorlog/unused", "logs of the journal that nobody uses", form(UnusedView.class));
        addJson(paths, "/mirrorlog/drain", "whether the node gives its logs away", form(DrainView.class));
        addJson(paths, "/mirrorlog/backup", "what is needed to go on without the data directory; for operators only",
                form(BackupView.class));
        addJson(paths, "/mirrorlog/resync", "what was ordered about resyncs", form(ResyncView.class));
        add(paths, "/mirrorlog/inside/{page}", "what is inside of the program; for operators only",
                new Answer("application/json", object()));
        addJson(paths, "/mirrorlog/logs/{uuid}/retire", "what retiring the log would mean",
                form(RetirementView.class));
    }

    private static void addActions(ObjectNode paths) {
        ObjectNode level = within("room", type("string"));
        level.withObject("/properties").set("level", type("string"));
        level.withObject("/properties").set("seconds", type("integer"));
        taking(order(paths, "/mirrorlog/loglevel", "what a room says to the log, for some time", type("object")),
                level);
        taking(order(paths, "/mirrorlog/logs/{uuid}/resync", "pauses, resumes or puts first the resync of the log",
                form(ResyncView.class)), within("order", type("string")));
        ObjectNode drain = type("object");
        drain.putObject("properties").set("undo", type("boolean"));
        taking(order(paths, "/mirrorlog/drain", "gives the node's logs away", form(DrainView.class)), drain);
        ObjectNode death = within("bootIds", list(String.class));
        death.withObject("/properties").set("powerIsOff", type("boolean"));
        taking(order(paths, "/mirrorlog/deaths", "declares these runs dead",
                within("deaths", list(DeathView.class))), death);
        ObjectNode adoption = type("object");
        adoption.putObject("properties").set("evenIfHealthy", type("boolean"));
        taking(order(paths, "/mirrorlog/logs/{uuid}/adopt", "takes the log over",
                within("adopted", type("string"))), adoption);
        taking(order(paths, "/mirrorlog/logs/{uuid}/retire", "retires the log",
                within("retired", type("string"))), type("object"));
    }

    private static ObjectNode addJson(ObjectNode paths, String path, String says, ObjectNode form) {
        return add(paths, path, says, new Answer("application/json", form));
    }

    private static ObjectNode add(ObjectNode paths, String path, String says, Answer answer) {
        return described(operation(paths, path, "get").put("summary", says), path, answer);
    }

    private static ObjectNode order(ObjectNode paths, String path, String says, ObjectNode form) {
        return described(operation(paths, path, "post").put("summary", says), path,
                new Answer("application/json", form));
    }

    private static ObjectNode operation(ObjectNode paths, String path, String method) {
        return paths.withObject("/" + path.replace("/", "~1")).putObject(method);
    }

    private static void taking(ObjectNode operation, ObjectNode body) {
        operation.putObject("requestBody").putObject("content").putObject("application/json").set("schema", body);
    }

    private static ObjectNode described(ObjectNode operation, String path, Answer answer) {
        ArrayNode parameters = operation.putArray("parameters");
        Matcher named = NAMED.matcher(path);
        while (named.find()) {
            parameter(parameters, named.group(1), "path", "string").put("required", true);
        }
        ObjectNode responses = operation.putObject("responses");
        responses.putObject("200").put("description", "well").putObject("content").putObject(answer.media())
                .set("schema", answer.form());
        responses.putObject("default").put("description", "not, for the reason given").putObject("content")
                .putObject(HttpReply.PROBLEM).putObject("schema").put("$ref", "#/components/schemas/problem");
        return operation;
    }

    private static ObjectNode asking(ObjectNode operation, String... names) {
        for (String name : names) {
            parameter((ArrayNode) operation.get("parameters"), name, "query", "integer");
        }
        return operation;
    }

    private static ObjectNode parameter(ArrayNode all, String name, String where, String type) {
        ObjectNode parameter = all.addObject().put("name", name).put("in", where);
        parameter.set("schema", type(type));
        return parameter;
    }

    private static ObjectNode within(String name, ObjectNode form) {
        ObjectNode object = type("object");
        object.putObject("properties").set(name, form);
        object.putArray("required").add(name);
        return object;
    }

    private static ObjectNode list(Type element) {
        ObjectNode list = type("array");
        list.set("items", form(element));
        return list;
    }

    /** What is no primitive may be null, or missing where its record says so. */
    private static ObjectNode form(Type type) {
        if (type instanceof ParameterizedType list) {
            return list(list.getActualTypeArguments()[0]);
        }
        Class<?> record = (Class<?>) type;
        if (!record.isRecord()) {
            return type(TYPES.get(type));
        }
        ObjectNode object = type("object");
        ObjectNode properties = object.putObject("properties");
        ArrayNode required = object.putArray("required");
        for (RecordComponent component : record.getRecordComponents()) {
            ObjectNode form = form(component.getGenericType());
            properties.set(component.getName(), component.getType().isPrimitive() ? form : orNull(form));
            boolean mayMiss = component.getAccessor().isAnnotationPresent(JsonInclude.class)
                    || record.isAnnotationPresent(JsonInclude.class) && !component.getType().isPrimitive();
            if (!mayMiss) {
                required.add(component.getName());
            }
        }
        return object;
    }

    private static ObjectNode orNull(ObjectNode form) {
        String type = form.get("type").asText();
        form.putArray("type").add(type).add("null");
        return form;
    }
}
