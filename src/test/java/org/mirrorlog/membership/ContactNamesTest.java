package org.mirrorlog.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Request;

/** Which names a contact point answers to: those by which daemons ask, none of somebody who leads a browser here. */
class ContactNamesTest {
    private final AtomicLong clockNs = new AtomicLong(-5);
    private final AtomicInteger lookups = new AtomicInteger();
    private final AtomicReference<CompletionStage<Collection<String>>> found = new AtomicReference<>(
            CompletableFuture.completedStage(List.of("Node-2.mirrors.example.org.",
                    "10-0-0-3.storage.pod.cluster.local", "10.0.0.4", "[fd00::5]")));
    private final ContactNames names = new ContactNames(List.of("storage-1", "node-1.example.org"), () -> {
        lookups.incrementAndGet();
        return found.get();
    }, clockNs::get);

    private int status(String host, String origin) {
        Map<String, String> headers = new HashMap<>();
        Optional.ofNullable(host).ifPresent(value -> headers.put("host", value));
        Optional.ofNullable(origin).ifPresent(value -> headers.put("origin", value));
        Request request = new Request("GET", "/bootstrap/seed-nodes", headers, new byte[0], Optional.empty());
        return names.refusal(request).map(HttpReply::status).orElseGet(() -> names.before(any ->
                CompletableFuture.completedStage(HttpReply.text(200, "seeds"))).handle(request).toCompletableFuture()
                .join().status());
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "10.0.0.1:25521, -, 200",
        "10.0.0.99:25521, -, 200",
        "[fd00::1]:25521, -, 200",
        "[::ffff:10.0.0.1]:25521, -, 200",
        "localhost:25521, -, 200",
        "-, -, 200",
        "storage-1:25521, -, 200",
        "NODE-1.example.org.:25521, -, 200",
        "node-2.mirrors.example.org:25521, -, 200",
        "node-2.mirrors.example.org.:25521, -, 200",
        "10-0-0-3.storage.pod.cluster.local:25521, -, 200",
        "evil.example:25521, -, 421",
        "10.0.0.1.evil.example:25521, -, 421",
        "10.evil.example, -, 421",
        "10.0.0.1@evil.example, -, 421",
        "'', -, 421",
        "10.0.0.1:25521, http://10.0.0.1:25521, 403",
        "evil.example, http://evil.example, 403",
    })
    void shouldAnswerToNamesByWhichNodesAskOnly(String host, String origin, int status) {
        assertEquals(status, status(host, origin));
    }

    @Test
    void shouldAskDiscoveryOnceInASecondAtMostHoweverManyAsk() {
        for (int i = 0; i < 10; i++) {
            assertEquals(421, status("evil-" + i + ".example", null));
        }
        assertEquals(1, lookups.get());
        clockNs.addAndGet(TimeUnit.SECONDS.toNanos(1));

        found.set(CompletableFuture.completedStage(List.of("node-9.example")));
        assertEquals(200, status("node-9.example", null), "a node that is new");
        clockNs.addAndGet(TimeUnit.SECONDS.toNanos(9));
        assertEquals(200, status("node-9.example", null));
        assertEquals(2, lookups.get(), "it is known by now");
    }

    @Test
    void shouldFindNobodyWhereDiscoveryFailsAndAskAgain() {
        found.set(CompletableFuture.failedStage(new IllegalStateException("no name server")));
        assertEquals(421, status("node-9.example", null));

        clockNs.addAndGet(TimeUnit.SECONDS.toNanos(1));
        found.set(CompletableFuture.completedStage(List.of("node-9.example")));

        assertEquals(200, status("node-9.example", null));
    }
}
