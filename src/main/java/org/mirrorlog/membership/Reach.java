package org.mirrorlog.membership;

import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/** At which addresses somebody answers; who has not been found out in time is taken for absent. For one thread. */
final class Reach {
    /** Longer than a connection takes; a look at the row follows in good time. */
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final Looks<Boolean> looks;

    /**
     * Nobody was asked yet.
     *
     * @param isThere whether somebody answers at an address; may take any time
     * @param blocking where that is found out, each on a thread of its own
     */
    Reach(Predicate<String> isThere, Executor blocking) {
        looks = new Looks<>(isThere::test, LONGEST, blocking);
    }

    /** Those of the addresses that answer. */
    Set<String> of(Collection<String> endpoints) {
        Set<String> there = new TreeSet<>();
        looks.at(endpoints).forEach((endpoint, isThere) -> {
            if (isThere) {
                there.add(endpoint);
            }
        });
        return there;
    }
}
