package org.mirrorlog.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The operator has said that a log goes on though its memory is damaged, missing, foreign or too short (D2, D21). What
 * was before is not believed: every region is out of sync, and none is recovered while any kernel may be in a session
 * of the former history.
 *
 * @param at number of the commit that adopted, far beyond what anybody may have heard of; a session with a higher
 *     number was begun since
 * @param awaited by incarnation, the names of the nodes whose kernels may be in a session of the former history;
 *     the incarnation itself where the name is lost
 * @param isFresh nothing was recovered since and no epoch has begun: neither the log device nor the table line counts
 */
public record Adoption(long at, Map<String, String> awaited, boolean isFresh) {
    public Adoption {
        awaited = Collections.unmodifiableMap(new LinkedHashMap<>(awaited));
    }

    /** This incarnation is not awaited any more. */
    Adoption without(String incarnation) {
        if (!awaited.containsKey(incarnation)) {
            return this;
        }
        Map<String, String> left = new LinkedHashMap<>(awaited);
        left.remove(incarnation);
        return new Adoption(at, left, isFresh);
    }

    Adoption used() {
        return isFresh ? new Adoption(at, awaited, false) : this;
    }

    /** Whether this session was begun in the former history. */
    boolean isBefore(long session) {
        return session <= at;
    }
}
