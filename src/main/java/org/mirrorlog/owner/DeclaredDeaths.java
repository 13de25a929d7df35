package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All deaths that were declared in a cluster, oldest first: what its register knows after replay.
 *
 * @param deaths each incarnation once
 */
public record DeclaredDeaths(List<Death> deaths) {
    /** Newest deaths kept; a kernel that died before so many others cannot have anything under way. */
    private static final int MOST_KEPT = 4096;

    public DeclaredDeaths {
        deaths = List.copyOf(deaths);
    }

    /** Boot ids. */
    public Set<String> incarnations() {
        return deaths.stream().map(Death::incarnation).collect(Collectors.toUnmodifiableSet());
    }

    /** With one more; the first declaration of an incarnation counts. */
    public DeclaredDeaths with(Death death) {
        if (incarnations().contains(death.incarnation())) {
            return this;
        }
        List<Death> all = new ArrayList<>(deaths.subList(Math.max(0, deaths.size() - MOST_KEPT + 1), deaths.size()));
        all.add(death);
        return new DeclaredDeaths(all);
    }
}
