package org.mirrorlog.simulation;

import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.emulator.RegionState;
import org.mirrorlog.log.Member;

/** S1, S2, S3, S9, D10: a kernel writes to all legs under a mark in the journal, to one leg under a grant there. */
final class WriteIsPermitted extends Checker {
    WriteIsPermitted(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void legIoIssued(Machine machine, LegIo io) {
        if (!isWrite(io)) {
            return;
        }
        EmulatedMirror mirror = mirror().device(machine).active().orElseThrow();
        Member member = truth().members().get(id(machine, mirror));
        if (member == null || !member.mayRun()) {
            throw violation(machine + " issues " + io + " though the log knows no session of " + id(machine, mirror));
        }
        boolean isOnOneLeg = mirror.regionState(io.region()).orElse(null) == RegionState.NOSYNC;
        boolean isPermitted = isOnOneLeg ? member.grants().contains(io.region()) : member.marks().contains(io.region());
        // A region that turned NOSYNC under a write keeps its mark until the suspend.
        if (!isPermitted && !(isOnOneLeg && member.marks().contains(io.region()))) {
            throw violation(machine + " issues " + io + (isOnOneLeg ? " without a grant" : " without a mark"));
        }
    }
}
