package org.mirrorlog.words;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which known word somebody meant. */
class TypedTest {
    @Test
    void shouldCountAnExchangeOfNeighboursAsOneError() {
        assertEquals(1, Typed.distance("statsu", "status"));
        assertEquals(3, Typed.distance("kitten", "sitting"));
        assertEquals(4, Typed.distance("", "logs"));
    }

    @Test
    void shouldFindWhatIsNearAndNothingElse() {
        List<String> known = List.of("--output", "log", "logs", "status");

        assertEquals(Optional.of("--output"), Typed.nearest("--otput=json", known));
        assertEquals(Optional.of("status"), Typed.nearest("sta", known), "what it begins");
        assertEquals(Optional.empty(), Typed.nearest("kitten", known));
        assertEquals("'a\\x0ab\\xe9'", Typed.quoted("a\nb\u00e9"), "on one line");
    }
}
