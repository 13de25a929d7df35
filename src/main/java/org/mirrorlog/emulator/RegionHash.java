package org.mirrorlog.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The entries that the kernel keeps for regions with writes or recovery, the lists they wander through, and the slot
 * that allows one recovery at a time. Asks nothing: that is the worker's part.
 */
final class RegionHash {
    /** One region with something going on. */
    static final class Entry {
        private final long region;
        private final List<Bio> delayed = new ArrayList<>();
        private RegionState state;
        private int pending;

        private Entry(long region, RegionState state) {
            this.region = region;
            this.state = state;
        }

        long region() {
            return region;
        }

        RegionState state() {
            return state;
        }

        /** Keeps a write until the copy has ended. */
        void delay(Bio bio) {
            delayed.add(bio);
        }
    }

    private final Map<Long, Entry> entries = new TreeMap<>();
    private final Deque<Entry> clean = new ArrayDeque<>();
    private final Deque<Entry> quiesced = new ArrayDeque<>();
    private final Deque<Entry> recovered = new ArrayDeque<>();
    private final Deque<Entry> failedToRecover = new ArrayDeque<>();
    private final List<Runnable> whenSlotFree = new ArrayList<>();
    private final List<Runnable> whenNoRecovery = new ArrayList<>();
    /** No recovery before the first resume. */
    private boolean isSlotFree;
    private int recoveriesInFlight;

    /** The entry, or null. */
    Entry find(long region) {
        return entries.get(region);
    }

    /** The state of an entry, or null. */
    RegionState state(long region) {
        Entry entry = entries.get(region);
        return entry == null ? null : entry.state;
    }

    /** Number of entries. */
    int size() {
        return entries.size();
    }

    /** Writes counted in the region. */
    int pending(long region) {
        Entry entry = entries.get(region);
        return entry == null ? 0 : entry.pending + entry.delayed.size();
    }

    /** A new entry, as the log says. */
    Entry create(long region, boolean isInSync) {
        Entry entry = new Entry(region, isInSync ? RegionState.CLEAN : RegionState.NOSYNC);
        entries.put(region, entry);
        if (isInSync) {
            clean.addFirst(entry);
        }
        return entry;
    }

    /** Counts a write about to go out; true if the region has to be marked for it. */
    boolean increment(Entry entry) {
        entry.pending++;
        if (entry.state != RegionState.CLEAN) {
            return false;
        }
        entry.state = RegionState.DIRTY;
        clean.remove(entry);
        return true;
    }

    /** A write has ended; true if it was the region's last, so that the worker has something to do. */
    boolean decrement(long region) {
        Entry entry = entries.get(region);
        entry.pending--;
        if (entry.pending > 0) {
            return false;
        }
        if (entry.state == RegionState.RECOVERING) {
            quiesced.addLast(entry);
        } else if (entry.state == RegionState.DIRTY) {
            entry.state = RegionState.CLEAN;
            clean.addFirst(entry);
        }
        return true;
    }

    /** A write failed on a leg; true if the region was waiting to be recovered, which is off now. */
    boolean setNosync(Entry entry) {
        boolean wasRecovering = entry.state == RegionState.RECOVERING;
        entry.state = RegionState.NOSYNC;
        return wasRecovering;
    }

    // ---- what the worker collects at the start of a pass; the entries are forgotten

    List<Entry> takeClean() {
        return take(clean);
    }

    List<Entry> takeRecovered() {
        return take(recovered);
    }

    List<Entry> takeFailedToRecover() {
        return take(failedToRecover);
    }

    private List<Entry> take(Deque<Entry> list) {
        List<Entry> taken = new ArrayList<>(list);
        list.clear();
        taken.forEach(entry -> entries.remove(entry.region));
        return taken;
    }

    // ---- recovery

    /** Takes the slot for one recovery, if it is free. */
    boolean tryTakeSlot() {
        if (!isSlotFree) {
            return false;
        }
        isSlotFree = false;
        recoveriesInFlight++;
        return true;
    }

    /** Gives the slot back without a recovery. */
    void returnSlot() {
        recoveryEnded();
        freeSlot();
    }

    /** The region is to be copied as soon as its writes have ended. */
    void quiesce(Entry entry) {
        entry.state = RegionState.RECOVERING;
        clean.remove(entry);
        if (entry.pending == 0) {
            quiesced.addFirst(entry);
        }
    }

    /** The next region ready to be copied, or null. */
    Entry takeQuiesced() {
        return quiesced.pollFirst();
    }

    void copied(Entry entry, boolean isSuccess) {
        (isSuccess ? recovered : failedToRecover).addFirst(entry);
    }

    /** The end of a recovery, after the log has been told: gives back the writes that waited. */
    List<Bio> complete(Entry entry) {
        List<Bio> waiting = List.copyOf(entry.delayed);
        entry.delayed.clear();
        recoveryEnded();
        freeSlot();
        return waiting;
    }

    /** Allows recovery: resume. */
    void startRecovery() {
        freeSlot();
    }

    /** Forbids recovery and waits until the one under way has ended: suspend. */
    void stopRecovery(Runnable then) {
        if (isSlotFree) {
            isSlotFree = false;
            waitForNoRecovery(then);
        } else {
            whenSlotFree.add(() -> waitForNoRecovery(then));
        }
    }

    private void waitForNoRecovery(Runnable then) {
        if (recoveriesInFlight == 0) {
            then.run();
        } else {
            whenNoRecovery.add(then);
        }
    }

    private void freeSlot() {
        if (whenSlotFree.isEmpty()) {
            isSlotFree = true;
        } else {
            whenSlotFree.remove(0).run();
        }
    }

    private void recoveryEnded() {
        recoveriesInFlight--;
        if (recoveriesInFlight == 0) {
            List<Runnable> waiting = List.copyOf(whenNoRecovery);
            whenNoRecovery.clear();
            waiting.forEach(Runnable::run);
        }
    }
}
