package org.mirrorlog.simulation;

/** What the sequential model of a log knows of one table. Sets of regions are bits of a long. */
final class SequentialTable implements Cloneable {
    /** Whether it is in a session; MAYBE after a request that nobody answered. */
    enum Presence { OUT, MAYBE, IN }

    final Operation.Table id;
    Presence presence = Presence.OUT;
    boolean wasResumed;
    /** Its daemon has lost its record, and nobody has told it anew (D15). */
    boolean isWithoutRecord;
    /** It has begun to reconnect in this session. */
    boolean isExposed;
    /** Highest hint given for certain in this session (K1). */
    long hint;
    /** Marks that were acknowledged, and those that a FLUSH has made durable. */
    long pending;
    long marks;
    /** Marks that the log may still have: clears are handed on lazily. */
    long possibleMarks;
    /** Regions that must be "in sync" for this session for ever (R5, D8), and those that may be. */
    long known;
    long mayKnow;
    /** Regions of these that it recovered itself, and has not asked about since. */
    long justRecovered;
    /**
     * It has asked nothing since its RESUME, so that it knows only what that one's answer says, which may be a late
     * one.
     */
    boolean isJustResumed;
    /**
     * Regions that its kernel writes on one leg (K2), and those that it may write so by what it was told (R4), ever or
     * now.
     */
    long grants;
    long mayGrant;
    long permitted;
    /** Of a destroyed table: what the log may still believe it to write on one leg. */
    long inheritable;
    /** It was told "all in sync", and its own kernel has reported no failure since (D9). */
    boolean repeatsAll;

    SequentialTable(Operation.Table id) {
        this.id = id;
    }

    boolean isIn() {
        return presence == Presence.IN;
    }

    SequentialTable copy() {
        try {
            return (SequentialTable) clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What of these regions it need not stand by when they get lost, for nobody may have heard of it yet. */
    long untold(long regions) {
        return known & regions & (isJustResumed ? -1 : justRecovered);
    }

    /** Suspended: the kernel has no I/O any more. */
    void leave(Presence then) {
        presence = then;
        hint = 0;
        known = 0;
        repeatsAll = false;
    }

    long hash() {
        long hash = id.number() * 4L + presence.ordinal() + (wasResumed ? 1L << 40 : 0) + (repeatsAll ? 1L << 41 : 0)
                + (isWithoutRecord ? 1L << 42 : 0) + (isJustResumed ? 1L << 43 : 0)
                + (isExposed ? 1L << 44 : 0);
        for (long field : new long[] {hint, pending, marks, possibleMarks, known, mayKnow, justRecovered, grants,
                mayGrant, permitted, inheritable}) {
            hash = (hash ^ field) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 29;
        }
        return hash;
    }

    @Override
    public String toString() {
        return String.format("%s %s hint %d marks %x pending %x known %x grants %x", id, presence, hint, marks, pending,
                known, grants);
    }
}
