package org.mirrorlog.log;

import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The rules of a core log once more, in sets of plain numbers and as the protocol words them, without events,
 * persistence and repetition: what the decider is held against. One machine has one table here.
 */
final class PlainLog {
    /** A table: what its kernel holds. */
    static final class Table {
        boolean isActive;
        boolean isHalted;
        long hint;
        long joinedAt;
        final TreeSet<Long> marks = new TreeSet<>();
        final TreeSet<Long> grants = new TreeSet<>();
    }

    final int regions;
    final boolean isNosync;
    final TreeSet<Long> dirty = new TreeSet<>();
    final TreeSet<Long> unsynced = new TreeSet<>();
    final TreeSet<Long> unsyncedByDeath = new TreeSet<>();
    final TreeSet<Long> abandoned = new TreeSet<>();
    final TreeSet<Long> orphanedMarks = new TreeSet<>();
    final TreeMap<String, Table> tables = new TreeMap<>();
    String recoverer;
    long copied = -1;
    private boolean wasUsed;
    private long time;
    private long abandonedAt;

    PlainLog(int regions, boolean isNosync) {
        this.regions = regions;
        this.isNosync = isNosync;
    }

    private boolean anyOther(String self, Predicate<Table> what) {
        return tables.entrySet().stream().anyMatch(e -> !e.getKey().equals(self) && what.test(e.getValue()));
    }

    private long highestHintBeside(String self) {
        return tables.entrySet().stream().filter(e -> !e.getKey().equals(self) && e.getValue().isActive)
                .mapToLong(e -> e.getValue().hint).max().orElse(0);
    }

    /** D11: in doubt through a death, and some kernel writes there without asking. */
    private boolean isBarredByDeath(long region) {
        return unsyncedByDeath.contains(region) && region < highestHintBeside(null);
    }

    // --- who takes part -------------------------------------------------------------------------------------------

    void resume(String name) {
        time++;
        Table before = tables.get(name);
        boolean isKnown = before != null;
        if (isKnown && before.isActive) {
            leave(name);
        }
        if (!anyOther(name, t -> t.isActive)) {
            beginEpoch(isKnown);
        }
        Table table = isKnown ? before : new Table();
        tables.put(name, table);
        orphanedMarks.addAll(table.marks);
        table.marks.clear();
        table.isActive = true;
        table.isHalted = false;
        table.hint = 0;
        table.joinedAt = time;
        unsynced.addAll(table.grants);
        dirty.addAll(table.grants);
        if (tables.values().stream().allMatch(t -> !t.isActive || t.joinedAt > abandonedAt)) {
            abandoned.clear();
        }
    }

    private void beginEpoch(boolean keepsItsBits) {
        if (!isNosync && !(wasUsed && keepsItsBits)) {
            for (long region = 0; region < regions; region++) {
                dirty.add(region);
            }
        }
        wasUsed = true;
        unsynced.clear();
        unsynced.addAll(dirty);
        unsyncedByDeath.clear();
        abandoned.clear();
        orphanedMarks.clear();
        recoverer = null;
        tables.values().forEach(t -> t.marks.clear());
    }

    void leave(String name) {
        tables.get(name).isActive = false;
        tables.get(name).hint = 0;
        release(name);
    }

    void forget(String name) {
        release(name);
        orphanedMarks.addAll(tables.remove(name).marks);
    }

    void die(String name) {
        release(name);
        Table dead = tables.remove(name);
        if (dead != null) {
            dead.marks.stream().filter(region -> !unsynced.contains(region)).forEach(unsyncedByDeath::add);
            unsynced.addAll(dead.marks);
        }
    }

    private void release(String name) {
        if (name.equals(recoverer)) {
            recoverer = null;
        }
    }

    // --- marks ----------------------------------------------------------------------------------------------------

    boolean mark(String name, long region) {
        if (recoverer != null && !recoverer.equals(name) && copied == region) {
            return false;
        }
        tables.get(name).marks.add(region);
        dirty.add(region);
        return true;
    }

    void clear(String name, long region) {
        tables.get(name).marks.remove(region);
        boolean isMarked = tables.values().stream().anyMatch(t -> t.marks.contains(region));
        if (!isMarked && !unsynced.contains(region) && !orphanedMarks.contains(region)) {
            dirty.remove(region);
        }
    }

    // --- recovery -------------------------------------------------------------------------------------------------

    private boolean isGrantedBeside(String name, long region) {
        return anyOther(name, t -> t.grants.contains(region));
    }

    /** Whether this table may be given the region now. */
    boolean mayRecover(String name, long region) {
        return recoverer == null && unsynced.contains(region) && !abandoned.contains(region)
                && region >= highestHintBeside(name) && !isGrantedBeside(name, region)
                && !anyOther(name, t -> t.isActive && t.marks.contains(region));
    }

    boolean hasWorkFor(String name) {
        tables.get(name).isHalted = false;
        return name.equals(recoverer) || unsynced.stream().anyMatch(region -> mayRecover(name, region));
    }

    void assign(String name, long region) {
        recoverer = name;
        copied = region;
    }

    boolean setSync(String name, long region, boolean isInSync) {
        boolean isItsCopy = name.equals(recoverer) && copied == region;
        if (isInSync && isItsCopy) {
            recoverer = null;
            if (!isGrantedBeside(name, region)) {
                for (TreeSet<Long> set : java.util.List
                        .of(unsynced, unsyncedByDeath, orphanedMarks, tables.get(name).grants)) {
                    set.remove(region);
                }
            }
        } else if (!isInSync) {
            if (isItsCopy) {
                recoverer = null;
                abandoned.add(region);
                abandonedAt = time + 1;
                time++;
            }
            unsynced.add(region);
            dirty.add(region);
            unsyncedByDeath.remove(region);
            tables.get(name).grants.add(region);
        }
        return !unsynced.contains(region);
    }

    // --- writing --------------------------------------------------------------------------------------------------

    private boolean willBeRecovered(long region) {
        return !abandoned.contains(region) && tables.entrySet().stream().anyMatch(e -> e.getValue().isActive
                && !e.getValue().isHalted && e.getValue().hint <= region && region >= highestHintBeside(e.getKey())
                && !isGrantedBeside(e.getKey(), region));
    }

    /** Below it nothing will be recovered by anybody before all have resumed anew. */
    long provableHint() {
        long hint = unsynced.stream().filter(r -> !abandoned.contains(r) && !isBarredByDeath(r))
                .mapToLong(Long::longValue)
                .min().orElse(regions);
        return recoverer == null ? hint : Math.min(hint, copied);
    }

    /** "wait", "grant" or "go". */
    String mayWrite(String name, long region, boolean isHalted) {
        Table table = tables.get(name);
        table.isHalted = isHalted;
        if (isHalted) {
            release(name);
        }
        String verdict;
        if (!unsynced.contains(region)) {
            verdict = "go";
        } else if (recoverer != null && copied == region) {
            return "wait";
        } else if (table.grants.contains(region)) {
            verdict = "grant";
        } else if (isBarredByDeath(region)) {
            verdict = "go";
        } else if (willBeRecovered(region)) {
            return "wait";
        } else {
            verdict = "grant";
            table.grants.add(region);
        }
        long hint = Math.max(table.hint, provableHint());
        for (long passed : unsynced.headSet(hint)) {
            if (!isBarredByDeath(passed)) {
                table.grants.add(passed);
            }
        }
        table.hint = hint;
        return verdict;
    }

    boolean allInSync(String name) {
        if (unsynced.isEmpty()) {
            tables.get(name).hint = regions;
        }
        return unsynced.isEmpty();
    }
}
