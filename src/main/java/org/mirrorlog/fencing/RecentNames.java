package org.mirrorlog.fencing;

import java.util.LinkedHashSet;
import java.util.Set;

/** Names noted last, so many of them; each once. One thread at a time. */
final class RecentNames {
    private final Set<String> names = new LinkedHashSet<>();
    private final int most;

    RecentNames(int most) {
        this.most = most;
    }

    /** Notes it; the one noted first makes room. */
    void add(String name) {
        names.add(name);
        if (names.size() > most) {
            names.remove(names.iterator().next());
        }
    }

    void remove(String name) {
        names.remove(name);
    }

    boolean contains(String name) {
        return names.contains(name);
    }
}
