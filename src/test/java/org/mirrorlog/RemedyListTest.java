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
import java.util.regex.Matcher;
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
    private static final List<String> HEADS = List.of("said by", "sentence", "in");
    private static final String NO_ADVICE = "none";
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");
    private static final Pattern RUN_BY_JUNIT = Pattern.compile("@(?:Test|ParameterizedTest|TestFactory)\\b");
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|(?<!:)//[^\\n]*", Pattern.DOTALL);
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
    /** So many characters of what is missing. */
    private static final int SHOWN = 80;
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

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        String section = "";
        for (String line : Files.readAllLines(LIST)) {
            section = line.startsWith("## ") ? line.substring(3) : section;
            List<String> cells = Arrays.stream(line.split("\\|")).map(String::strip).toList();
            if (line.startsWith("| ") && !HEADS.contains(cells.get(1))) {
                String where = cells.get(1).replace("`", "");
                rows.add(switch (section) {
                    case "In lines and answers of the programs" -> new Row(where, cells.get(2), cells.get(3));
                    case "In operations.md" -> new Row("", cells.get(1), cells.get(2));
                    case "What only looks like advice" -> new Row(where, cells.get(2), NO_ADVICE);
                    default -> throw new IllegalStateException("a table in section " + section);
                });
            }
        }
        return rows;
    }

    @BeforeAll
    static void read() throws IOException {
        ROWS.addAll(rows());
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
        for (Row row : ROWS) {
            List<MatchResult> tests = TEST.matcher(row.test()).results().toList();
            if (tests.isEmpty() && !row.test().equals(NO_ADVICE)) {
                missing.add(row.toString());
            }
            tests.stream().filter(test -> !isTest(TESTS.getOrDefault(test.group(1), ""), test.group(2)))
                    .forEach(test -> missing.add(test.group()));
        }
        assertEquals(List.of(), missing, "in " + LIST + ", and no such test");
    }

    /** A method that JUnit runs; or one of the troubles that a soak has in store. */
    static boolean isTest(String source, String name) {
        Matcher declared = Pattern.compile("(?m)^    (?:[A-Za-z][^=;(]* )?" + name + "\\(").matcher(source);
        if (!declared.find()) {
            return false;
        }
        String before = source.substring(Math.max(0, source.lastIndexOf("\n\n", declared.start())), declared.end());
        return RUN_BY_JUNIT.matcher(before).find() || source.contains("enum Trouble {");
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

    /** Where a text tells somebody what to do. */
    static Stream<MatchResult> advice(String text) {
        return ADVICE.matcher(text).results();
    }

    /** The sentences of docs/operations.md that have a test. */
    static List<String> sentencesOfOperations() throws IOException {
        List<String> sentences = new ArrayList<>();
        for (Row row : rows()) {
            if (row.where().isEmpty()) {
                sentences.add(row.sentence());
            }
        }
        return sentences;
    }

    @Test
    void shouldMissNoAdviceOfOperationsAndListItInThatOrder() throws IOException {
        String operations = plain(Files.readString(OPERATIONS)).replaceAll("see (?:above|below|that line)", "");
        List<String> listed = sentencesOfOperations().stream().map(RemedyListTest::plain).toList();
        List<MatchResult> places = listed.stream()
                .flatMap(each -> Pattern.compile(Pattern.quote(each)).matcher(operations).results()).toList();

        List<String> missing = advice(operations).filter(at -> places.stream()
                .noneMatch(place -> place.start() <= at.end() && at.start() < place.end()))
                .map(at -> operations.substring(at.start(), Math.min(at.end() + SHOWN, operations.length()))).toList();

        assertEquals(List.of(), missing, "advised in " + OPERATIONS + ", and not in " + LIST);
        List<Integer> order = listed.stream().map(operations::indexOf).toList();
        assertEquals(order.stream().sorted().toList(), order, "as in " + OPERATIONS);
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

    @Test
    void shouldKnowATestFromAMethodThatNobodyRuns() {
        String source = "class A {\n\n    @Test\n    @Tag(\"slow\")\n    void tries() {\n        help();\n    }\n\n"
                + "    private void help() {\n    }\n}";
        assertTrue(isTest(source, "tries"));
        assertTrue(!isTest(source, "help"));
        assertTrue(!isTest(source, "renamed"));
    }
}
