package org.mirrorlog.fencing;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The nodes that are followed, and those that were followed to some end; so many of each. One thread at a time. */
final class FencingCases {
    private static final int MOST = 256;

    private final Map<String, FencingCase> open = new LinkedHashMap<>();
    /** Removals that were followed to some end: each is announced once or twice. */
    private final RecentNames closed = new RecentNames(MOST);

    /** The one of this incarnation; null if it is not followed. */
    FencingCase get(String incarnation) {
        return open.get(incarnation);
    }

    boolean isOpen(String incarnation) {
        return open.containsKey(incarnation);
    }

    boolean isKnown(String incarnation) {
        return isOpen(incarnation) || closed.contains(incarnation);
    }

    Collection<FencingCase> all() {
        return List.copyOf(open.values());
    }

    /** Follows it, for as long as it takes; the one that is too much for that, if there is one, is to be closed. */
    Optional<FencingCase> open(FencingCase one) {
        open.put(one.who().incarnation(), one);
        return open.size() > MOST ? Optional.of(open.values().iterator().next()) : Optional.empty();
    }

    void close(String incarnation) {
        open.remove(incarnation);
        closed.add(incarnation);
    }

    /** It is a member again: its next removal is another one. */
    void forget(String incarnation) {
        open.remove(incarnation);
        closed.remove(incarnation);
    }

    /** The same, where it is followed still. */
    void mayComeAgain(String incarnation) {
        closed.remove(incarnation);
    }
}
