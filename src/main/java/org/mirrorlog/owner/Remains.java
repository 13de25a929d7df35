package org.mirrorlog.owner;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
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
                merge(adopted.awaited(), nodes);
                number = Math.max(number, adopted.number());
            } else if (event instanceof LogEvent.Died died) {
                nodes.remove(died.incarnation());
            } else {
                instances(event).forEach(id -> nodes.putIfAbsent(id.incarnation(), id.incarnation()));
            }
        }
    }

    /** Whoever came in where nothing is left may write all the same. Of every kind of event, those to come too. */
    private static Stream<InstanceId> instances(LogEvent event) {
        return Arrays.stream(event.getClass().getRecordComponents())
                .filter(component -> component.getType() == InstanceId.class)
                .map(component -> {
                    try {
                        return (InstanceId) component.getAccessor().invoke(event);
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException("not a public record: " + event.getClass(), e);
                    }
                });
    }

    /** Adds names to others; an incarnation in place of a name takes the place of none. */
    static void merge(Map<String, String> more, Map<String, String> nodes) {
        more.forEach((incarnation, name) -> nodes.merge(incarnation, name,
                (before, now) -> now.equals(incarnation) ? before : now));
    }

    /**
     * By incarnation, the names of the nodes that are named, and have not died since; the incarnation itself where its
     * name is not left.
     */
    Map<String, String> nodes() {
        return nodes;
    }

    /** That of the last adoption; 0 if there was none. */
    long number() {
        return number;
    }
}
