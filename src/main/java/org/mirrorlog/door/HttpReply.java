package org.mirrorlog.door;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is answered.
 *
 * @param more headers beside the content's
 */
public record HttpReply(int status, String contentType, byte[] body, Map<String, String> more) {
    /** Checks and copies. */
    public HttpReply {
        body = body.clone();
        more = Map.copyOf(more);
    }

    /** One line of text. */
    public static HttpReply text(int status, String line) {
        return new HttpReply(status, "text/plain; charset=UTF-8", line.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** An error as all our pages tell it: {@code {"error": "..."}}. */
    public static HttpReply error(int status, String message) {
        StringBuilder json = new StringBuilder("{\"error\":\"");
        message.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else {
                json.append(c < ' ' ? String.format("\\u%04x", c) : String.valueOf((char) c));
            }
        });
        return new HttpReply(status, "application/json", json.append("\"}").toString().getBytes(StandardCharsets.UTF_8),
                Map.of());
    }

    /** The same with one header more. */
    public HttpReply with(String name, String value) {
        Map<String, String> headers = new TreeMap<>(more);
        headers.put(name, value);
        return new HttpReply(status, contentType, body, headers);
    }

    /** As bytes of HTTP/1.1; the connection ends behind it. */
    byte[] encoded(boolean isHead) {
        StringBuilder head = head();
        if (body.length > 0) {
            head.append("Content-Type: ").append(contentType).append("\r\n");
        }
        head.append("Content-Length: ").append(body.length).append("\r\nConnection: close\r\n\r\n");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        if (!isHead) {
            all.writeBytes(body);
        }
        return all.toByteArray();
    }

    /** Its head alone, of a body that ends with the connection. */
    byte[] opening() {
        return head().append("Content-Type: ").append(contentType).append("\r\nConnection: close\r\n\r\n").toString()
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private StringBuilder head() {
        StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(' ').append(reason()).append("\r\n");
        more.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head;
    }

    private String reason() {
        return switch (status / 100) {
            case 2 -> "OK";
            case 4 -> "Refused";
            case 5 -> "Not Now";
            default -> "See";
        };
    }
}
