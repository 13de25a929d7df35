package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.health.HealthCode;

/** {@code GET /mirrorlog/health} of a running daemon. */
public final class HealthPage {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private HealthPage() {
    }

    /** The codes that it tells now. */
    public static List<String> codes(URI management) throws IOException {
        List<String> codes = new ArrayList<>();
        read(management).path("findings").forEach(finding -> codes.add(finding.path("code").asText()));
        return codes;
    }

    /** The whole document. */
    public static JsonNode read(URI management) throws IOException {
        try {
            return new ObjectMapper().readTree(HttpClient.newHttpClient().send(
                    HttpRequest.newBuilder(management.resolve("/mirrorlog/health")).build(),
                    HttpResponse.BodyHandlers.ofString()).body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until it tells this. */
    public static void awaitCode(URI management, HealthCode code) {
        await(code + " to be told").atMost(LIMIT).until(() -> codes(management).contains(code.name()));
    }

    /** Waits until it does not tell this any more. */
    public static void awaitGone(URI management, HealthCode code) {
        await(code + " to be over").atMost(LIMIT).until(() -> !codes(management).contains(code.name()));
    }
}
