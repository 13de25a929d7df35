package org.mirrorlog.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.logging.Defects;

/** Parts that throw are told of while they do, and for a minute after it. */
class DefectLookTest {
    private static final String BRIDGE = "the kernel bridge could not deal with a request";

    private final AtomicLong nowMs = new AtomicLong(5);
    private final Defects defects = new Defects();

    private static Concern concern(String part, String why) {
        return new Concern(HealthCode.DEFECT, part, why);
    }

    @Test
    void shouldTellOfEachPartUntilItHasThrownNothingForAMinute() {
        defects.threw(BRIDGE, new IllegalStateException("before"));
        DefectLook look = new DefectLook(defects, nowMs::get);
        assertEquals(List.of(), look.look(), "nothing new");

        defects.threw(BRIDGE, new IllegalStateException("one"));
        defects.threw(BRIDGE, new IllegalStateException("two"));
        Concern first = concern(BRIDGE, "3 times so far, the last time java.lang.IllegalStateException: two");
        assertEquals(List.of(first), look.look());
        nowMs.addAndGet(DefectLook.OVER_AFTER_MS - 1);
        assertEquals(List.of(first), look.look());

        nowMs.addAndGet(1);
        assertEquals(List.of(), look.look());
        defects.threw(BRIDGE, new IllegalStateException("two"));
        assertEquals(List.of(concern(BRIDGE, "4 times so far, the last time java.lang.IllegalStateException: two")),
                look.look());
    }

    @Test
    void shouldCountWithoutBoundButNotKeepWithoutBound() {
        for (int i = 0; i < 1_000; i++) {
            defects.threw("part " + i, new IllegalStateException("no"));
        }

        assertEquals(65, defects.counts().size());
        assertEquals(936, defects.counts().get("other parts").times());
    }
}
