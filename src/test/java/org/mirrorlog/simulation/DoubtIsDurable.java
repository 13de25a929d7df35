package org.mirrorlog.simulation;

import java.util.BitSet;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.protocol.LogSpec;

/**
 * What would come back from a power loss at this moment (S1, I7): the journal, and the device of a disk log whatever of its
 * cache survives, call every region dirty whose legs differ or are being written.
 */
final class DoubtIsDurable extends Checker {
    DoubtIsDurable(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void changed() {
        LogState truth = truth();
        if (truth.geometry().isEmpty()) {
            return;
        }
        Geometry geometry = truth.geometry().get();
        BitSet differing = mirror().storage().differing();
        for (int sector = differing.nextSetBit(0); sector >= 0; sector = differing.nextSetBit(sector + 1)) {
            if (sector < geometry.lengthSectors()) {
                check(truth, sector / geometry.regionSizeSectors(), "its legs differ");
            }
        }
        for (Machine machine : sim().machines()) {
            for (LegIo io : pending(machine)) {
                if (isWrite(io) || isCopy(io)) {
                    check(truth, io.region(), io.toString());
                }
            }
        }
    }

    private void check(LogState truth, long region, String why) {
        if (!truth.dirty().contains(region)) {
            throw violation("region " + region + " is clean in the journal, but " + why);
        }
        boolean isOnDevice = truth.geometry().get().type() == LogSpec.LogType.DISK && sim().machines().size() == 1
                && !sim().plan().odds().containsKey(Fault.GEOMETRY_CHANGED) && !truth.health().isFailed() && isTakenOver(truth);
        if (isOnDevice && mirror().disk().mayComeBackClean(region)) {
            throw violation("region " + region + " may come back clean from the log device, but " + why);
        }
    }

    /** Until the RESUME of an epoch has rewritten the device, it may be behind: a failed one stays so. Nothing is answered yet. */
    private boolean isTakenOver(LogState truth) {
        long session = truth.members().values().stream().filter(Member::isActive).mapToLong(Member::session).max().orElse(0);
        return mirror().disk().read(0) instanceof LogDisk.Header header && header.logNumber() >= session;
    }
}
