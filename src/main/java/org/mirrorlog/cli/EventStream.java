package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** The daemon's events, one after the other; over restarts of the daemon, too. */
final class EventStream {
    private static final int MOST_ATTEMPTS = 60;
    private static final long AGAIN_AFTER_MS = 1_000;

    private final DaemonClient client;
    private final String path;
    private String seen = "";
    private int failures;

    EventStream(DaemonClient client, String path) {
        this.client = client;
        this.path = path;
    }

    /** Returns never; fails where the daemon refuses, or does not answer for a minute. */
    void follow(Consumer<JsonNode> told) {
        while (true) {
            try {
                client.stream(path, seen, line -> take(line, told));
            } catch (CommandFailedException e) {
                if (e.status() != Exit.NOT_REACHABLE || failures >= MOST_ATTEMPTS) {
                    throw e;
                }
            }
            failures++;
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(AGAIN_AFTER_MS));
        }
    }

    private void take(String line, Consumer<JsonNode> told) {
        failures = 0;
        if (line.startsWith("data: ")) {
            JsonNode event = DaemonClient.parse(line.substring("data: ".length()));
            if (event != null && event.has("id")) {
                told.accept(event);
                seen = event.path("id").asText();
            }
        }
    }
}
