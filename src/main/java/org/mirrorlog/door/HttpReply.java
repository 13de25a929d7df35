package org.mirrorlog.door;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is answered.
 *
 * @param more headers beside the content's
 */
public record HttpReply(int status, String contentType, byte[] body, Map<String, String> more) {
    /** Of every error (RFC 9457). */
    public static final String PROBLEM = "application/problem+json";

    private static final Map<Integer, String> PHRASES = Map.ofEntries(Map.entry(200, "OK"),
            Map.entry(400, "Bad Request"), Map.entry(403, "Forbidden"), Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"), Map.entry(408, "Request Timeout"), Map.entry(409, "Conflict"),
            Map.entry(411, "Length Required"), Map.entry(413, "Content Too Large"),
            Map.entry(415, "Unsupported Media Type"), Map.entry(421, "Misdirected Request"),
            Map.entry(431, "Request Header Fields Too Large"), Map.entry(500, "Internal Server Error"),
            Map.entry(501, "Not Implemented"), Map.entry(503, "Service Unavailable"),
            Map.entry(505, "HTTP Version Not Supported"));

    /** Checks and copies. */
    public HttpReply {
        body = body.clone();
        more = Map.copyOf(more);
    }

    /** One line of text. */
    public static HttpReply text(int status, String line) {
        return new HttpReply(status, "text/plain; charset=UTF-8", line.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** An error as all our pages tell it. */
    public static HttpReply error(int status, String message) {
        return error(status, message, Map.of());
    }

    /**
     * The same with more members.
     *
     * @param message what is wrong, for people; {@code error} repeats it, for readers of what was told before RFC 9457
     */
    public static HttpReply error(int status, String message, Map<String, String> members) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("type", "about:blank");
        all.put("title", phrase(status));
        all.put("detail", message);
        all.put("error", message);
        all.putAll(members);
        StringBuilder json = new StringBuilder("{\"status\":").append(status);
        all.forEach((name, value) -> json.append(",\"").append(name).append("\":").append(quoted(value)));
        return new HttpReply(status, PROBLEM, json.append('}').toString().getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else {
                json.append(c < ' ' ? String.format("\\u%04x", c) : String.valueOf((char) c));
            }
        });
        return json.append('"').toString();
    }

    /** To whoever wants to change what can only be read. */
    public static HttpReply readOnly() {
        return error(405, "read only: GET and HEAD are allowed").with("Allow", "GET, HEAD");
    }

    /** The same as the answer to this request: an error names what was asked for. */
    HttpReply about(Request request) {
        if (!PROBLEM.equals(contentType)) {
            return this;
        }
        String open = new String(body, 0, body.length - 1, StandardCharsets.UTF_8);
        return new HttpReply(status, PROBLEM, (open + ",\"instance\":" + quoted(request.path()) + '}')
                .getBytes(StandardCharsets.UTF_8), more);
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
        StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(' ').append(phrase(status))
                .append("\r\n");
        more.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head;
    }

    private static String phrase(int status) {
        return PHRASES.getOrDefault(status, "Status " + status);
    }
}
