package org.mirrorlog.simulation;

import org.mirrorlog.emulator.LegIo;

/** S6: no region is copied and written at the same time, by whomever. */
final class NeverCopiedAndWritten extends Checker {
    NeverCopiedAndWritten(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void legIoIssued(Machine machine, LegIo io) {
        if (io.kind() == LegIo.Kind.READ) {
            return;
        }
        for (Machine other : sim().machines()) {
            for (LegIo pending : pending(other)) {
                boolean isCollision = isWrite(io) && isCopy(pending) || isCopy(io) && isWrite(pending);
                if (pending.region() == io.region() && isCollision) {
                    throw violation(machine + " begins " + io + " during " + pending + " of " + other);
                }
            }
        }
    }
}
