package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * docs/remedies.md lists what operators are told to do, each sentence with a test that does it: sentences stand where
 * it says, tests exist, and no advice is missing.
 */
class RemedyListTest {
    private static final Path LIST = Path.of("docs/remedies.md");
    private static final Path OPERATIONS = Path.of("docs/operations.md");
    /** Sentences that nobody has tried in a test yet; only ever fewer. */
    private static final int MOST_OPEN = 8;
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|(?<!:)//[^\\n]*", Pattern.DOTALL);
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
    private static final Pattern SPACES = Pattern.compile("\\s+");
    /** A verb where an order begins: behind a stop, a semicolon, a colon or a comma, or first in a text. */
    private static final Pattern ADVICE = Pattern.compile("(?:[:;,.)] (?:or |and |then,? |then: )?|^(?:or |and )?)"
            + "(?i:check|free|raise|restore|remove|move|upgrade|start|stop|suspend|resume|adopt|declare|power|mend"
            + "|bring|set|give|choose|connect|try|use|grant|install|create|make|delete|boot|look|add|put|ask|load|name"
            + "|say|wait|correct|renew|lower|shorten|replace|close|unmount|let|leave|repeat|report|see)\\b [a-z]");

    /** A row of the list. */
    private record Row(String where, String sentence, String test) { }

    private static final List<Row> ROWS = new ArrayList<>();
    /** By a class's name, its texts, parts that are joined as one. */
    private static final Map<String, List<String>> TEXTS = new TreeMap<>();
    private static final Map<String, String> TESTS = new TreeMap<>();

    private static List<Path> sources(String root) throws IOException {
        try (Stream<Path> all = Files.walk(Path.of(root))) {
            return all.filter(path -> path.toString().endsWith(".java")).toList();
        }
    }

    private static String name(Path source) {
        return source.getFileName().toString().replace(".java", "");
    }

    static List<String> texts(String source) {
        String joined = JOINED.matcher(COMMENT.matcher(source).replaceAll("")).replaceAll("");
        return LITERAL.matcher(joined).results().map(found -> found.group(1).replace("\\\"", "\"")).toList();
    }

    @BeforeAll
    static void read() throws IOException {
        for (String line : Files.readAllLines(LIST)) {
            List<String> cells = Arrays.stream(line.split("\\|")).map(String::strip).toList();
            if (line.startsWith("| ") && !cells.get(2).equals("sentence") && !cells.get(2).equals("test")
                    && !cells.get(2).equals("text")) {
                boolean isOfSource = cells.size() == 4 || !cells.get(2).equals("open")
                        && !TEST.matcher(cells.get(2)).find();
                ROWS.add(isOfSource ? new Row(cells.get(1).replace("`", ""), cells.get(2),
                        cells.size() > 3 ? cells.get(3) : "") : new Row("", cells.get(1), cells.get(2)));
            }
        }
        for (Path source : sources("src/main/java")) {
            TEXTS.computeIfAbsent(name(source), name -> new ArrayList<>()).addAll(texts(Files.readString(source)));
        }
        for (Path source : sources("src/test/java")) {
            TESTS.merge(name(source), Files.readString(source), String::concat);
        }
        assertTrue(ROWS.size() > 100, ROWS::toString);
    }

    private static String plain(String text) {
        return SPACES.matcher(text).replaceAll(" ");
    }

    @Test
    void shouldListSentencesThatAreSaid() throws IOException {
        String operations = plain(Files.readString(OPERATIONS));

        List<Row> missing = ROWS.stream().filter(row -> row.where().isEmpty()
                ? !operations.contains(row.sentence())
                : TEXTS.getOrDefault(row.where(), List.of()).stream()
                        .noneMatch(text -> text.contains(row.sentence()))).toList();

        assertEquals(List.of(), missing, "in " + LIST + ", and not said there");
    }

    @Test
    void shouldNameTestsThatExist() {
        List<String> missing = new ArrayList<>();
        long open = 0;
        for (Row row : ROWS) {
            open += row.test().equals("open") ? 1 : 0;
            for (MatchResult test : TEST.matcher(row.test()).results().toList()) {
                String source = TESTS.getOrDefault(test.group(1), "");
                if (!source.contains(' ' + test.group(2) + '(')) {
                    missing.add(test.group());
                }
            }
        }
        assertEquals(List.of(), missing, "in " + LIST + ", and no such test");
        assertTrue(open <= MOST_OPEN, "without a test: " + open);
    }

    @Test
    void shouldMissNoAdviceOfTheSources() {
        List<String> missing = new ArrayList<>();
        TEXTS.forEach((name, texts) -> texts.stream().filter(RemedyListTest::isAdvice)
                .filter(text -> ROWS.stream().noneMatch(row -> row.where().equals(name)
                        && text.contains(row.sentence())))
                .forEach(text -> missing.add(name + ": " + text)));

        assertEquals(List.of(), missing, "addressed to an operator, and not in " + LIST);
    }

    private static boolean isAdvice(String text) {
        return text.length() > 18 && ADVICE.matcher(text).find();
    }

    @Test
    void shouldKnowAdviceWhenItSeesIt() {
        assertEquals(List.of("disk is full; free some space"), texts("say(\"disk is full; \" // here\n + \"free \"\n"
                + "+ \"some space\");"));
        assertTrue(isAdvice("disk is full; free some space"));
        assertTrue(isAdvice("Make sure that it is off"));
        assertTrue(!isAdvice("the disk was set free by somebody"));
    }
}
