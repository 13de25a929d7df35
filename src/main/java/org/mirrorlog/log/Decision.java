package org.mirrorlog.log;

import java.util.List;
import java.util.Objects;

/**
 * What one round leads to: events to persist first, then the answer.
 *
 * @param events empty only for denials
 * @param answer said after the events are durable
 */
public record Decision(List<LogEvent> events, Answer answer) {
    public Decision {
        events = List.copyOf(events);
        Objects.requireNonNull(answer, "answer");
        if (events.isEmpty() && !answer.isDenial()) {
            throw new IllegalArgumentException("only a denial goes without an event (D3): " + answer);
        }
    }

    static Decision deny(Answer answer) {
        return new Decision(List.of(), answer);
    }
}
