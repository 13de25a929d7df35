package org.mirrorlog.owner;

import java.util.List;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;

/** Whether the state after a commit keeps the invariants; what does not must stop its owner before it is answered. */
final class HistoryCheck {
    private HistoryCheck() {
    }

    /** All of a log of millions of regions is checked once per owner and epoch; after that, what changes. */
    static void check(LogState before, LogState after, List<LogEvent> events, boolean isTakeover) {
        if (isTakeover || events.stream()
                .anyMatch(e -> e instanceof LogEvent.EpochBegan || e instanceof LogEvent.Adopted)) {
            after.check();
            return;
        }
        RegionSet touched = before.dirty().minus(after.dirty());
        for (LogEvent event : events) {
            touched = touched.with(event.regions());
        }
        after.check(touched);
    }
}
