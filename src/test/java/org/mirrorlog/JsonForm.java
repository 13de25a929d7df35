package org.mirrorlog;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** Holds documents against the part of JSON Schema that OpenApi uses. */
public final class JsonForm {
    private JsonForm() {
    }

    /** What of the document is not as the form says; also members that it does not know. */
    public static List<String> faults(String where, JsonNode form, JsonNode document) {
        List<String> faults = new ArrayList<>();
        JsonNode type = form.path("type");
        List<String> types = type.isArray() ? StreamSupport.stream(type.spliterator(), false).map(JsonNode::asText)
                .toList() : List.of(type.asText());
        String found = document.isNull() ? "null" : document.isObject() ? "object" : document.isArray() ? "array"
                : document.isTextual() ? "string" : document.isBoolean() ? "boolean"
                : document.isIntegralNumber() ? "integer" : "number";
        if (!types.contains(found) && !(found.equals("integer") && types.contains("number"))) {
            faults.add(where + " is " + found + ", not " + types);
        }
        if (document.isNull()) {
            return faults;
        }
        form.path("required").forEach(name -> {
            if (!document.has(name.asText())) {
                faults.add(where + " has no " + name.asText());
            }
        });
        document.fields().forEachRemaining(field -> {
            JsonNode of = form.path("properties").path(field.getKey());
            JsonNode any = form.path("additionalProperties");
            if (!of.isMissingNode() || !any.isMissingNode()) {
                faults.addAll(faults(where + '.' + field.getKey(), of.isMissingNode() ? any : of, field.getValue()));
            } else if (form.has("properties")) {
                faults.add(where + " does not know " + field.getKey());
            }
        });
        if (document.isArray()) {
            document.forEach(one -> faults.addAll(faults(where + "[]", form.path("items"), one)));
        }
        return faults;
    }
}
