package org.mirrorlog.management;

import java.util.List;

/**
 * What was ordered at this node about resyncs, and still holds.
 *
 * @param paused logs whose resync is paused
 * @param first the log that all others of the machine wait for; null if there is none
 */
public record ResyncView(List<String> paused, String first) {
    public ResyncView {
        paused = List.copyOf(paused);
    }
}
