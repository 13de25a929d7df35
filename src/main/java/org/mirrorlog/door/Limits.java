package org.mirrorlog.door;

import java.time.Duration;

/**
 * Bounds of a door.
 *
 * @param connections at a time; a newcomer beyond them drives another one out
 * @param answers that may be under way at a time; beyond them 503 is answered at once. Pages that are answered at once
 *     do not count
 * @param request how long a request may take to arrive
 * @param answer how long it may take to be answered
 * @param farewell how long an answer may take to be read
 */
public record Limits(int connections, int answers, Duration request, Duration answer, Duration farewell) {
    /** For people and scripts. */
    public static final Limits USUAL =
            new Limits(64, 16, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(5));
}
