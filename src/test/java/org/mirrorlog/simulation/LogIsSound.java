package org.mirrorlog.simulation;

import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogState;

/** I1–I6 and S10, S23 in every accepted state; and what is replayed from the start is what the owners saw. */
final class LogIsSound extends Checker {
    LogIsSound(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void committed(String uuid, LogState before, LogState after, Commit commit) {
        try {
            after.check();
        } catch (IllegalStateException e) {
            throw violation(e.getMessage() + " after " + commit.events());
        }
        if (after.syncCount() < 0 || after.syncCount() > after.regionCount()) {
            throw violation("sync count " + after.syncCount() + " of " + after.regionCount());
        }
    }

    @Override
    void atTheEnd() {
        LogState replayed = sim().journal().replayFromTheStart(mirror().uuid());
        if (!replayed.equals(truth())) {
            throw violation("replay leads to " + replayed + ", not to " + truth());
        }
    }
}
