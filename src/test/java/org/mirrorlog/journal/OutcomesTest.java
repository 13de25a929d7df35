package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Success is what was seen to succeed; everything else is a failure. */
class OutcomesTest {

    private final Outcomes<String> outcomes = new Outcomes<>("journal in /simulated");

    @Test
    void shouldNotCallDoneWhatNobodyHasSeenDone() {
        outcomes.done("seen");

        assertNull(outcomes.of("seen"));
        assertTrue(outcomes.of("not mentioned").getMessage().contains("the outcome of this write is unknown"));
    }

    @Test
    void shouldKeepAFailureWhateverIsNotedBesides() {
        IOException failure = new IOException("first");
        outcomes.done("request");
        outcomes.failed("request", failure);
        outcomes.failed("request", new IOException("second"));
        outcomes.done("request");

        assertSame(failure, outcomes.of("request"));
    }

    @Test
    void shouldTellApartRequestsThatAreEqual() {
        String one = new String("equal");
        String other = new String("equal");
        outcomes.done(one);

        assertNull(outcomes.of(one));
        assertNotNull(outcomes.of(other));
    }

    @Test
    void shouldTellEachOnceAlsoIfAListenerThrows() {
        CoreFixture.Lines lines = new CoreFixture.Lines();
        List<String> told = new ArrayList<>();
        outcomes.done("a");
        outcomes.done("c");

        outcomes.tell(List.of("a", "b", "c"), (request, failure) -> {
            told.add(request + (failure == null ? " done" : " unknown"));
            if (request.equals("a")) {
                throw new IllegalStateException("broken");
            }
        }, lines);

        assertEquals(List.of("a done", "b unknown", "c done"), told);
        assertEquals(1, lines.count("1 that waited for a write could not be told of it"));
    }
}
