package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A document as YAML 1.2 that readers of 1.1 understand alike: blocks, and every text in double quotes, so that no name
 * is taken for a number or a truth.
 */
final class Yaml {
    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");
    /** A reader of YAML 1.1 takes them for truths or for nothing. */
    private static final Set<String> NOT_PLAIN = Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");
    private static final int LAST_OF_TWO_BYTES = 0xffff;

    private final StringBuilder text = new StringBuilder();

    private Yaml() {
    }

    static String of(JsonNode document) {
        Yaml yaml = new Yaml();
        if (document.isContainerNode() && !document.isEmpty()) {
            yaml.block(document, "");
        } else {
            yaml.text.append(scalar(document)).append('\n');
        }
        return yaml.text.toString();
    }

    private void block(JsonNode node, String indent) {
        String start = "";
        if (node.isArray()) {
            for (JsonNode one : node) {
                text.append(start).append("- ");
                value(one, indent + "  ", true);
                start = indent;
            }
            return;
        }
        for (Iterator<Map.Entry<String, JsonNode>> fields = node.fields(); fields.hasNext();) {
            Map.Entry<String, JsonNode> field = fields.next();
            text.append(start).append(key(field.getKey())).append(':');
            boolean isBlock = field.getValue().isContainerNode() && !field.getValue().isEmpty();
            text.append(isBlock ? "\n" + indent + "  " : " ");
            value(field.getValue(), indent + "  ", isBlock);
            start = indent;
        }
    }

    private void value(JsonNode node, String indent, boolean mayBeBlock) {
        if (mayBeBlock && node.isContainerNode() && !node.isEmpty()) {
            block(node, indent);
        } else {
            text.append(scalar(node)).append('\n');
        }
    }

    private static String key(String name) {
        return PLAIN_KEY.matcher(name).matches() && !NOT_PLAIN.contains(name) ? name : quoted(name);
    }

    private static String scalar(JsonNode node) {
        if (node.isContainerNode()) {
            return node.isArray() ? "[]" : "{}";
        }
        if (node.isTextual()) {
            return quoted(node.asText());
        }
        return node.isFloatingPointNumber() ? node.decimalValue().toPlainString() : node.asText();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (c >= ' ' && c < 0x7f) {
                quoted.append((char) c);
            } else {
                quoted.append(String.format(c > LAST_OF_TWO_BYTES ? "\\U%08x" : "\\u%04x", c));
            }
        });
        return quoted.append('"').toString();
    }
}
