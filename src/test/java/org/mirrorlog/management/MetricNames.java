package org.mirrorlog.management;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Lets tests of other rooms see which counters are shown by {@code GET /metrics}. */
public final class MetricNames {
    private MetricNames() {
    }

    /** Counters that are shown under no name. */
    public static List<String> missing(Collection<String> counters) {
        return counters.stream().filter(name -> CounterTable.of(Map.of(name, 1L)).isEmpty()).toList();
    }
}
