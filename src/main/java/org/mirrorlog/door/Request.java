package org.mirrorlog.door;

import java.util.Map;
import java.util.Optional;

/**
 * One request, whole.
 *
 * @param target path and query as sent; begins with a slash
 * @param headers by name in lower case
 * @param caller who asks, where that is known for sure
 */
public record Request(String method, String target, Map<String, String> headers, byte[] body,
        Optional<Caller> caller) {
    /** Checks and copies. */
    public Request {
        headers = Map.copyOf(headers);
        body = body.clone();
    }

    /** The same from a known caller. */
    public Request by(Caller who) {
        return new Request(method, target, headers, body, Optional.of(who));
    }

    /** The path without the query. */
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** Empty where the header is missing. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    boolean isHead() {
        return "HEAD".equals(method);
    }
}
