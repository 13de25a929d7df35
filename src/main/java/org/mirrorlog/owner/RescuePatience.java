package org.mirrorlog.owner;

import java.time.Duration;

/**
 * How long the adoption of a log waits whose history the journal has lost in part.
 *
 * @param head for the number of the journal's last commit of the log; then nothing is done
 * @param remains for what is left of the history; then nothing is done
 * @param others for the word of nodes within reach; then it goes on without it: they may be held, until the log is
 *     adopted once more
 */
record RescuePatience(Duration head, Duration remains, Duration others) {
    static final RescuePatience USUAL =
            new RescuePatience(Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(1));
}
