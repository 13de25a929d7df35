package org.mirrorlog.log;

import java.util.List;
import java.util.Objects;
import org.mirrorlog.protocol.LogSpec;

/** What an instance asks of its log in one round. */
public sealed interface Ask {
    /**
     * A real RESUME: let me in.
     *
     * @param isSeenBefore whether the number that the round has seen was heard by an earlier table of the machine,
     *     perhaps in an earlier boot
     * @param former boot ids of earlier runs of this machine's kernel, which are over, as the machine itself has kept
     *     them (D16); empty where it cannot be sure of being the same machine, or its build does not say
     */
    record Resume(LogSpec spec, boolean isSeenBefore, List<String> former) implements Ask {
        public Resume {
            Objects.requireNonNull(spec, "spec");
            former = List.copyOf(former);
        }

        /** Of a machine that knows of no earlier run. */
        public Resume(LogSpec spec, boolean isSeenBefore) {
            this(spec, isSeenBefore, List.of());
        }

        /** Of a table that has heard of the log itself, or a machine that never has. */
        public Resume(LogSpec spec) {
            this(spec, false);
        }
    }

    /**
     * A restarted daemon: my kernel's session goes on, this is what it holds.
     *
     * @param session as recorded; 0 when the local record was lost (D15)
     */
    record Rejoin(LogSpec spec, long session, RegionSet marks, long hint, RegionSet grants) implements Ask {
        public Rejoin {
            Objects.requireNonNull(spec, "spec");
            Objects.requireNonNull(marks, "marks");
            Objects.requireNonNull(grants, "grants");
        }
    }

    /** FLUSH with marks that the log does not know of yet. */
    record Mark(RegionSet regions) implements Ask {
        public Mark {
            Objects.requireNonNull(regions, "regions");
        }
    }

    /** GET_RESYNC_WORK. */
    record NextResync() implements Ask { }

    /** SET_REGION_SYNC. */
    record SetSync(long region, boolean isInSync) implements Ask { }

    /**
     * IS_REMOTE_RECOVERING: may my kernel write this region?
     *
     * @param isHalted the asker is between PRESUSPEND and POSTSUSPEND: it waits for this write and recovers nothing
     */
    record MayWrite(long region, boolean isHalted) implements Ask { }

    /** GET_SYNC_COUNT when "all" may be the answer. */
    record SyncCount() implements Ask { }

    /** IS_CLEAN: is the region clean, for certain and for everybody? */
    record IsClean(long region) implements Ask { }

    /** PRESUSPEND of the recoverer, or its report of the region that it has copied got lost. */
    record Halt() implements Ask { }

    /** POSTSUSPEND. */
    record Leave() implements Ask { }

    /** DTR. */
    record Forget() implements Ask { }

    /**
     * My kernel may be about to write any region on one leg, unasked and unmarked: count all as marked by me, and as
     * out of sync if I leave like this. A region that another instance recovers is left out: no kernel writes that
     * without asking.
     */
    record Expose() implements Ask { }

    /** It has not done so; the clears of this round tell what is not marked any more. */
    record Conceal() implements Ask { }

    /** Only the clears that every round may carry. */
    record HandOn() implements Ask { }

    /**
     * Something that a newer build asks and this one does not know: held until the log's owner is of that build too.
     *
     * @param kind its number in the encoding
     */
    record Unknown(int kind) implements Ask { }
}
