package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.management.BackupView;
import org.mirrorlog.management.DrainView;
import org.mirrorlog.management.EventView;
import org.mirrorlog.management.HealthView;
import org.mirrorlog.management.JournalView;
import org.mirrorlog.management.LogView;
import org.mirrorlog.management.MapView;
import org.mirrorlog.management.NodeView;
import org.mirrorlog.management.RequestView;
import org.mirrorlog.management.ResyncView;
import org.mirrorlog.management.SettingView;

/** The tables of docs/mirrorlogctl.md are what the daemon's documents have: each field, and its type. */
@Timeout(60)
class SchemaTest extends CommandStage {
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| ([^|]+) \\|.*");
    private static final Map<Class<?>, String> TYPES = Map.of(String.class, "text", int.class, "integer",
            long.class, "integer", Long.class, "integer or null", Integer.class, "integer", boolean.class, "boolean",
            double.class, "number", Double.class, "number");
    private static final Map<String, Class<?>> DOCUMENTS = Map.of("health", HealthView.class,
            "requests", RequestView.class, "events", EventView.class, "logs", LogView.class,
            "log UUID --map", MapView.class, "nodes", NodeView.class, "config", SettingView.class,
            "drain", DrainView.class, "resync", ResyncView.class, "backup", BackupView.class);
    private static final Set<String> LISTS = Set.of("requests", "events", "logs", "nodes", "config");

    private static Map<String, String> documented(String command) throws IOException {
        Map<String, String> fields = new TreeMap<>();
        boolean isIt = false;
        for (String line : Files.readAllLines(Path.of("docs/mirrorlogctl.md"))) {
            if (line.startsWith("## ")) {
                isIt = line.equals("## " + command);
            }
            Matcher row = ROW.matcher(line);
            if (isIt && row.matches()) {
                fields.put(row.group(1), row.group(2).strip());
            }
        }
        return fields;
    }

    private static void fields(String path, Type type, boolean mayMiss, Map<String, String> into) {
        if (type instanceof ParameterizedType list) {
            Type element = list.getActualTypeArguments()[0];
            fields(path + "[]", element == Long.class ? long.class : element, mayMiss, into);
        } else if (type instanceof Class<?> record && record.isRecord()) {
            for (RecordComponent component : record.getRecordComponents()) {
                fields(path.isEmpty() ? component.getName() : path + "." + component.getName(),
                        component.getGenericType(), mayMiss || mayMiss(component, record), into);
            }
        } else {
            into.put(path, TYPES.getOrDefault(type, "?" + type) + (mayMiss ? ", may be missing" : ""));
        }
    }

    private static boolean mayMiss(RecordComponent component, Class<?> record) {
        boolean isBoxed = !component.getType().isPrimitive();
        boolean isUsuallyThere = Set.of("node", "luid", "state").contains(component.getName());
        return component.getAccessor().isAnnotationPresent(JsonInclude.class)
                || isAbsentIfNull(record) && isBoxed && !isUsuallyThere;
    }

    private static boolean isAbsentIfNull(AnnotatedElement what) {
        return what.isAnnotationPresent(JsonInclude.class);
    }

    @ParameterizedTest
    @CsvSource({"health", "requests", "events", "logs", "log UUID --map", "nodes", "config", "drain", "resync",
        "backup", "journal status"})
    void shouldDocumentEachFieldThatTheDaemonGives(String command) throws IOException {
        Map<String, String> made = new TreeMap<>();
        fields(LISTS.contains(command) ? "[]" : "", command.equals("journal status") ? JournalView.class
                : DOCUMENTS.get(command), false, made);
        assertTrue(made.size() > 1, made.toString());

        assertEquals(made, documented(command));
    }

    private static void fields(String path, JsonNode node, Map<String, String> into) {
        if (node.isObject()) {
            node.fields().forEachRemaining(field -> fields(path.isEmpty() ? field.getKey()
                    : path + "." + field.getKey(), field.getValue(), into));
        } else if (node.isArray()) {
            node.forEach(one -> fields(path + "[]", one, into));
        } else {
            into.put(path, node.isTextual() ? "text" : node.isBoolean() ? "boolean" : "integer");
        }
    }

    @Test
    void shouldDocumentTheStatus() throws IOException {
        answers.put("/ready", new Answer(500, "not ready"));
        answers.put("/mirrorlog/nodes", new Answer(200,
                "{\"nodes\": [{\"node\": \"a\", \"state\": \"up\", \"version\": \"1\"}]}"));
        answers.put("/mirrorlog/logs", new Answer(200, WELL.replace("\"inSync\": 2048", "\"inSync\": 2040")
                .replace("\"logDevice\"",
                        "\"resync\": {\"bytesPerSecond\": 9, \"secondsLeft\": 8}, \"logDevice\"")));

        assertEquals(Exit.DEGRADED, run("status", "--output=json"));

        Map<String, String> made = new TreeMap<>();
        fields("", JSON.readTree(out.toString()), made);
        assertEquals(documented("status"), made);
    }
}
