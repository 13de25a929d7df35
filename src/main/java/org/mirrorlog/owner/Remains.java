package org.mirrorlog.owner;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogEvent;

/**
 * What commits say without those before them: who may be in a session, and how far the log's number was lifted. Used by
 * one thread at a time.
 */
final class Remains {
    private final Map<String, String> nodes = new LinkedHashMap<>();
    private long number;

    void take(Commit commit) {
        for (LogEvent event : commit.events()) {
            if (event instanceof LogEvent.Joined joined) {
                nodes.put(joined.by().incarnation(), joined.node());
            } else if (event instanceof LogEvent.TakenUp taken) {
                nodes.put(taken.by().incarnation(), taken.node());
            } else if (event instanceof LogEvent.Adopted adopted) {
                nodes.putAll(adopted.awaited());
                number = Math.max(number, adopted.number());
            } else if (event instanceof LogEvent.Died died) {
                nodes.remove(died.incarnation());
            }
        }
    }

    /** By incarnation, the names of the nodes that have come in, and have not died since. */
    Map<String, String> nodes() {
        return nodes;
    }

    /** That of the last adoption; 0 if there was none. */
    long number() {
        return number;
    }
}
