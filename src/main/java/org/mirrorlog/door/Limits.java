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
 * @param followers of those who are told more and more
 */
public record Limits(int connections, int answers, Duration request, Duration answer, Duration farewell,
        Followers followers) {
    /** For people and scripts. */
    public static final Limits USUAL =
            new Limits(64, 16, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(5),
                    new Followers(8, Duration.ofSeconds(15)));

    /**
     * Bounds of answers that go on. One piece at a time is under way to each, and has to be taken in the time of a
     * farewell.
     *
     * @param most at a time; beyond them 503 is answered at once
     * @param quiet after so long without news a sign of life is sent
     */
    public record Followers(int most, Duration quiet) { }
}
