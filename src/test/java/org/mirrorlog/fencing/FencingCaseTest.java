package org.mirrorlog.fencing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.cluster.NodeIdentity;

/** What is kept of nodes that are to be fenced, and how often it is said. */
class FencingCaseTest {
    private static FencingCase of(String bootId) {
        return new FencingCase(new NodeIdentity("n", bootId), null);
    }

    @Test
    void shouldSaySeldomThatADeathCannotBeWrittenDownAndCountIt() {
        FencingCase one = of("boot-1");
        List<Long> told = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            if (one.isUndeclaredNews()) {
                told.add(one.undeclared);
            }
        }

        assertEquals(List.of(1L, 10L, 100L, 1_000L), told);
    }

    @Test
    void shouldFollowSoManyAndNameTheOneThatIsTooMuch() {
        FencingCases cases = new FencingCases();
        for (int i = 0; i < 256; i++) {
            assertEquals(Optional.empty(), cases.open(of("boot-" + i)));
        }

        FencingCase oldest = cases.open(of("boot-256")).orElseThrow();
        assertEquals("boot-0", oldest.who().incarnation());
        cases.close("boot-0");
        assertTrue(cases.isKnown("boot-0") && !cases.isOpen("boot-0"));
        cases.mayComeAgain("boot-0");
        cases.forget("boot-1");
        assertFalse(cases.isKnown("boot-0") || cases.isKnown("boot-1"));
        assertEquals(255, cases.all().size());
    }
}
