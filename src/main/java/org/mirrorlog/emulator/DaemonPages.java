package org.mirrorlog.emulator;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a daemon tells over HTTP, as far as a measurement needs it: numbers by name. */
final class DaemonPages {
    private static final Pattern NUMBER = Pattern.compile("\"([^\"]+)\":(-?[0-9]+)");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int OK = 200;

    private final Optional<URI> base;
    private final HttpClient client = HttpClient.newHttpClient();

    /** Pages of the daemon whose management listens there; empty: one that has none. */
    DaemonPages(Optional<URI> base) {
        this.base = base;
    }

    /** All counters since the daemon's start; none where there is no management. */
    Map<String, Long> counters() throws IOException, InterruptedException {
        return numbers("/mirrorlog/counters");
    }

    /** The numbers of the only log: {@code dirty}, {@code inSync} and so on. */
    Map<String, Long> log() throws IOException, InterruptedException {
        return numbers("/mirrorlog/logs");
    }

    private Map<String, Long> numbers(String path) throws IOException, InterruptedException {
        Map<String, Long> numbers = new TreeMap<>();
        if (base.isPresent()) {
            HttpRequest request = HttpRequest.newBuilder(base.get().resolve(path)).timeout(TIMEOUT).build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != OK) {
                throw new IOException(request.uri() + ": status " + response.statusCode());
            }
            Matcher matcher = NUMBER.matcher(response.body());
            while (matcher.find()) {
                numbers.put(matcher.group(1), Long.valueOf(matcher.group(2)));
            }
        }
        return numbers;
    }
}
