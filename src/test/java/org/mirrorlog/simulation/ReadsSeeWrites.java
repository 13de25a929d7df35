package org.mirrorlog.simulation;

/**
 * What all of it is for: a read returns the last write that succeeded, or one whose fate nobody knows, and stays with
 * it.
 */
final class ReadsSeeWrites extends Checker {
    ReadsSeeWrites(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    void read(int sector, long version) {
        if (sim().plan().everyMs().containsKey(Fault.LEG_ERROR)) {
            // Which leg is right after a leg failed is a matter of the mirror, not of its log.
            return;
        }
        mirror().storage().read(sector, version).ifPresent(wrong -> {
            throw violation(wrong);
        });
    }
}
