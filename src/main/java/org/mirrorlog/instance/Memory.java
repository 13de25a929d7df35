package org.mirrorlog.instance;

import java.util.Objects;
import org.mirrorlog.log.RegionSet;

/**
 * What an instance must still know after a crash of its daemon (D14). Immutable; changes only through
 * {@link #after(RecordChange)}, and every change is in the record before the kernel hears of it.
 *
 * @param phase as last reached
 * @param session number of the session; 0 before the first RESUME, {@value #LOST} where the record was lost,
 *     {@value #LEFT} where it was lost after the session had ended
 * @param unknown regions not in sync at RESUME and not known in sync since
 * @param hint highest hint recorded for the session
 * @param grants unsynced regions that the kernel may write on one leg
 * @param slot region that the kernel recovers, or -1
 * @param pending marked, not yet flushed
 * @param held marked in the log: a flush that names them costs nothing
 * @param cleared cleared by the kernel, but not handed on yet; part of them is held
 * @param isExposed the log has every region marked: a request of the kernel may fail unheard, and then it writes one
 *     leg
 */
public record Memory(Phase phase, long session, RegionSet unknown, long hint, RegionSet grants, long slot,
                     RegionSet pending, RegionSet held, RegionSet cleared, boolean isExposed) {
    private static final long LOST = -1;
    private static final long LEFT = -2;

    public Memory {
        Objects.requireNonNull(phase, "phase");
        Objects.requireNonNull(unknown, "unknown");
    }

    /** After the first CTR. */
    public static Memory constructed() {
        return ofNoSession(0, false);
    }

    /** After a CTR that only a running table's kernel sends: it holds what nobody recorded (D15). */
    static Memory lost() {
        return ofNoSession(LOST, true);
    }

    /** Its record was lost, and the log says that its session is over. */
    static Memory left() {
        return ofNoSession(LEFT, false);
    }

    private static Memory ofNoSession(long session, boolean isExposed) {
        RegionSet none = RegionSet.empty();
        return new Memory(Phase.SUSPENDED, session, none, 0, none, -1, none, none, none, isExposed);
    }

    boolean isLost() {
        return session == LOST;
    }

    /** Whether the session takes the region for in sync: until it ends, whatever befalls the true bit (R5, D8). */
    boolean isKnownInSync(long region) {
        return !unknown.contains(region) || region < hint && !grants.contains(region);
    }

    /** Everything the kernel may be writing, as far as the log has to know. */
    RegionSet marks() {
        return held.with(pending);
    }

    /** What the log has to count as marked, of so many regions. */
    RegionSet marks(long regionCount) {
        return isExposed ? RegionSet.range(0, regionCount) : marks();
    }

    /** This memory with one change more. Total. */
    public Memory after(RecordChange change) {
        if (change instanceof RecordChange.Pending c) {
            return with(pending.with(c.regions()), held, cleared.minus(c.regions()));
        }
        if (change instanceof RecordChange.Committed c) {
            return with(pending.minus(c.regions()), held.with(c.regions()), cleared.minus(c.regions()));
        }
        if (change instanceof RecordChange.Cleared c) {
            return with(pending.minus(c.regions()), held, cleared.with(c.regions()));
        }
        if (change instanceof RecordChange.Dropped c) {
            return with(pending, held.minus(c.regions()), cleared.minus(c.regions()));
        }
        if (change instanceof RecordChange.Reached c) {
            return new Memory(c.phase(), session, unknown, hint, grants, slot, pending, held, cleared, isExposed);
        }
        if (change instanceof RecordChange.Hinted c) {
            // What the session took for in sync under its older hint stays so, though a grant comes after all (R5).
            RegionSet known = c.granted().below(hint).minus(grants);
            return new Memory(phase, session, unknown.minus(known), Math.max(hint, c.hint()),
                    grants.with(c.granted()), slot, pending, held, cleared, isExposed);
        }
        if (change instanceof RecordChange.Learned c) {
            RegionSet kept = c.isRecovered() ? grants.minus(c.regions()) : grants;
            return new Memory(phase, session, unknown.minus(c.regions()), hint, kept, slot, pending, held, cleared,
                    isExposed);
        }
        if (change instanceof RecordChange.Slot c) {
            return new Memory(phase, session, unknown, hint, grants, c.region(), pending, held, cleared, isExposed);
        }
        if (change instanceof RecordChange.Exposed c) {
            return new Memory(phase, session, unknown, hint, grants, slot, pending, held, cleared, c.isExposed());
        }
        if (change instanceof RecordChange.Whole c) {
            return c.memory();
        }
        throw new IllegalStateException("no rule for " + change);
    }

    /** These may not be written on one leg any more, as far as is remembered here. */
    Memory withoutGrants(RegionSet regions) {
        return new Memory(phase, session, unknown, hint, grants.minus(regions), slot, pending, held, cleared,
                isExposed);
    }

    private Memory with(RegionSet newPending, RegionSet newHeld, RegionSet newCleared) {
        return new Memory(phase, session, unknown, hint, grants, slot, newPending, newHeld, newCleared, isExposed);
    }
}
