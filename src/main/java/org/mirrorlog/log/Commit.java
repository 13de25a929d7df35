package org.mirrorlog.log;

import java.util.List;

/**
 * What one append to the journal holds: all of it happened or none of it. The journal's sequence number of the append
 * is the log's number after it (D2).
 *
 * @param events in order, at least one
 */
public record Commit(List<LogEvent> events) {
    public Commit {
        events = List.copyOf(events);
        if (events.isEmpty()) {
            throw new IllegalArgumentException("a commit holds at least one event");
        }
    }
}
