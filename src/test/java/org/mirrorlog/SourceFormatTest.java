package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** That {@link SourceFormat} sees what it looks for. */
class SourceFormatTest {
    private static final String GOOD = """
            package org.example;

            import static org.example.Other.thing;

            import java.util.List;
            import java.util.Map;

            class Some {
                Map<String, List<String>> map = thing();
            }
            """;

    @Test
    void shouldTakeAFileAsItShouldBe() {
        assertEquals(List.of(), SourceFormat.oddities(GOOD));
    }

    @Test
    void shouldNoticeEachOddity() {
        String order = "imports are to be in the order of their names, the static ones first, each once";
        String list = "import java.util.List;\n";
        assertEquals(List.of("ends otherwise than with one line feed"), SourceFormat.oddities(GOOD + "\n"));
        assertEquals(List.of("line 8 has a tab, or blanks at its end"),
                SourceFormat.oddities(GOOD.replace("Some {", "Some { ")));
        assertEquals(List.of(order), SourceFormat.oddities(GOOD.replace(list, list + list)));
        assertEquals(List.of(order), SourceFormat.oddities(GOOD.replace(list, "").replace("Map;\n", "Map;\n" + list)));
        assertEquals(List.of("the import of java.util.List is not used"),
                SourceFormat.oddities(GOOD.replace("List<String>", "ListOf")));
    }
}
