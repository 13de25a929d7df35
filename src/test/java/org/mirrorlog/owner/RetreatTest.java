package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How long owners keep away from each other (D3). */
class RetreatTest {
    private final Retreat retreat = new Retreat(1);

    @Test
    void shouldNotWaitUnlessTheLastAppendWasInVain() {
        assertEquals(Duration.ZERO, retreat.delay());
        retreat.begun();
        assertTrue(retreat.delay().toMillis() > 0);
        retreat.accepted();
        assertEquals(Duration.ZERO, retreat.delay());
    }

    @Test
    void shouldWaitRandomTimesFromARangeThatGrowsAndIsBounded() {
        long longestMs = 0;
        for (int refused = 1; refused <= 100; refused++) {
            retreat.begun();
            long ms = retreat.delay().toMillis();
            assertTrue(ms >= 1 && ms <= 50L << Math.min(refused - 1, 6), ms + " ms after " + refused);
            longestMs = Math.max(longestMs, ms);
        }
        assertTrue(longestMs > 1_600 && longestMs <= 3_200, "longest " + longestMs);
    }
}
