package org.mirrorlog.instance;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tables that may run though nobody here has heard their RESUME, and that may have nothing to ask: their kernel is
 * woken, so that they ask for something; and again, for what it asks may get lost as well. After each time it waits
 * longer for the next, and after the last one, some five minutes from the first, it is left alone: a mirror that is
 * really suspended is not to be read for ever. One thread at a time.
 */
final class Sleepers {
    private static final long FIRST_WAIT_MS = 1_000;
    private static final long LAST_WAIT_MS = 60_000;
    private static final int MOST_TIMES = 10;
    /** Whoever wakes them takes no more than some at a time: the others wait for their turn. */
    private static final int MOST_AT_ONCE = 4;
    private static final long UNKNOWN_LUID = 0;

    private record Sleeper(int times, long dueMs) { }

    private final InstanceEnvironment surroundings;
    private final Map<InstanceKey, Sleeper> sleepers = new LinkedHashMap<>();

    Sleepers(InstanceEnvironment surroundings) {
        this.surroundings = surroundings;
    }

    /** Now, and until it is in use. */
    void wake(InstanceKey key, long nowMs) {
        wake(key, 1, nowMs);
    }

    private void wake(InstanceKey key, int times, long nowMs) {
        surroundings.wake(key);
        long waitMs = Math.min(FIRST_WAIT_MS << (times - 1), LAST_WAIT_MS);
        // Behind those that still wait for theirs.
        sleepers.remove(key);
        sleepers.put(key, new Sleeper(times, nowMs + waitMs));
    }

    /** Those of these logs of which no table is in use here. */
    void wakeUnused(Collection<String> logs, Collection<LogInstance> tables, long nowMs) {
        Set<String> inUse = inUse(tables);
        logs.stream().filter(uuid -> !inUse.contains(uuid)).sorted()
                .forEach(uuid -> sleepers.put(new InstanceKey(uuid, UNKNOWN_LUID), new Sleeper(0, nowMs)));
        wakeSome(nowMs);
    }

    private void wakeSome(long nowMs) {
        List.copyOf(sleepers.entrySet()).stream().filter(e -> nowMs >= e.getValue().dueMs()).limit(MOST_AT_ONCE)
                .forEach(e -> wake(e.getKey(), e.getValue().times() + 1, nowMs));
    }

    private static Set<String> inUse(Collection<LogInstance> tables) {
        return tables.stream().filter(table -> table.memory().phase() != Phase.SUSPENDED)
                .map(table -> table.key().uuid()).collect(Collectors.toSet());
    }

    /** @param tables all of this machine */
    void onTick(Collection<LogInstance> tables, long nowMs) {
        if (sleepers.isEmpty()) {
            return;
        }
        Set<String> inUse = inUse(tables);
        sleepers.entrySet().removeIf(e -> inUse.contains(e.getKey().uuid()) || e.getValue().times() == MOST_TIMES);
        wakeSome(nowMs);
    }
}
