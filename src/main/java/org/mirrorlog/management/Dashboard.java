package org.mirrorlog.management;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Request;

/**
 * The page that shows all of it in a browser, at {@code /}. It asks for nothing but what this port shows, and the
 * browser is told to let it do nothing else.
 */
final class Dashboard {
    private static final String FILES = "/dashboard/";
    private static final Map<String, String> TYPES = Map.of("index.html", "text/html; charset=UTF-8",
            "dashboard.js", "text/javascript; charset=UTF-8", "dashboard.css", "text/css; charset=UTF-8",
            "icon.svg", "image/svg+xml");
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                    + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "Cache-Control", "no-cache");

    private final Map<String, HttpReply> pages = new TreeMap<>();

    Dashboard() {
        TYPES.forEach((name, type) -> pages.put(FILES + name, new HttpReply(200, type, read(name), HEADERS)));
        pages.put("/", pages.get(FILES + "index.html"));
    }

    private static byte[] read(String name) {
        try (InputStream file = Dashboard.class.getResourceAsStream(FILES + name)) {
            if (file == null) {
                throw new IllegalStateException("the program lacks its file " + FILES + name);
            }
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the program's own file " + FILES + name + " cannot be read", e);
        }
    }

    /** Empty if it is none of its pages. */
    Optional<HttpReply> answer(Request request) {
        HttpReply page = pages.get(request.path());
        if (page != null && !"GET".equals(request.method()) && !"HEAD".equals(request.method())) {
            return Optional.of(HttpReply.readOnly());
        }
        return Optional.ofNullable(page);
    }
}
