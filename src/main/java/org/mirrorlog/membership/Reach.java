package org.mirrorlog.membership;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * At which addresses somebody answers. A look takes a bounded time, whatever a name service does: who has not been
 * found out by then is taken for absent, is not asked twice at a time, and may be there at the next look. For one
 * thread.
 */
final class Reach {
    /** Longer than a connection takes; a look at the row follows in good time. */
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final Predicate<String> isThere;
    private final Executor blocking;
    private final Map<String, CompletableFuture<Boolean>> asked = new HashMap<>();

    /**
     * Nobody was asked yet.
     *
     * @param isThere whether somebody answers at an address; may take any time
     * @param blocking where that is found out, each on a thread of its own
     */
    Reach(Predicate<String> isThere, Executor blocking) {
        this.isThere = isThere;
        this.blocking = blocking;
    }

    /** Those of the addresses that answer. */
    Set<String> of(Collection<String> endpoints) {
        asked.keySet().retainAll(endpoints);
        endpoints.forEach(endpoint -> asked.computeIfAbsent(endpoint,
                one -> CompletableFuture.supplyAsync(() -> isThere.test(one), blocking)));
        CompletableFuture<?>[] all = endpoints.stream().map(asked::get).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(all).completeOnTimeout(null, LONGEST.toMillis(), TimeUnit.MILLISECONDS).join();
        Set<String> there = new TreeSet<>();
        for (String endpoint : endpoints) {
            if (asked.get(endpoint).isDone() && asked.remove(endpoint).join()) {
                there.add(endpoint);
            }
        }
        return there;
    }
}
