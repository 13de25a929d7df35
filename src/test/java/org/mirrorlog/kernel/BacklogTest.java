package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How many requests may wait. */
class BacklogTest {
    @Test
    void shouldLetNoMoreWaitThanMay() {
        Backlog backlog = new Backlog(3);
        for (int turn = 0; turn < 10; turn++) {
            for (int i = 0; i < 3; i++) {
                assertTrue(backlog.enter());
            }
            assertFalse(backlog.enter());
            assertFalse(backlog.enter(), "who is turned away takes no place");
            for (int i = 0; i < 3; i++) {
                backlog.leave();
            }
        }
    }
}
