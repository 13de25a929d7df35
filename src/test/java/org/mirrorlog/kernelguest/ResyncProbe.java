package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.util.BitSet;

/**
 * Finds out which regions a resync copies, by spoiling a sector on leg 1 in every region that must not be copied, and
 * by the difference that the test finds afterwards: a spoilt sector is gone exactly if its region was copied.
 */
final class ResyncProbe {
    private final Legs legs;
    private final BitSet spoilt;

    private ResyncProbe(Legs legs, BitSet spoilt) {
        this.legs = legs;
        this.spoilt = spoilt;
    }

    /** Spoils leg 1 in each of {@code regions} but {@code dirty}. No mirror may be open. */
    static ResyncProbe plant(Legs legs, BitSet dirty, int regions) throws IOException {
        BitSet spoilt = (BitSet) dirty.clone();
        spoilt.flip(0, regions);
        legs.plantCanaries(spoilt);
        return new ResyncProbe(legs, spoilt);
    }

    /**
     * After the mirror was in sync and is removed: the regions that differ now. Exactly the spoilt ones if exactly the
     * dirty ones were copied; a spoilt one that is missing was copied needlessly, any other was not copied and should
     * have been.
     */
    BitSet differing() throws IOException {
        return legs.differingRegions();
    }

    /** The regions that were spoilt. */
    BitSet spoilt() {
        return (BitSet) spoilt.clone();
    }

    /** Puts the spoilt sectors right, but for regions that were copied needlessly (they are right already). */
    void repair() throws IOException {
        BitSet stillSpoilt = differing();
        stillSpoilt.and(spoilt);
        legs.takeCanariesAway(stillSpoilt);
    }
}
