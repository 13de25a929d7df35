package org.mirrorlog.management;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.mirrorlog.health.Event;

/**
 * Something that has happened, as {@code GET /mirrorlog/events} shows it.
 *
 * @param id grows from event to event, over restarts of the daemon as well
 * @param at when it was noticed, as ISO 8601 in UTC
 * @param kind its name, which never changes its meaning
 * @param severity info, warning or error
 * @param subject "log LVM-a", "log LVM-a/7", "node b (boot id ...)", "user root (uid 0), process 7", "this node"
 * @param code of the health; null, and then not in the JSON, for what is none of its business
 * @param says what has happened, for people
 */
public record EventView(long id, String at, String kind, String severity, String subject,
        @JsonInclude(JsonInclude.Include.NON_NULL) String code, String says) {

    static EventView of(Event event) {
        return new EventView(event.id(), Instant.ofEpochMilli(event.atMs()).toString(), event.news().kind().name(),
                event.news().severity(), event.news().subject(),
                event.news().code().isEmpty() ? null : event.news().code(), event.news().says());
    }
}
