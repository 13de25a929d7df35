package org.mirrorlog.simulation;

import org.mirrorlog.log.LogState;

/**
 * D20: when the last session has ended and the log device says so, it holds exactly what the journal says, whatever of
 * its cache survives: what deposed owners wrote late before is repaired by then. And a repair is begun by no deposed
 * owner.
 */
final class DeviceIsSettled extends Checker {
    DeviceIsSettled(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void readBackBegins(boolean isRightful, String owner) {
        if (!isRightful) {
            throw violation(owner + " was deposed, and begins to rewrite what its successor has written");
        }
    }

    @Override
    void deviceSettled(LogState settled) {
        for (int block = 1; block <= LogDisk.blockOf(settled.regionCount() - 1); block++) {
            LogDisk.Bits expected = LogDisk.bits(block, settled.dirty(), settled.regionCount());
            if (!mirror().disk().holdsOnly(block, expected)) {
                throw violation("the last session is over, but block " + block + " of the log device holds "
                        + mirror().disk().read(block) + ", must be " + expected);
            }
        }
    }
}
