package org.mirrorlog.log;

import java.util.Objects;

/** What the log says to an {@link Ask}. */
public sealed interface Answer {
    /**
     * To Resume and Rejoin: you are in.
     *
     * @param session number of the session (D4)
     * @param unsynced the regions not in sync at this moment
     * @param grants what this instance may still write on one leg
     * @param hint highest hint on record for the session
     */
    record Joined(long session, RegionSet unsynced, RegionSet grants, long hint) implements Answer {
        public Joined {
            Objects.requireNonNull(unsynced, "unsynced");
            Objects.requireNonNull(grants, "grants");
        }
    }

    /** The request is done: marks recorded, assignment released, session left. */
    record Done() implements Answer { }

    /** To NextResync: copy this region. */
    record Work(long region) implements Answer { }

    /** To NextResync: nothing for you now. */
    record NoWork() implements Answer { }

    /** To SetSync: whether the region is in sync in truth, now. */
    record SyncSet(boolean isInSync) implements Answer { }

    /**
     * To MayWrite: go ahead.
     *
     * @param isGrant true: the region is not in sync and is written on one leg; false: it counts as in sync
     * @param hint nothing below it need be asked about
     * @param passed unsynced regions below the hint, which are granted with it (D10)
     */
    record Write(boolean isGrant, long hint, RegionSet passed) implements Answer {
        public Write {
            Objects.requireNonNull(passed, "passed");
        }
    }

    /** To MayWrite: not now. */
    record Wait() implements Answer { }

    /** To SyncCount: all regions are in sync; this is a hint for all of them. */
    record AllInSync() implements Answer { }

    /** To SyncCount: not all; the number stands in the {@link RoundAnswer}. */
    record NotAllInSync() implements Answer { }

    /** To IsClean: it is, nobody has it marked. */
    record Clean() implements Answer { }

    /** To IsClean: it is not, or that is not certain. */
    record NotClean() implements Answer { }

    /** Not now, for a reason that passes: the request is held and asked again. */
    record Held(String reason) implements Answer {
        public Held {
            Objects.requireNonNull(reason, "reason");
        }
    }

    /** The asker's incarnation was declared dead: it is never served again (D16). */
    record DeclaredDead() implements Answer { }

    /** The log does not know this session (any more): nothing was done. */
    record UnknownSession() implements Answer { }

    /** Whether this answer permits something and so must follow an append (D3). */
    default boolean isDenial() {
        return this instanceof Wait || this instanceof NoWork || this instanceof NotAllInSync
                || this instanceof NotClean || this instanceof Held
                || this instanceof UnknownSession || this instanceof DeclaredDead;
    }
}
