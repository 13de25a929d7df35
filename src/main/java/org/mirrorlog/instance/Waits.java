package org.mirrorlog.instance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mirrorlog.protocol.RequestType;

/**
 * Which requests of the kernel have no reply yet, and since when. A copy that the kernel gave up and sent anew is the
 * same request: who waits for it has waited all the time. One thread at a time.
 */
final class Waits {
    /** A kernel sends a copy anew after 15 s; nobody waits any more for one that is older. */
    static final long GIVEN_UP_MS = 17_000;
    /** More tables are not watched: whoever may send requests can make up any number of names. */
    static final int MOST_TABLES = 1 << 16;
    private static final RequestType[] TYPES = RequestType.values();

    private final Map<InstanceKey, Table> tables = new HashMap<>();

    /** Of one table, by type: when its first copy came that has no reply, and the newest; 0: there is none. */
    private static final class Table {
        private final long[] firstMs = new long[TYPES.length];
        private final long[] newestMs = new long[TYPES.length];
        private int waiting;

        void came(int type, long nowMs) {
            if (firstMs[type] == 0) {
                waiting++;
                firstMs[type] = nowMs;
            } else if (isGivenUp(type, nowMs)) {
                firstMs[type] = nowMs;
            }
            newestMs[type] = nowMs;
        }

        void answered(int type) {
            if (firstMs[type] != 0) {
                waiting--;
                firstMs[type] = 0;
            }
        }

        boolean isGivenUp(int type, long nowMs) {
            return nowMs - newestMs[type] >= GIVEN_UP_MS;
        }
    }

    /**
     * A request that waits.
     *
     * @param forMs since its first copy came
     */
    record One(RequestType type, long forMs) { }

    void came(InstanceKey key, RequestType type, long nowMs) {
        Table table = tables.get(key);
        if (table == null && tables.size() < MOST_TABLES) {
            table = new Table();
            tables.put(key, table);
        }
        if (table != null) {
            table.came(type.ordinal(), nowMs == 0 ? 1 : nowMs);
        }
    }

    /** @param isKnown whether there is such a table: of others nothing is kept */
    void answered(InstanceKey key, RequestType type, boolean isKnown) {
        Table table = tables.get(key);
        if (table != null) {
            table.answered(type.ordinal());
            if (table.waiting == 0 && !isKnown) {
                tables.remove(key);
            }
        }
    }

    /** Those of one table, who waits longest first; the time may be that of a moment ago. */
    List<One> of(InstanceKey key, long nowMs) {
        Table table = tables.get(key);
        if (table == null || table.waiting == 0) {
            return List.of();
        }
        List<One> all = new ArrayList<>();
        for (int type = 0; type < TYPES.length; type++) {
            if (table.firstMs[type] != 0 && !table.isGivenUp(type, nowMs)) {
                all.add(new One(TYPES[type], Math.max(0, nowMs - table.firstMs[type])));
            }
        }
        all.sort(Comparator.comparing((One one) -> -one.forMs()));
        return all;
    }

    /** Nothing of a table is kept that is gone, unless somebody waits for it. */
    void forget(InstanceKey key) {
        tables.computeIfPresent(key, (unused, table) -> table.waiting == 0 ? null : table);
    }

    int size() {
        return tables.size();
    }
}
