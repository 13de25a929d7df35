package org.mirrorlog.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.mirrorlog.OddNames;

/** What logs are called in sharding: as before, but for the one name that is a step up in a path. */
class EntityIdsTest {
    @Provide
    Arbitrary<String> names() {
        return Arbitraries.oneOf(Arbitraries.of("..", ".", "...", "/..", "../.."),
                Arbitraries.strings().withChars('.', '/', '$', '%').ofMinLength(1).ofMaxLength(4),
                Arbitraries.strings().withCharRange((char) 1, (char) 255).ofMinLength(1).ofMaxLength(128));
    }

    @Property
    void shouldKeepTheIdOfEachNameThatWorksAndFindTheNameAgain(@ForAll("names") String name) {
        String id = EntityIds.of(name);

        assertEquals(name, EntityIds.logOf(id));
        assertEquals(!name.equals(".."), name.equals(id));
        assertNotEquals("..", id);
    }

    @Test
    void shouldTellOddNamesApartAndTakeAnOlderBuildsIdForTheSameLog() {
        Set<String> ids = new HashSet<>();

        OddNames.all().forEach(name -> assertEquals(true, ids.add(EntityIds.of(name)), name));
        assertEquals("..", EntityIds.logOf(".."));
    }
}
