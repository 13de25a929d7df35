package org.mirrorlog.simulation;

import java.util.Arrays;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.simulation.SequentialTable.Presence;

/**
 * A small log of protocol.md 2.2 and 3.4 that does one request after the other. Says which answers are right; where the rules
 * leave the log a choice (a mark held longer, a region doubted, "not now"), it knows both. At most 64 regions.
 */
final class SequentialLog implements Cloneable {
    private static final SequentialTable[] NOBODY = {};

    private SequentialTable[] tables = NOBODY;
    private long regionCount;
    private long regionSize;
    /** Regions out of sync for certain; regions that may be so or not; those of which that stays so until the next epoch. */
    private long unsynced;
    private long either;
    private long vague;
    /** Out of sync perhaps only through a death (D11). */
    private long doomed;
    /** Marks that were never cleared, of tables that are gone or new: out of sync in the next epoch (D13). */
    private long doubted;
    private int recoverer = -1;
    private long recovered;
    /** Whose recovery may have ended, by a request that nobody answered. */
    private int mayRecover = -1;
    private long mayRecovered;
    /** The highest number of regions in sync that there may ever have been. */
    private long highest;

    /** The log after this; null if that cannot happen now. */
    SequentialLog after(Operation o) {
        SequentialLog next = copy();
        if (!next.apply(o)) {
            return null;
        }
        next.highest = Math.max(highest, Long.bitCount(next.all() & ~next.unsynced));
        return next;
    }

    private SequentialLog copy() {
        try {
            SequentialLog copy = (SequentialLog) clone();
            copy.tables = tables.clone();
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean apply(Operation o) {
        boolean isDone = o.outcome() == Operation.Outcome.ANSWERED;
        if (o.table() == null) {
            journalReplaced();
            return true;
        }
        if (o.type() == null) {
            recordLost(edit(o));
            return true;
        }
        switch (o.type()) {
            case CTR:
                if (o.outcome() == Operation.Outcome.FAILED) {
                    return true;
                }
                tables = Arrays.copyOf(tables, tables.length + 1);
                tables[tables.length - 1] = new SequentialTable(o.table());
                return true;
            case DTR:
                return destroy(o, isDone);
            case PRESUSPEND:
                release(o);
                return true;
            case POSTSUSPEND:
                release(o);
                edit(o).leave(isDone ? Presence.OUT : Presence.MAYBE);
                return true;
            case RESUME:
                resume(edit(o), isDone);
                return true;
            case GET_SYNC_COUNT:
                return !isDone || count(edit(o), o.result(0));
            case CLEAR_REGION:
                SequentialTable clearer = edit(o);
                clearer.marks &= ~o.regions();
                clearer.pending &= ~o.regions();
                return true;
            default:
                SequentialTable t = edit(o);
                boolean isFlushOfNothing = o.type() == org.mirrorlog.protocol.RequestType.FLUSH && o.regions() == 0 && t.pending == 0;
                if (isDone && !isFlushOfNothing && !proveSession(t)) {
                    return false;
                }
                return isDone ? inSession(o, t) : lost(o, t);
        }
    }

    private boolean inSession(Operation o, SequentialTable t) {
        switch (o.type()) {
            case MARK_REGION:
                t.pending |= o.regions();
                t.possibleMarks |= o.regions();
                return true;
            case FLUSH:
                return flush(t, t.pending | o.regions());
            case IN_SYNC:
                return inSync(t, 1L << o.word(0), o.result(0) == 1);
            case IS_REMOTE_RECOVERING:
                return mayWrite(t, o.word(0), o.result(0) == 0, o.result(1));
            case GET_RESYNC_WORK:
                return o.result(0) == 0 || assign(t, o.result(1));
            case SET_REGION_SYNC:
                setSync(t, o.word(0), o.word(1) != 0);
                return true;
            default:
                throw new IllegalStateException("not modelled: " + o);
        }
    }

    /** It may have happened or not, in part or as a whole. */
    private boolean lost(Operation o, SequentialTable t) {
        switch (o.type()) {
            case MARK_REGION: case FLUSH:
                t.possibleMarks |= o.regions();
                return true;
            case SET_REGION_SYNC:
                if (recoverer == t.id.number() && recovered == o.word(0)) {
                    loseSlot();
                }
                loseReport(t, 1L << o.word(0), o.word(1) != 0);
                return true;
            default:
                return true;
        }
    }

    private void loseReport(SequentialTable t, long region, boolean isInSync) {
        vague |= region;
        if (isInSync) {
            mayBeSynced(t, region);
        } else {
            t.mayGrant |= region;
        }
        either |= region & ~unsynced;
    }

    // --- marks, writes

    /** R3: no mark is made durable while somebody else copies the region. */
    private boolean flush(SequentialTable t, long regions) {
        if (recoverer >= 0 && recoverer != t.id.number() && (regions >> recovered & 1) == 1) {
            return false;
        }
        t.marks |= regions;
        t.pending = 0;
        t.possibleMarks |= regions;
        know(t, regions);
        return true;
    }

    private void know(SequentialTable t, long regions) {
        t.known |= regions;
        t.mayKnow |= regions;
    }

    /** S9, R5: never "no" after "yes"; "no" after a go-ahead is a grant; "yes" only of what was in sync at some time. */
    private boolean inSync(SequentialTable t, long region, boolean isInSync) {
        if (isInSync) {
            t.justRecovered &= ~region;
            boolean isPossible = ((unsynced & ~t.mayKnow & ~doomed) & region) == 0;
            know(t, region);
            return isPossible;
        }
        t.grants |= region & t.permitted;
        return (t.known & region) == 0;
    }

    /** S11, S12: no go-ahead for a region that others copy, but to who knows it in sync and has to mark it (R7, D8); no hint beyond. */
    private boolean mayWrite(SequentialTable t, long region, boolean isGoAhead, long hint) {
        boolean isOthers = recoverer >= 0 && recoverer != t.id.number();
        if (isOthers && (hint > recovered || isGoAhead && region == recovered && (t.mayKnow >> region & 1) == 0)) {
            return false;
        }
        permit(t, isGoAhead ? 1L << region : 0, hint);
        return true;
    }

    private void permit(SequentialTable t, long region, long hint) {
        long passed = region | below(hint) & ~below(t.hint);
        know(t, passed & synced());
        t.mayKnow |= passed & doomed;
        t.permitted |= passed & ~synced();
        t.mayGrant |= t.permitted;
        t.hint = Math.max(t.hint, hint);
    }

    private static long below(long count) {
        return count >= 64 ? -1 : (1L << count) - 1;
    }

    private long all() {
        return below(regionCount);
    }

    /** Regions in sync for certain. */
    private long synced() {
        boolean isAnybodyVague = Arrays.stream(tables).anyMatch(t -> t.presence == Presence.MAYBE);
        return isAnybodyVague ? 0 : all() & ~(unsynced | either | vague);
    }

    // --- resync

    /** R1, R3, R4, S5. A region that is in sync may be recovered as well: the log may doubt what it likes. */
    private boolean assign(SequentialTable t, long region) {
        long bit = 1L << region;
        boolean isOwn = recoverer == t.id.number() && recovered == region;
        if (region >= regionCount || recoverer >= 0 && !isOwn) {
            return false;
        }
        for (SequentialTable u : tables) {
            boolean isReplaced = !u.isIn() && u.id.machine().equals(t.id.machine()) && u.id.boot() == t.id.boot();
            if (u != t && (u.isIn() && (u.hint > region || (u.marks & bit) != 0) || !isReplaced && (u.grants & bit) != 0)) {
                return false;
            }
        }
        recoverer = t.id.number();
        recovered = region;
        unsynced |= bit;
        either &= ~bit;
        return true;
    }

    private void setSync(SequentialTable t, long region, boolean isInSync) {
        long bit = 1L << region;
        boolean isRecoverers = recoverer == t.id.number() && recovered == region;
        if (isRecoverers) {
            recoverer = -1;
        }
        if (!isInSync) {
            unsynced |= bit;
            either &= ~bit;
            doomed &= ~bit;
            t.grants |= bit;
            t.repeatsAll = false;
            unlearn(t, bit);
        } else if (isRecoverers) {
            boolean isGrantedBeside = Arrays.stream(tables).anyMatch(u -> u != t && ((u.grants | u.mayGrant) & bit) != 0);
            unsynced &= ~bit;
            either = isGrantedBeside ? either | bit : either & ~bit;
            doomed &= ~bit;
            doubted &= ~bit;
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
        }
    }

    /** What gets lost between the commit of a recoverer's report and its answer is lost to the recoverer too. */
    private void unlearn(SequentialTable by, long regions) {
        for (int i = 0; i < tables.length; i++) {
            if (tables[i] != by && (tables[i].known & regions & tables[i].justRecovered) != 0) {
                edit(i).known &= ~(regions & tables[i].justRecovered);
            }
        }
    }

    private void mayBeSynced(SequentialTable t, long region) {
        unsynced &= ~region;
        t.mayGrant |= t.grants & region;
        t.grants &= ~region;
    }

    private void loseSlot() {
        mayRecover = recoverer;
        mayRecovered = recovered;
        recoverer = -1;
    }

    private void release(Operation o) {
        recoverer = recoverer == o.table().number() ? -1 : recoverer;
    }

    /** S13, D9: a count below all denies, from whatever memory, but of something true; all only if it is true now, or repeated. */
    private boolean count(SequentialTable t, long count) {
        if (t.presence == Presence.OUT) {
            return count == 0 || t.wasResumed && count < t.id.spec().regionCount();
        }
        if (count < t.id.spec().regionCount()) {
            return count <= highest;
        }
        boolean isTrue = unsynced == 0 || t.repeatsAll || t.presence == Presence.MAYBE;
        t.repeatsAll = true;
        t.mayKnow |= all();
        permit(t, 0, regionCount);
        return isTrue && count == t.id.spec().regionCount();
    }

    // --- tables come and go

    private SequentialTable edit(Operation o) {
        for (int i = 0; i < tables.length; i++) {
            if (tables[i].id == o.table()) {
                return edit(i);
            }
        }
        // Destroyed, or never constructed: whatever it still asks changes nothing.
        return new SequentialTable(o.table());
    }

    private SequentialTable edit(int index) {
        tables[index] = tables[index].copy();
        return tables[index];
    }

    /** False: it must not be served, for it is suspended. */
    private boolean proveSession(SequentialTable t) {
        if (t.presence == Presence.MAYBE) {
            begin(t, true);
        }
        t.isWithoutRecord = false;
        return t.presence == Presence.IN;
    }

    private boolean destroy(Operation o, boolean isDone) {
        release(o);
        SequentialTable t = edit(o);
        t.leave(Presence.MAYBE);
        t.mayGrant |= t.grants;
        t.grants = 0;
        if (isDone) {
            doubted |= t.marks;
            tables = Arrays.stream(tables).filter(u -> u.id != o.table()).toArray(SequentialTable[]::new);
        }
        return true;
    }

    private void journalReplaced() {
        tables = NOBODY;
        recoverer = -1;
        unsynced = 0;
        either = all();
        doubted = 0;
    }

    private void recordLost(SequentialTable t) {
        t.known = 0;
        t.mayKnow = -1;
        t.mayGrant = -1;
        t.possibleMarks = -1;
        t.repeatsAll = false;
        t.pending = 0;
        t.isWithoutRecord = true;
    }

    /** A daemon that does not know the table answers without having done anything: the next request makes its kernel reconnect. */
    private void resume(SequentialTable t, boolean isDone) {
        if (!t.isIn()) {
            boolean isSure = isDone && !t.isWithoutRecord;
            begin(t, !isSure || t.presence == Presence.MAYBE);
            if (!isSure) {
                t.presence = Presence.MAYBE;
            }
        }
    }

    /** @param isVague whether it began now, earlier or not at all: then only what is true in each case stays certain */
    private void begin(SequentialTable t, boolean isVague) {
        for (int i = 0; i < tables.length; i++) {
            SequentialTable u = tables[i];
            boolean isOfMachine = u != t && u.id.machine().equals(t.id.machine());
            if (isOfMachine && (u.id.boot() < t.id.boot() || u.presence != Presence.OUT)) {
                end(edit(i), u.id.boot() < t.id.boot() && !isVague, isVague);
            }
        }
        if (!isVague) {
            tables = Arrays.stream(tables).filter(u -> !isDead(u, t)).toArray(SequentialTable[]::new);
        }
        boolean isAnybodyIn = Arrays.stream(tables).anyMatch(u -> u != t && u.isIn());
        boolean isAnybodyVague = Arrays.stream(tables).anyMatch(u -> u != t && u.presence == Presence.MAYBE);
        boolean isNewEpoch = !isAnybodyIn && !isAnybodyVague && !isVague;
        LogSpec spec = t.id.spec();
        boolean isOtherGeometry = regionCount != spec.regionCount() || regionSize != spec.regionSizeSectors();
        if (isNewEpoch || isOtherGeometry) {
            beginEpoch(t, spec);
        } else if (!isAnybodyIn) {
            either = all() & ~unsynced;
        }
        doubted |= isVague ? 0 : t.marks;
        unsynced |= isVague ? 0 : t.grants & all();
        either = (either | (t.mayGrant | t.grants) & all()) & ~unsynced;
        t.presence = Presence.IN;
        t.wasResumed = true;
        t.hint = 0;
        t.possibleMarks = isVague ? t.possibleMarks | t.marks : 0;
        t.marks = 0;
        t.pending = 0;
        t.permitted = 0;
        t.known = isVague ? 0 : synced();
        t.mayKnow = (isVague ? t.mayKnow : 0) | ~unsynced;
        t.repeatsAll = false;
    }

    private static boolean isDead(SequentialTable u, SequentialTable by) {
        return u.id.machine().equals(by.id.machine()) && u.id.boot() < by.id.boot();
    }

    /** What the RESUME of another table of the same machine proves to be over. */
    private void end(SequentialTable u, boolean isDead, boolean isVague) {
        if (recoverer == u.id.number() && isVague) {
            loseSlot();
        } else if (recoverer == u.id.number()) {
            recoverer = -1;
        }
        if (isDead) {
            // S16: what it may have been writing is out of sync.
            long torn = (u.marks | u.possibleMarks) & ~unsynced;
            doomed |= torn;
            unlearn(u, torn);
            unsynced |= u.marks;
            either = (either | u.possibleMarks) & ~unsynced;
        } else if (isVague) {
            u.possibleMarks |= u.marks;
            u.marks = 0;
            u.mayGrant |= u.grants;
            u.grants = 0;
            doomed |= u.possibleMarks & ~unsynced;
            either = (either | u.possibleMarks) & ~unsynced;
            vague |= u.possibleMarks;
            u.leave(u.presence == Presence.OUT ? Presence.OUT : Presence.MAYBE);
        } else {
            u.leave(Presence.OUT);
        }
    }

    /** Who is first starts from what must be doubted (D13, D18, D19, S19); of the rest the log may doubt as much as it likes. */
    private void beginEpoch(SequentialTable t, LogSpec spec) {
        long must = unsynced | doubted;
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
        doomed = 0;
        doubted = 0;
        recoverer = -1;
    }

    long hash() {
        long hash = (recoverer * 64L + recovered) * 0x632be59bd9b4e019L + mayRecover * 64L + mayRecovered;
        for (long field : new long[] {unsynced, either, vague, doomed, doubted, regionCount, regionSize, highest}) {
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
        return String.format("%d regions, unsynced %x either %x vague %x doomed %x, recoverer %d of %d, ", regionCount, unsynced,
                either, vague, doomed, recoverer, recovered) + Arrays.toString(tables);
    }
}
