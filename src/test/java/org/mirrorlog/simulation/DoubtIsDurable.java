package org.mirrorlog.simulation;

import java.util.BitSet;
import java.util.Optional;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.LogState;

/**
 * What would come back from a power loss at this moment (S1, I7): the journal, and the device of a disk log whatever of
 * its cache survives, call every region dirty whose legs differ or are being written.
 */
final class DoubtIsDurable extends Checker {
    DoubtIsDurable(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void changed() {
        LogState truth = truth();
        Optional<Geometry> known = truth.geometry().or(mirror().disk()::geometry);
        if (known.isEmpty()) {
            return;
        }
        Geometry geometry = known.get();
        BitSet differing = mirror().storage().differing();
        for (int sector = differing.nextSetBit(0); sector >= 0; sector = differing.nextSetBit(sector + 1)) {
            if (sector < geometry.lengthSectors()) {
                check(truth, geometry, sector / geometry.regionSizeSectors(), "its legs differ");
            }
        }
        for (Machine machine : sim().machines()) {
            for (LegIo io : pending(machine)) {
                if (isWrite(io) || isCopy(io)) {
                    check(truth, geometry, io.region(), io.toString());
                }
            }
        }
    }

    private void check(LogState truth, Geometry geometry, long region, String why) {
        if (isJournalCurrent() && !truth.dirty().contains(region)) {
            throw violation("region " + region + " is clean in the journal, but " + why);
        }
        LogDisk disk = mirror().disk();
        boolean isOnDevice = disk.isOf(geometry) && !truth.health().isFailed() && disk.isKeptUp();
        // What a deposed owner wrote late counts as soon as the device may be read without the journal (D20).
        if (isOnDevice && disk.mayComeBackClean(region, disk.mayStandAlone())) {
            throw violation("region " + region + " may come back clean from the log device, but " + why);
        }
    }
}
