package org.mirrorlog.log;

/**
 * What the log knows of one instance: its session while it is {@link #isActive()}, and what outlives the session:
 * grants, until the table is destroyed (D10), and marks that were never cleared (D13).
 *
 * @param node label of the machine, for people
 * @param daemonStart start of the daemon whose rounds are executed; a rejoin replaces it (D5)
 * @param executed highest round number executed of that daemon start
 * @param session number of the commit that let this session in (D4)
 * @param presence whether the kernel may have I/O in flight
 * @param hint highest in-sync hint given in this session; below it the kernel writes without asking (K1)
 * @param marks regions that the kernel may be writing
 * @param grants unsynced regions that the kernel may write on one leg, unmarked (R4)
 */
public record Member(String node, long daemonStart, long executed, long session, Presence presence, long hint,
        RegionSet marks,
                     RegionSet grants) {
    /**
     * Whether an instance takes part; and whether its kernel may write on one leg what the log calls in sync, in its
     * session or even without one (its RESUME may have got lost).
     */
    public enum Presence { ACTIVE, LEFT, EXPOSED, LEFT_EXPOSED }

    /** No daemon start has this number. */
    private static final long UNHEARD = 0;

    public boolean isActive() {
        return presence == Presence.ACTIVE || presence == Presence.EXPOSED;
    }

    /** Whether its kernel may have I/O in flight, in a session or, after a RESUME that got lost, without one. */
    public boolean mayRun() {
        return presence != Presence.LEFT;
    }

    public boolean isExposed() {
        return presence == Presence.EXPOSED || presence == Presence.LEFT_EXPOSED;
    }

    Member exposed(boolean isExposed) {
        Presence inSession = isExposed ? Presence.EXPOSED : Presence.ACTIVE;
        Presence without = isExposed ? Presence.LEFT_EXPOSED : Presence.LEFT;
        return new Member(node, daemonStart, executed, session, isActive() ? inSession : without, hint, marks, grants);
    }

    /** In a session another start of the daemon has to rejoin first; without one it just goes on. */
    Member executed(long ofJvm, long number) {
        return new Member(node, isActive() ? daemonStart : ofJvm, number, session, presence, hint, marks, grants);
    }

    Member withHint(long newHint) {
        return newHint <= hint ? this
                : new Member(node, daemonStart, executed, session, presence, newHint, marks, grants);
    }

    Member withMarks(RegionSet newMarks) {
        return new Member(node, daemonStart, executed, session, presence, hint, newMarks, grants);
    }

    Member withGrants(RegionSet newGrants) {
        return new Member(node, daemonStart, executed, session, presence, hint, marks, newGrants);
    }

    /** No I/O any more: the hint is over, the doubt about uncleared marks and the grants are not. */
    Member left() {
        return new Member(node, daemonStart, executed, session, Presence.LEFT, 0, marks, grants);
    }

    /** Nothing more is executed of this session before its daemon has said anew what its kernel holds. */
    Member unheard() {
        return isActive() ? new Member(node, UNHEARD, 0, session, presence, hint, marks, grants) : this;
    }

    /** Whether its daemon has still to say, after an adoption, what its kernel holds. */
    boolean isUnheard() {
        return isActive() && daemonStart == UNHEARD;
    }

    /** The same kernel table served by a restarted daemon: the session goes on. */
    Member rejoined(long newJvm, RegionSet newMarks) {
        return new Member(node, newJvm, 0, session, presence, hint, newMarks, grants);
    }
}
