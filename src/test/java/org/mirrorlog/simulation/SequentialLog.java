package org.mirrorlog.simulation;

import java.util.Arrays;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.simulation.SequentialTable.Presence;

/**
 * A small log of protocol.md 2.2 and 3.4 that does one request after the other. Says which answers are right; where the
 * rules leave the log a choice (a mark held longer, a region doubted, "not now"), it knows both. Here tables come and
 * go.
 */
final class SequentialLog extends SequentialRegions implements Cloneable {
    /** First word of what happens to a table without a request of its kernel. */
    static final long RECORD_LOST = 0;
    static final long DEAD = 1;
    static final long EXPOSED = 2;
    /** Of what befalls the whole log: it was adopted. */
    static final long[] ADOPTED = {0, 1};

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
        if (o.table() == null && o.isOf(ADOPTED)) {
            adopt();
            return true;
        }
        if (o.table() == null) {
            journalReplaced(o.regions() != 0);
            return true;
        }
        if (o.type() == null) {
            if (o.word(0) == EXPOSED) {
                expose(edit(o));
            } else if (o.word(0) == DEAD) {
                die(o);
            } else {
                recordLost(edit(o));
            }
            return true;
        }
        switch (o.type()) {
            case CTR:
                if (o.outcome() == Operation.Outcome.FAILED) {
                    return true;
                }
                construct(o);
                return true;
            case DTR:
                return destroy(o, isDone);
            case PRESUSPEND:
                release(o);
                return true;
            case POSTSUSPEND:
                release(o);
                SequentialTable leaver = edit(o);
                tear(leaver);
                leaver.leave(isDone ? Presence.OUT : Presence.MAYBE);
                return true;
            case RESUME:
                resume(edit(o), isDone);
                return true;
            case GET_SYNC_COUNT:
                return isDone ? countDone(edit(o), o.result(0)) : loseCount(edit(o));
            case CLEAR_REGION:
                SequentialTable clearer = edit(o);
                clearer.marks &= ~o.regions();
                clearer.pending &= ~o.regions();
                return true;
            case IS_CLEAN:
                // Whether it is in a session or not.
                return !isDone || o.result(0) == 0 || isClean(1L << o.word(0));
            default:
                SequentialTable t = edit(o);
                boolean isFlushOfNothing = o.type() == org.mirrorlog.protocol.RequestType.FLUSH && o.regions() == 0
                        && t.pending == 0;
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

    /** "All" is told in a session only; who may be in one for long may have been told before, and not have heard it. */
    private boolean countDone(SequentialTable t, long count) {
        if (t.presence == Presence.MAYBE && count == t.id.spec().regionCount()) {
            proveSession(t);
            t.repeatsAll = true;
        }
        return count(t, count);
    }

    /** "All in sync" is a hint, too. */
    private boolean loseCount(SequentialTable t) {
        if (unsynced == 0) {
            t.mayKnow |= all();
            t.repeatsAll = true;
        }
        return true;
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
            case IS_REMOTE_RECOVERING:
                // The hint that nobody heard of stays, and with it what it passed.
                t.mayKnow |= ~unsynced;
                return true;
            default:
                return true;
        }
    }

    // --- tables come and go

    private SequentialTable edit(Operation o) {
        for (int i = 0; i < tables.length; i++) {
            if (tables[i].id == o.table()) {
                SequentialTable t = edit(i);
                t.isJustResumed = false;
                return t;
            }
        }
        // Destroyed, or never constructed: whatever it still asks changes nothing.
        return new SequentialTable(o.table());
    }

    private boolean proveSession(SequentialTable t) {
        if (t.presence == Presence.MAYBE) {
            begin(t, true);
        }
        t.isWithoutRecord = false;
        return t.presence == Presence.IN;
    }

    private void construct(Operation o) {
        SequentialTable t = new SequentialTable(o.table());
        for (SequentialTable u : tables) {
            boolean isOfKernel = u.id.machine().equals(t.id.machine()) && u.id.boot() == t.id.boot();
            t.mayGrant |= isOfKernel ? u.inheritable : 0;
        }
        tables = Arrays.copyOf(tables, tables.length + 1);
        tables[tables.length - 1] = t;
    }

    private boolean destroy(Operation o, boolean isDone) {
        release(o);
        SequentialTable t = edit(o);
        tear(t);
        t.leave(isDone || t.presence == Presence.OUT ? Presence.OUT : Presence.MAYBE);
        t.mayGrant |= t.grants;
        t.grants = 0;
        if (isDone) {
            orphanedMarks |= t.marks;
            t.marks = 0;
            // The log may not have heard yet: until then it counts those marks, too, when the machine dies, and takes
            // the next table at the same address for the same one.
            t.inheritable = t.mayGrant;
            t.mayGrant = 0;
            boolean isForgotten = (t.possibleMarks | t.inheritable) == 0;
            tables = Arrays.stream(tables).filter(u -> !isForgotten || u.id != o.table())
                    .toArray(SequentialTable[]::new);
        }
        return true;
    }

    private void journalReplaced(boolean hasGhosts) {
        tables = NOBODY;
        this.hasGhosts = hasGhosts;
        recoverer = -1;
        unsynced = 0;
        either = all();
        orphanedMarks = 0;
    }

    /** Any region may be out of sync from here on; what a session was told before it holds or loses, as it likes. */
    private void adopt() {
        either = all() & ~unsynced;
        vague |= all();
        loseSlot();
        for (int i = 0; i < tables.length; i++) {
            SequentialTable t = edit(i);
            t.mayGrant = -1;
            t.possibleMarks = -1;
        }
        hasGhosts = true;
    }

    /** Declared dead: from now on or from a later moment on, what it may have been writing is out of sync (S16). */
    private void die(Operation o) {
        SequentialTable u = edit(o);
        if (recoverer == u.id.number()) {
            loseSlot();
        }
        long torn = (u.marks | u.possibleMarks | u.pending) & all() & ~unsynced;
        unsyncedByDeath |= torn;
        either |= torn;
        orphanedMarks |= u.marks;
        unlearn(u, torn);
        tables = Arrays.stream(tables).filter(other -> other.id != o.table()).toArray(SequentialTable[]::new);
    }

    /** It reconnects: until it has, the log may count everything as marked. */
    private void expose(SequentialTable t) {
        t.possibleMarks = -1;
        t.isExposed = true;
    }

    /** If a reconnect was interrupted, all of it may be out of sync from the end of the session on. */
    private void tear(SequentialTable t) {
        if (t.isExposed) {
            loseReport(t, all(), false);
            unlearn(t, all());
        }
    }

    private void recordLost(SequentialTable t) {
        t.known = 0;
        t.mayKnow = -1;
        t.mayGrant = -1;
        t.possibleMarks = -1;
        t.repeatsAll = false;
        t.pending = 0;
        t.isWithoutRecord = true;
        t.isExposed = true;
    }

    /**
     * A daemon that does not know the table answers without having done anything: the next request makes its kernel
     * reconnect.
     */
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
        boolean isNewEpoch = !isAnybodyIn && !isAnybodyVague && !isVague && !hasGhosts;
        LogSpec spec = t.id.spec();
        boolean isOtherGeometry = regionCount != spec.regionCount() || regionSize != spec.regionSizeSectors();
        if (isNewEpoch || isOtherGeometry) {
            beginEpoch(t, spec);
            if (isVague) {
                // Not now, perhaps, and the other geometry goes on.
                either = all();
                unsynced = 0;
            }
        } else if (!isAnybodyIn) {
            either = all() & ~unsynced;
        }
        if (hasGhosts) {
            // It may be the end of one.
            either = all() & ~unsynced;
            unsyncedByDeath |= either;
            unlearn(t, either);
        }
        tear(t);
        t.isExposed &= isVague;
        orphanedMarks |= isVague ? 0 : t.marks;
        unsynced |= isVague ? 0 : t.grants & all();
        either = (either | (t.mayGrant | t.grants) & all()) & ~unsynced;
        t.presence = Presence.IN;
        t.wasResumed = true;
        t.isJustResumed = true;
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
        tear(u);
        if (recoverer == u.id.number() && isVague) {
            loseSlot();
        } else if (recoverer == u.id.number()) {
            recoverer = -1;
        }
        if (isDead) {
            // S16: what it may have been writing is out of sync.
            long torn = (u.marks | u.possibleMarks) & ~unsynced;
            unsyncedByDeath |= torn;
            unlearn(u, torn);
            unsynced |= u.marks;
            either = (either | u.possibleMarks) & ~unsynced;
        } else if (isVague) {
            u.possibleMarks |= u.marks;
            u.marks = 0;
            u.mayGrant |= u.grants;
            u.grants = 0;
            unsyncedByDeath |= u.possibleMarks & ~unsynced;
            either = (either | u.possibleMarks) & ~unsynced;
            vague |= u.possibleMarks;
            unlearn(u, u.possibleMarks & ~unsynced);
            u.leave(u.presence == Presence.OUT ? Presence.OUT : Presence.MAYBE);
        } else {
            u.leave(Presence.OUT);
        }
    }
}
