package org.mirrorlog.membership;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Finds something out at several addresses at a time. It takes a bounded time, whatever a name service, or whoever
 * listens there, does: what is not known by then is left out, is not asked twice at a time, and may be known at the
 * next look. For one thread.
 */
final class Looks<T> {
    private final Function<String, T> look;
    private final Duration longest;
    private final Executor blocking;
    private final Map<String, CompletableFuture<T>> asked = new HashMap<>();

    /**
     * Nobody was asked yet.
     *
     * @param look finds it out at an address; may take any time, and must not throw
     * @param longest how long all looks together take
     * @param blocking where that is done, each on a thread of its own
     */
    Looks(Function<String, T> look, Duration longest, Executor blocking) {
        this.look = look;
        this.longest = longest;
        this.blocking = blocking;
    }

    /** What was found at those of the addresses where it is known. */
    Map<String, T> at(Collection<String> endpoints) {
        asked.keySet().retainAll(endpoints);
        endpoints.forEach(endpoint -> asked.computeIfAbsent(endpoint,
                one -> CompletableFuture.supplyAsync(() -> look.apply(one), blocking)));
        CompletableFuture<?>[] all = endpoints.stream().map(asked::get).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(all).completeOnTimeout(null, longest.toMillis(), TimeUnit.MILLISECONDS).join();
        Map<String, T> found = new TreeMap<>();
        for (String endpoint : endpoints) {
            if (asked.get(endpoint).isDone()) {
                found.put(endpoint, asked.remove(endpoint).join());
            }
        }
        return found;
    }
}
