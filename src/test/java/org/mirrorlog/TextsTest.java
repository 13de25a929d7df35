package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The texts in docs/: whatever rule or section is cited has an anchor there, and what they name is in the code. */
class TextsTest {
    private static final List<Path> LAWS = List.of(Path.of("docs/protocol.md"), Path.of("docs/design.md"));
    private static final Path ARCHITECTURE = Path.of("docs/architecture.md");
    private static final Pattern ANCHOR = Pattern.compile("<a id=\"([^\"]+)\"></a>");
    /** S1 to S24 and so on, alone; L as in "L4:" is an alias of tables in many a test, so only in texts. */
    private static final Pattern RULE = Pattern.compile("(?<![\\w.$#/-])([SRDKHI])([1-9]\\d?)(?![\\w-])");
    private static final Pattern LIVENESS = Pattern.compile("(?<![\\w.$#/-])(L)([1-9])(?![\\w(-])");
    private static final Pattern TESTED = Pattern.compile("void ([srdkhi])([1-9]\\d?)[A-Z]\\w*\\(");
    private static final Pattern SECTION = Pattern.compile("[Pp]rotocol (?:version )?([1-9]\\.\\d+(?:\\.\\d+)?)");
    private static final Pattern CODE =
            Pattern.compile("`([a-z.]*\\.)?([A-Z][A-Za-z]*[a-z][A-Za-z]*)(?:\\.[a-z]\\w*)?`");
    /** Akka's and the kernel's own words, as they stand in code marks. */
    private static final Set<String> NOT_OURS = Set.of("HouseTest", "Died");

    private static String text(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> files(String root, String ending) throws IOException {
        try (Stream<Path> all = Files.walk(Path.of(root))) {
            return all.filter(path -> path.toString().endsWith(ending)).sorted().toList();
        }
    }

    private static List<String> anchors() {
        return LAWS.stream().flatMap(path -> ANCHOR.matcher(text(path)).results()).map(found -> found.group(1))
                .toList();
    }

    private static Set<String> cited(String text, Pattern pattern) {
        Set<String> cited = new TreeSet<>();
        Matcher found = pattern.matcher(text);
        while (found.find()) {
            cited.add((found.group(1) + (found.groupCount() > 1 ? found.group(2) : "")).toLowerCase(Locale.ROOT));
        }
        return cited;
    }

    @Test
    void shouldHaveEachAnchorOnce() {
        List<String> anchors = anchors();

        assertEquals(anchors.stream().distinct().toList(), anchors);
        assertTrue(anchors.containsAll(List.of("s1", "s24", "r7", "k7", "h30", "i7", "l6", "d22", "1.7", "2.2.17")),
                anchors.toString());
    }

    @Test
    void shouldHaveATextForEveryRuleAndSectionThatIsCited() throws IOException {
        Set<String> anchors = new HashSet<>(anchors());
        List<String> unknown = new ArrayList<>();
        List<Path> citing = new ArrayList<>(files("src", ".java"));
        citing.removeIf(path -> path.endsWith("TextsTest.java"));
        citing.addAll(files("docs", ".md"));
        citing.addAll(files("src/main/resources", ".conf"));
        citing.add(Path.of("README.md"));
        citing.add(Path.of("CHANGELOG.md"));
        for (Path path : citing) {
            String text = text(path);
            Set<String> cited = cited(text, RULE);
            cited.addAll(cited(text, TESTED));
            cited.addAll(cited(text, SECTION));
            if (path.toString().endsWith(".md")) {
                cited.addAll(cited(text, LIVENESS));
            }
            cited.removeAll(anchors);
            cited.forEach(rule -> unknown.add(path + ": " + rule));
        }

        assertEquals(List.of(), unknown, "cited, and without an anchor in " + LAWS);
    }

    @Test
    void shouldNoticeACitationWithoutText() {
        assertEquals(Set.of("d99", "s3"), cited("see D99 and (S3), not AD99 nor D99x", RULE));
        assertEquals(Set.of("d42"), cited("void d42ShouldWork() {", TESTED));
        assertEquals(Set.of("9.9"), cited("as protocol 9.9 says", SECTION));
    }

    /** Whoever reads the page finds the code of its sentences. */
    @Test
    void shouldNameOnlyClassesThatAreThere() throws IOException {
        Set<String> classes = files("src", ".java").stream()
                .map(path -> path.getFileName().toString().replace(".java", "")).collect(Collectors.toSet());
        Set<String> named = new TreeSet<>();
        Matcher found = CODE.matcher(text(ARCHITECTURE));
        while (found.find()) {
            named.add(found.group(2));
        }
        assertTrue(named.size() > 40, named.toString());

        named.removeAll(classes);
        named.removeAll(NOT_OURS);

        assertEquals(Set.of(), named, "in " + ARCHITECTURE + ", and no class of that name");
    }
}
