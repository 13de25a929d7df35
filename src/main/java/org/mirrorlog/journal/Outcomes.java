package org.mirrorlog.journal;

import java.io.IOException;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What became of each request of a group. Success is what was seen to succeed: a request that nobody has said anything
 * of has an unknown outcome, which is a failure. For one thread.
 *
 * @param <R> a request, told apart by identity
 */
public final class Outcomes<R> {

    private final Map<R, IOException> failures = new IdentityHashMap<>();
    private final Map<R, Boolean> done = new IdentityHashMap<>();
    private final JournalException unknown;

    /** @param journal whose they are, for the message of those with an unknown outcome */
    public Outcomes(String journal) {
        // Made beforehand: when it is needed, there may be no memory for it.
        unknown = new JournalException(journal + ": the outcome of this write is unknown");
    }

    /** It was seen to succeed. A failure that was noted before stays. */
    public void done(R request) {
        done.put(request, true);
    }

    /** It failed, or nobody knows. Stays, whatever is noted later. */
    public void failed(R request, IOException failure) {
        failures.putIfAbsent(request, failure);
    }

    /** Null if the request is done, else why it is not. */
    public IOException of(R request) {
        IOException failure = failures.get(request);
        if (failure != null) {
            return failure;
        }
        return done.containsKey(request) ? null : unknown;
    }

    /** Tells all; one whose listener throws does not keep the others from hearing. */
    public void tell(List<R> requests, BiConsumer<R, IOException> listener, JournalLog log) {
        Map<String, Integer> broken = new HashMap<>();
        for (R request : requests) {
            try {
                listener.accept(request, of(request));
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                broken.merge(e.toString(), 1, Integer::sum);
            }
        }
        broken.forEach((what, count) -> log.error("journal: " + count + " that waited for a write could not be told of"
                + " it (" + what + ")"));
    }
}
