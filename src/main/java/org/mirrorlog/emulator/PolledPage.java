package org.mirrorlog.emulator;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A page of a daemon as it was a moment ago, asked for again and again by whoever must not wait for it. */
final class PolledPage {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(300);

    private final HttpRequest request;
    private CompletableFuture<HttpResponse<String>> asked;
    private long endedNs;
    private String latest = "";

    PolledPage(URI page) {
        this.request = HttpRequest.newBuilder(page).timeout(TIMEOUT).build();
        ask();
    }

    private void ask() {
        asked = CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        endedNs = 0;
    }

    /** What it last said; empty before that, and after it could not be had. */
    String latest() {
        if (asked.isDone()) {
            long now = System.nanoTime();
            if (endedNs == 0) {
                endedNs = now;
                latest = asked.isCompletedExceptionally() ? "" : asked.join().body();
            } else if (now - endedNs > PAUSE_NS) {
                ask();
            }
        }
        return latest;
    }
}
