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
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The table "What the log says" of docs/operations.md and the lines of the sources are the same: each row is of a line
 * that is said, each line at level WARN or ERROR has a row, and what a row advises is on docs/remedies.md.
 */
class LogLineListTest {
    private static final Path OPERATIONS = Path.of("docs/operations.md");
    private static final String TABLE = "## What the log says";
    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");
    /** A row whose text is shorter than this must have it at the line's beginning. */
    private static final int LONG_ENOUGH = 16;

    /** Classes that write what others have said: it is looked at where it is said, or is text of its own there. */
    private static final Map<String, String> PASS_ON = Map.of(
            "AkkaLog", "the journal's lines",
            "CommitHealth", "the line of one log that was refused, and that the disk or the server hangs",
            "RateLimitedLog", "what happened, before the colon, and its detail",
            "Incidents", "the lines of tables",
            "Instances", "what a table threw",
            "LogInstance", "the lines of tables",
            "LogService", "records that cannot be used at the start",
            "ProcessCare", "what the kernel refused to this process",
            "TableSurroundings", "the lines of tables",
            "Troubles", "what a table threw, and what becomes of it");

    private static SaidLines said;
    private static final List<Row> ROWS = new ArrayList<>();

    /** A row of the table: its texts, and what it says about them. */
    record Row(List<String> texts, String advice) {
        static Row of(String line) {
            List<String> cells = Arrays.stream(line.split(" \\| ?")).map(String::strip).toList();
            return new Row(SPAN.matcher(cells.get(0)).results().map(span -> span.group(1)).toList(),
                    cells.size() > 1 ? cells.get(1) : "");
        }

        boolean isAbout(String line) {
            return texts.stream().anyMatch(text -> covers(text, line));
        }
    }

    /** Whether a line is one of those that a row shows; dots stand for anything. */
    static boolean covers(String row, String line) {
        List<String> parts = parts(row);
        Matcher found = pattern(parts).matcher(line);
        int length = parts.stream().mapToInt(String::length).sum();
        return found.find() && (length >= LONG_ENOUGH
                || line.substring(0, found.start()).chars().noneMatch(Character::isLetterOrDigit)
                || line.substring(0, found.start()).matches("\u2026*log \u2026+: "));
    }

    private static List<String> parts(String row) {
        return Arrays.stream(row.split("\\.\\.\\.")).map(String::strip)
                .filter(part -> !part.isEmpty()).toList();
    }

    private static Pattern pattern(List<String> parts) {
        return Pattern.compile(parts.stream().map(Pattern::quote).collect(Collectors.joining(".*?")), Pattern.DOTALL);
    }

    @BeforeAll
    static void read() throws IOException {
        said = SaidLines.below(Path.of("src/main/java"));
        boolean isInside = false;
        for (String line : Files.readAllLines(OPERATIONS)) {
            isInside = line.startsWith("## ") ? line.equals(TABLE) : isInside;
            if (isInside && line.startsWith("| ") && !line.startsWith("| line |")) {
                ROWS.add(Row.of(line.substring(2)));
            }
        }
        assertTrue(ROWS.size() > 50 && said.lines().size() > 80, ROWS.size() + " rows, " + said.lines().size());
    }

    @Test
    void shouldHaveNoRowForALineThatNobodySays() {
        List<String> gone = ROWS.stream().flatMap(row -> row.texts().isEmpty() ? Stream.of(row.toString())
                : row.texts().stream().filter(text -> said.texts().stream()
                        .noneMatch(line -> pattern(parts(text)).matcher(line).find()))).toList();

        assertEquals("", String.join("\n", gone), "in " + OPERATIONS + ", and said nowhere");
    }

    @Test
    void shouldHaveARowForEachLineAtLevelWarnOrError() {
        List<String> missing = said.lines().stream().flatMap(line -> line.own().stream()
                .filter(text -> ROWS.stream().noneMatch(row -> row.isAbout(text)))
                .map(text -> line.where() + ": " + text)).toList();

        assertEquals("", String.join("\n", missing), "said, and not in " + OPERATIONS);
    }

    @Test
    void shouldKnowWhoOnlyPassesOnWhatOthersSay() {
        assertEquals(new TreeSet<>(PASS_ON.keySet()), said.lines().stream().filter(line -> line.own().isEmpty())
                .map(SaidLines.Line::where).collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void shouldAdviseNothingThatIsNotOnTheListOfRemedies() throws IOException {
        List<String> listed = RemedyListTest.sentencesOfOperations();
        List<String> missing = new ArrayList<>();
        for (Row row : ROWS) {
            RemedyListTest.advice(row.advice()).filter(at -> listed.stream().noneMatch(sentence -> {
                int begin = row.advice().indexOf(sentence);
                return begin >= 0 && begin <= at.end() && at.start() < begin + sentence.length();
            })).forEach(at -> missing.add(row.advice().substring(at.start())));
        }

        assertEquals("", String.join("\n", missing), "advised in " + OPERATIONS + ", and without a test");
    }

    @Test
    void shouldSeeWhatItIsToHold() throws IOException {
        SaidLines some = SaidLines.in("class A { static final String WHO = \"a disk\"; void f(Log log, int i) {"
                + " log.warn(\"log {}: \" + WHO + \" is \" + i + (i > 0 ? \" full\" : \" empty\"), i);"
                + " log.error(\"log {}: {}\", i, i); HttpReply.error(503, \"not now\"); } }");

        assertEquals(List.of("log \u2026: a disk is \u2026 full", "log \u2026: a disk is \u2026 empty"),
                some.lines().get(0).own());
        assertEquals(List.of(), some.lines().get(1).own());
        assertEquals(2, some.lines().size());
        Row row = Row.of("`a disk is ... full`, `other` | mend it |");
        assertTrue(row.isAbout("log \u2026: a disk is \u2026 full"));
        assertTrue(!row.isAbout("log \u2026: a disk is \u2026 empty") && !row.isAbout("some other thing"));
        assertEquals("mend it", row.advice());
    }
}
