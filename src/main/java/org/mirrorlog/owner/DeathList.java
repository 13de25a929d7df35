package org.mirrorlog.owner;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The incarnations that were declared dead, as far as this node has heard: what every owner here looks at before it
 * decides (D16). Grows only. To hear of a death late is harmless: until then what the dead one held stays frozen (S15).
 * Thread-safe; watchers are told on the thread that adds, and must not block.
 */
public final class DeathList {
    private final CopyOnWriteArrayList<Runnable> watchers = new CopyOnWriteArrayList<>();
    private volatile Set<String> declared = Set.of();

    /** Boot ids. */
    public Set<String> declared() {
        return declared;
    }

    /** Adds boot ids; watchers are told if any of them is new. */
    public synchronized void add(Set<String> incarnations) {
        if (declared.containsAll(incarnations)) {
            return;
        }
        Set<String> all = new TreeSet<>(declared);
        all.addAll(incarnations);
        declared = Set.copyOf(all);
        watchers.forEach(Runnable::run);
    }

    /** From now on told after each addition. */
    public void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    /** Not told any more. */
    public void unwatch(Runnable watcher) {
        watchers.remove(watcher);
    }
}
