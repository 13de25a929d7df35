package org.mirrorlog.simulation;

import java.util.BitSet;
import org.mirrorlog.log.LogState;

/**
 * The first of all rules (S1, S7, S8, S16): where the log says "in sync" and nobody has a mark, the legs are equal.
 * While the log device is failed, kernels do not report failed writes any more (K5); then it is enough that the region
 * is dirty, which {@link DoubtIsDurable} watches.
 */
final class NoFalseClean extends Checker {
    NoFalseClean(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void changed() {
        LogState truth = truth();
        if (!isJournalCurrent() || truth.health().isFailed()) {
            return;
        }
        long size = truth.geometry().get().regionSizeSectors();
        BitSet differing = mirror().storage().differing();
        for (int sector = differing.nextSetBit(0); sector >= 0; sector = differing.nextSetBit(sector + 1)) {
            long region = sector / size;
            if (sector < truth.geometry().get().lengthSectors() && isCalledClean(truth, region)) {
                throw violation("region " + region + " is called in sync and nobody has a mark, but "
                        + mirror().storage().describe(sector));
            }
        }
    }

    @Override
    void atTheEnd() {
        long length = truth().geometry().orElseThrow().lengthSectors();
        int sector = mirror().storage().differing().nextSetBit(0);
        if (sector >= 0 && sector < length) {
            throw violation("everything is recovered and idle, but " + mirror().storage().describe(sector));
        }
    }
}
