package org.mirrorlog.health;

import java.util.Objects;

/**
 * Something that has happened.
 *
 * @param id grows from event to event, over restarts of the daemon as well
 * @param atMs when it was noticed, in milliseconds since 1970
 */
public record Event(long id, long atMs, News news) {
    /** Checks that it is given. */
    public Event {
        Objects.requireNonNull(news, "news");
    }
}
