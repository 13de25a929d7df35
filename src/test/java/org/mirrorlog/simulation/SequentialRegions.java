package org.mirrorlog.simulation;

import java.util.Arrays;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.simulation.SequentialTable.Presence;

/**
 * What the sequential model knows of the regions of a log and of who uses it, and which answers about regions are
 * right. At most 64 regions; sets of them are bits of a long.
 */
abstract class SequentialRegions {
    static final SequentialTable[] NOBODY = {};

    SequentialTable[] tables = NOBODY;
    long regionCount;
    long regionSize;
    /**
     * Regions out of sync for certain; regions that may be so or not; those of which that stays so until the next
     * epoch.
     */
    long unsynced;
    long either;
    long vague;
    /** Out of sync perhaps only through a death (D11). */
    long unsyncedByDeath;
    /** Marks that were never cleared, of tables that are gone or new: out of sync in the next epoch (D13). */
    long orphanedMarks;
    int recoverer = -1;
    long recovered;
    /** Whose recovery may have ended, by a request that nobody answered. */
    int mayRecover = -1;
    long mayRecovered;
    /** An older journal believes machines to be in a session that have left long ago: no epoch is certain any more. */
    boolean hasGhosts;
    /** The highest number of regions in sync that there may ever have been. */
    long highest;

    SequentialTable edit(int index) {
        tables[index] = tables[index].copy();
        return tables[index];
    }

    void loseReport(SequentialTable t, long region, boolean isInSync) {
        vague |= region;
        if (isInSync) {
            mayBeSynced(t, region);
            endDoubt(region);
        } else {
            t.mayGrant |= region;
        }
        either |= region & ~unsynced;
    }

    /**
     * Who is first starts from what must be doubted (D13, D18, D19, S19); of the rest the log may doubt as much as it
     * likes.
     */
    void beginEpoch(SequentialTable t, LogSpec spec) {
        long must = unsynced | orphanedMarks;
        for (int i = 0; i < tables.length; i++) {
            SequentialTable u = tables[i] == t ? t : edit(i);
            must |= u.marks;
            u.marks = 0;
            u.grants &= below(spec.regionCount());
        }
        long before = all();
        boolean isFirst = regionCount == 0;
        boolean isResized = !isFirst && regionSize != spec.regionSizeSectors();
        regionCount = spec.regionCount();
        regionSize = spec.regionSizeSectors();
        must = isResized && must != 0 ? all() : must & all();
        unsynced = must | (spec.isNosync() || isResized ? 0 : all() & ~before);
        either = all() & ~unsynced;
        vague = 0;
        unsyncedByDeath = 0;
        orphanedMarks = 0;
        recoverer = -1;
    }

    // --- marks, writes

    /** R3: no mark is made durable while somebody else copies the region. */
    boolean flush(SequentialTable t, long regions) {
        if (recoverer >= 0 && recoverer != t.id.number() && (regions >> recovered & 1) == 1) {
            return false;
        }
        t.marks |= regions;
        t.pending = 0;
        t.possibleMarks |= regions;
        know(t, regions);
        return true;
    }

    void know(SequentialTable t, long regions) {
        t.known |= regions;
        t.mayKnow |= regions;
    }

    /**
     * S9, R5: never "no" after "yes"; "no" after a go-ahead is a grant; "yes" only of what was in sync at some time.
     */
    boolean inSync(SequentialTable t, long region, boolean isInSync) {
        if (isInSync) {
            t.justRecovered &= ~region;
            boolean isPossible = ((unsynced & ~t.mayKnow & ~unsyncedByDeath) & region) == 0;
            know(t, region);
            return isPossible;
        }
        t.grants |= region & t.permitted;
        return (t.known & region) == 0;
    }

    /** "No" is always right; "yes" only of what is in sync, and marked by nobody for certain. */
    boolean isClean(long region) {
        return ((unsynced | orphanedMarks) & region) == 0 && Arrays.stream(tables)
                .allMatch(t -> (t.marks & region) == 0);
    }

    /**
     * S11, S12: no go-ahead for a region that others copy, but to who knows it in sync and has to mark it (R7, D8); no
     * hint beyond.
     */
    boolean mayWrite(SequentialTable t, long region, boolean isGoAhead, long hint) {
        boolean isOthers = recoverer >= 0 && recoverer != t.id.number();
        if (isOthers && (hint > recovered || isGoAhead && region == recovered && (t.mayKnow >> region & 1) == 0)) {
            return false;
        }
        permit(t, isGoAhead ? 1L << region : 0, hint);
        return true;
    }

    void permit(SequentialTable t, long region, long hint) {
        long passed = region | below(hint) & ~below(t.hint);
        know(t, passed & synced());
        t.mayKnow |= passed & (unsyncedByDeath | ~unsynced);
        t.permitted |= passed & ~synced();
        t.mayGrant |= t.permitted;
        t.hint = Math.max(t.hint, hint);
    }

    static long below(long count) {
        return count >= 64 ? -1 : (1L << count) - 1;
    }

    long all() {
        return below(regionCount);
    }

    /** Regions in sync for certain. */
    long synced() {
        boolean isAnybodyVague = Arrays.stream(tables).anyMatch(t -> t.presence == Presence.MAYBE);
        return isAnybodyVague ? 0 : all() & ~(unsynced | either | vague);
    }

    // --- resync

    /** R1, R3, R4, S5. A region that is in sync may be recovered as well: the log may doubt what it likes. */
    boolean assign(SequentialTable t, long region) {
        long bit = 1L << region;
        boolean isOwn = recoverer == t.id.number() && recovered == region;
        if (region >= regionCount || recoverer >= 0 && !isOwn) {
            return false;
        }
        for (SequentialTable u : tables) {
            boolean isReplaced = !u.isIn() && u.id.machine().equals(t.id.machine()) && u.id.boot() == t.id.boot();
            if (u != t && (u.isIn() && (u.hint > region || (u.marks & bit) != 0) || !isReplaced
                    && (u.grants & bit) != 0)) {
                return false;
            }
        }
        recoverer = t.id.number();
        recovered = region;
        unsynced |= bit;
        either &= ~bit;
        return true;
    }

    void setSync(SequentialTable t, long region, boolean isInSync) {
        long bit = 1L << region;
        boolean isRecoverers = recoverer == t.id.number() && recovered == region;
        if (isRecoverers) {
            recoverer = -1;
        }
        if (isInSync) {
            // It has copied the region: before it writes there again, it asks anew.
            t.permitted &= ~bit;
        }
        if (!isInSync) {
            unsynced |= bit;
            either &= ~bit;
            unsyncedByDeath &= ~bit;
            t.grants |= bit;
            t.repeatsAll = false;
            unlearn(t, bit);
        } else if (isRecoverers) {
            boolean isGrantedBeside = Arrays.stream(tables)
                    .anyMatch(u -> u != t && ((u.grants | u.mayGrant) & bit) != 0);
            unsynced &= ~bit;
            either = isGrantedBeside ? either | bit : either & ~bit;
            unsyncedByDeath &= ~bit;
            mayBeTold(bit);
            endDoubt(bit);
            // A daemon that was restarted before it heard of this takes up its session with the grant.
            t.mayGrant |= t.grants & bit;
            t.grants &= ~bit;
            t.mayKnow |= bit;
            if (!isGrantedBeside) {
                t.justRecovered |= bit & ~t.known;
                know(t, bit);
            }
        } else if (mayRecover == t.id.number() && mayRecovered == region) {
            either |= bit;
            mayBeSynced(t, bit);
            endDoubt(bit);
        }
    }

    /**
     * The regions were copied since, or may have been: what those that are gone had marked is equal. Who may be gone
     * is: no copy would have been given out beside its marks.
     */
    void endDoubt(long regions) {
        orphanedMarks &= ~regions;
        for (int i = 0; i < tables.length; i++) {
            if (!tables[i].isIn() && (tables[i].marks & regions) != 0) {
                edit(i).marks &= ~regions;
            }
        }
    }

    /**
     * What gets lost between the commit of a RESUME, or of a recoverer's report, and its answer is lost to who asked,
     * too.
     */
    void unlearn(SequentialTable by, long regions) {
        for (int i = 0; i < tables.length; i++) {
            long untold = tables[i] == by ? 0 : tables[i].untold(regions);
            if (untold != 0) {
                edit(i).known &= ~untold;
            }
        }
    }

    /** Whoever is in a session that nobody here knows to have begun may have begun it now. */
    private void mayBeTold(long regions) {
        for (int i = 0; i < tables.length; i++) {
            if (tables[i].presence == Presence.MAYBE && (regions & ~tables[i].mayKnow) != 0) {
                edit(i).mayKnow |= regions;
            }
        }
    }

    void mayBeSynced(SequentialTable t, long region) {
        mayBeTold(region);
        t.mayKnow |= region;
        unsynced &= ~region;
        t.mayGrant |= t.grants & region;
        t.grants &= ~region;
    }

    void loseSlot() {
        mayRecover = recoverer;
        mayRecovered = recovered;
        recoverer = -1;
    }

    void release(Operation o) {
        recoverer = recoverer == o.table().number() ? -1 : recoverer;
    }

    /**
     * S13, D9: a count below all denies, from whatever memory, but of something true; all only if it is true now, or
     * repeated.
     */
    boolean count(SequentialTable t, long count) {
        if (t.presence == Presence.OUT) {
            return count == 0 || t.wasResumed && count < t.id.spec().regionCount();
        }
        if (count < t.id.spec().regionCount()) {
            return count <= highest;
        }
        boolean isTrue = unsynced == 0 || t.repeatsAll;
        t.repeatsAll = true;
        t.mayKnow |= all();
        permit(t, 0, regionCount);
        return isTrue && count == t.id.spec().regionCount();
    }

    long hash() {
        long hash = (recoverer * 64L + recovered) * 0x632be59bd9b4e019L + mayRecover * 64L + mayRecovered
                + (hasGhosts ? 1L << 50 : 0);
        for (long field : new long[] {unsynced, either, vague, unsyncedByDeath, orphanedMarks, regionCount,
                regionSize, highest}) {
            hash = (hash ^ field) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 31;
        }
        for (SequentialTable t : tables) {
            hash += t.hash() * 0x632be59bd9b4e019L;
        }
        return hash;
    }

    @Override
    public String toString() {
        return String.format("%d regions, unsynced %x either %x vague %x doomed %x, doubted %x, recoverer %d of %d, ",
                regionCount, unsynced, either, vague, unsyncedByDeath, orphanedMarks, recoverer, recovered) + Arrays
                .toString(tables);
    }
}
