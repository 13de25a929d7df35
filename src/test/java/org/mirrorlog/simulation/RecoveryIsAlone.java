package org.mirrorlog.simulation;

import java.util.Optional;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.emulator.RegionState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Recovery;

/**
 * S5, S11, S12 and R1–R4, seen from the kernels: whoever begins to copy a region holds its assignment, and no other
 * kernel has a hint above it, a write in it, or wrote it on one leg.
 */
final class RecoveryIsAlone extends Checker {
    RecoveryIsAlone(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void legIoIssued(Machine machine, LegIo io) {
        if (io.kind() != LegIo.Kind.COPY_READ) {
            return;
        }
        EmulatedMirror copier = mirror().device(machine).active().orElseThrow();
        Recovery needed = new Recovery(io.region(), id(machine, copier));
        if (!truth().recovery().equals(Optional.of(needed))) {
            throw violation(needed + " begins, but the log knows of " + truth().recovery());
        }
        for (Machine other : sim().machines()) {
            if (other != machine && other.isUp() && !mirror().device(other).isSuspended()) {
                mirror().device(other).active().ifPresent(mirror -> check(needed, other, mirror));
            }
        }
    }

    private void check(Recovery recovery, Machine other, EmulatedMirror mirror) {
        boolean isLeaving = mirror().device(other).isBusy() && member(other).filter(Member::isActive).isEmpty();
        if (isLeaving) {
            // Its POSTSUSPEND was executed, its answer is on the way: no I/O any more, and a RESUME clears the hint.
            return;
        }
        if (mirror.inSyncHint() > recovery.region()) {
            throw violation(recovery + " begins, but " + other + " has the hint " + mirror.inSyncHint());
        }
        RegionState state = mirror.regionState(recovery.region()).orElse(RegionState.CLEAN);
        if (state == RegionState.NOSYNC || state == RegionState.RECOVERING) {
            throw violation(recovery + " begins, but for " + other + " the region is " + state);
        }
    }
}
