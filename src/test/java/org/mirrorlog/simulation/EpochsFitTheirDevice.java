package org.mirrorlog.simulation;

import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;

/**
 * D21: with a log device that is in use under another journal, or has seen more of this one, an epoch begins all dirty.
 */
final class EpochsFitTheirDevice extends Checker {
    EpochsFitTheirDevice(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void committed(String uuid, LogState before, LogState after, Commit commit) {
        boolean isDoubtful = mirror().disk().read(0) instanceof LogDisk.Header header && header.isActive()
                && (header.journal() != sim().journal().id() || header.logNumber() > before.number());
        for (LogEvent event : commit.events()) {
            if (isDoubtful && event instanceof LogEvent.EpochBegan epoch
                    && !epoch.dirty().equals(epoch.geometry().allRegions())) {
                throw violation("an epoch begins with " + epoch.dirty() + " dirty beside " + mirror().disk().read(0));
            }
        }
    }
}
