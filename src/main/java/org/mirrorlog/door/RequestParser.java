package org.mirrorlog.door;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one request of HTTP/1.0 or 1.1 from bytes that come in pieces. What is ambiguous is refused: two lengths, two
 * hosts, folded lines, chunks. For one thread.
 */
final class RequestParser {
    /** Of request line and headers. */
    static final int MOST_HEAD_BYTES = 8192;
    /** Of the body. */
    static final int MOST_BODY_BYTES = 4096;
    private static final int MOST_HEADERS = 64;

    private static final Pattern LINE = Pattern.compile("([A-Z]{1,16}) (\\S{1,4096}) HTTP/(\\d)\\.(\\d)");
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern LENGTH = Pattern.compile("\\d{1,9}");
    private static final Set<String> ONCE = Set.of("host", "origin", "content-length", "content-type");

    private final byte[] bytes = new byte[MOST_HEAD_BYTES + MOST_BODY_BYTES];
    private int length;
    private int headLength;
    private int bodyLength;
    private Request head;

    /**
     * Takes bytes.
     *
     * @return the request once it is whole; what follows it is ignored
     * @throws BadRequestException it will never be one
     */
    Optional<Request> take(ByteBuffer more) throws BadRequestException {
        int taken = Math.min(more.remaining(), bytes.length - length);
        more.get(bytes, length, taken);
        int scannedFrom = Math.max(0, length - 3);
        length += taken;
        if (head == null && !hasHead(scannedFrom)) {
            return Optional.empty();
        }
        if (length - headLength < bodyLength) {
            return Optional.empty();
        }
        return Optional.of(new Request(head.method(), head.target(), head.headers(),
                Arrays.copyOfRange(bytes, headLength, headLength + bodyLength), Optional.empty()));
    }

    private boolean hasHead(int from) throws BadRequestException {
        for (int i = from; i < length; i++) {
            boolean isEmptyLine = bytes[i] == '\n' && i > 0
                    && (bytes[i - 1] == '\n' || i > 1 && bytes[i - 1] == '\r' && bytes[i - 2] == '\n');
            if (isEmptyLine) {
                headLength = i + 1;
                break;
            }
        }
        if (headLength > MOST_HEAD_BYTES || headLength == 0 && length >= MOST_HEAD_BYTES) {
            throw new BadRequestException(431, "request line and headers are more than " + MOST_HEAD_BYTES + " bytes");
        }
        if (headLength == 0) {
            return false;
        }
        head = head(new String(bytes, 0, headLength, StandardCharsets.ISO_8859_1));
        bodyLength = bodyLength(head);
        return true;
    }

    private static Request head(String text) throws BadRequestException {
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\r?\n")));
        Matcher line = LINE.matcher(lines.isEmpty() ? "" : lines.get(0));
        if (!line.matches() || !line.group(2).chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new BadRequestException(400, "this is no request of HTTP/1.1");
        }
        if (!"1".equals(line.group(3))) {
            throw new BadRequestException(505, "HTTP/1.1 is spoken here");
        }
        if (!line.group(2).startsWith("/")) {
            throw new BadRequestException(400, "a path is needed, beginning with a slash");
        }
        Map<String, String> headers = headers(lines.subList(1, lines.size()));
        if (!headers.containsKey("host") && !"0".equals(line.group(4))) {
            throw new BadRequestException(400, "a Host is needed");
        }
        return new Request(line.group(1), line.group(2), headers, new byte[0], Optional.empty());
    }

    private static Map<String, String> headers(List<String> lines) throws BadRequestException {
        Map<String, String> headers = new LinkedHashMap<>();
        if (lines.size() > MOST_HEADERS) {
            throw new BadRequestException(431, "more than " + MOST_HEADERS + " headers");
        }
        for (String line : lines) {
            int colon = line.indexOf(':');
            String value = line.substring(colon + 1).strip();
            if (colon < 1 || !NAME.matcher(line.substring(0, colon)).matches()
                    || value.chars().anyMatch(c -> c < ' ')) {
                throw new BadRequestException(400, "a header cannot be read");
            }
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            if (headers.containsKey(name) && ONCE.contains(name)) {
                throw new BadRequestException(400, "more than one " + name);
            }
            headers.merge(name, value, (one, other) -> one + ", " + other);
        }
        return headers;
    }

    private static int bodyLength(Request head) throws BadRequestException {
        if (head.header("transfer-encoding").isPresent()) {
            throw new BadRequestException(411, "give a Content-Length: chunks are not taken");
        }
        String given = head.header("content-length").orElse("0");
        if (!LENGTH.matcher(given).matches()) {
            throw new BadRequestException(400, "the Content-Length is no number");
        }
        if (Integer.parseInt(given) > MOST_BODY_BYTES) {
            throw new BadRequestException(413, "the body is more than " + MOST_BODY_BYTES + " bytes");
        }
        return Integer.parseInt(given);
    }
}
