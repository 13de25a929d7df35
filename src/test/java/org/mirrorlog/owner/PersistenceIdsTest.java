package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.persistence.typed.PersistenceId;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.mirrorlog.OddNames;

/** One id for each name that a kernel allows; those of journals written before Akka's rule was left stay the same. */
class PersistenceIdsTest {
    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings().withCharRange((char) 1, (char) 255).withChars('|', '%', '/').ofMinLength(1)
                .ofMaxLength(128);
    }

    @Property
    void shouldKeepTheIdOfANameThatWorkedBeforeAndGiveOthersOneThatNoneOfThemHas(@ForAll("names") String name) {
        String id = PersistenceIds.of(name).id();

        if (name.indexOf('|') < 0) {
            assertEquals(PersistenceId.of("mirrorlog", name, "|").id(), id);
            assertEquals(1, id.chars().filter(c -> c == '|').count());
        } else {
            assertThrows(IllegalArgumentException.class, () -> PersistenceId.of("mirrorlog", name, "|"));
            assertTrue(id.chars().filter(c -> c == '|').count() > 1, id);
        }
        assertEquals(name, id.substring("mirrorlog|".length()), "no two names share an id");
    }

    @Test
    void shouldTellOddNamesApart() {
        Set<String> ids = new HashSet<>();

        OddNames.all().forEach(name -> assertTrue(ids.add(PersistenceIds.of(name).id()), name));
    }
}
