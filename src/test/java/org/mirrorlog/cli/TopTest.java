package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.Commands;
import org.mirrorlog.Terminal;

/** {@code mirrorlogctl top}: what it shows, and that it leaves the terminal as it was. */
@Timeout(120)
class TopTest extends CommandStage {
    private static final String ILL = """
            {"status": "error", "findings": [{"severity": "error", "code": "MIRROR_LOG_HELD", "count": 2,
              "says": "requests of a kernel wait, and that for so long that somebody should look at it now"}]}""";

    @TempDir
    private Path directory;

    private static String logs(int count) {
        return IntStream.range(0, count).mapToObj(i -> """
                {"uuid": "LVM-%d-%s", "regionCount": 1000, "inSync": %d, "dirty": %d, "owner": "a-node-of-some-length",
                 "instances": [{"waitsForSeconds": %d.5}]}""".formatted(i, "x".repeat(60), i == 0 ? 999 : 1000, i, i))
                .collect(Collectors.joining(",", "[", "]"));
    }

    @ParameterizedTest
    @CsvSource({"24, 80, 100", "24, 80, 1", "24, 80, 0", "10, 40, 5", "60, 200, 58", "24, 80, 20", "24, 80, 19"})
    void shouldFitTheScreen(int rows, int columns, int count) throws IOException {
        JsonNode all = JSON.readTree(logs(count));

        List<String> lines = new TopScreen(rows, columns).lines(JSON.readTree(ILL), all, "-waits");

        assertTrue(lines.size() <= rows, lines.size() + " lines");
        lines.forEach(line -> assertTrue(line.length() <= columns, line));
        long shown = lines.stream().filter(line -> line.startsWith("LVM-")).count();
        assertEquals(count, shown + lines.stream().filter(line -> line.startsWith("... and "))
                .mapToInt(line -> Integer.parseInt(line.split(" ")[2])).sum(), "each is shown or counted");
    }

    @Test
    void shouldShowOnOneLineHowALogIs() throws IOException {
        List<String> lines = new TopScreen(24, 80).lines(JSON.readTree("{\"status\": \"ok\"}"), JSON.readTree("""
                [{"uuid": "a", "regionCount": 1000, "inSync": 999, "dirty": 3, "owner": "n1",
                  "instances": [{"waitsForSeconds": 2.25}, {}]},
                 {"uuid": "b", "regionCount": 10, "inSync": null, "dirty": null, "owner": null, "instances": []}]"""),
                "-waits");

        assertEquals(List.of("health ok; 2 logs, 2 not in sync, 1 waiting; by -waits; q ends", "",
                "LOG                      IN SYNC                   DIRTY     WAITS  OWNER",
                "a                        [#########-]  99.9%           3     2.3 s  n1",
                "b                        ?                             ?         -  -"), lines);
    }

    @Test
    void shouldBeLiveAndLeaveTheTerminalAsItWas() throws Exception {
        assumeTrue(Commands.tryRun(List.of("sh", "-c", "command -v script")).status() == 0, "script is missing");
        Path program = Files.writeString(directory.resolve("run"), "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '"
                + System.getProperty("java.class.path") + "' org.mirrorlog.cli.MirrorlogCtl top --every=1\n"
                + "echo \"ended with $?\"\nstty -a\n");
        try (Terminal terminal = Terminal.start("bash " + program, Map.of("MIRRORLOG_URL", url()))) {
            terminal.awaitShown("LVM-1");
            answers.put("/mirrorlog/logs", new Answer(200, WELL.replace("LVM-1", "LVM-other")));
            terminal.awaitShown("LVM-other");
            answers.put("/mirrorlog/logs", new Answer(503, "{\"error\": \"it starts\"}"));
            terminal.awaitShown("health unknown, it starts");

            terminal.type("xq");

            terminal.awaitShown("ended with 0");
            assertEquals(0, terminal.awaitEnd());
            String after = terminal.shown().substring(terminal.shown().indexOf("\u001b[?1049l"));
            assertTrue(after.contains("\u001b[?1049l") && after.contains(" icanon") && after.contains(" echo "), after);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"top", "top --every=0", "top --sort=colour"})
    void shouldNotBeginWhereItCannotBeShown(String words) {
        assertEquals(Exit.USAGE, run(Map.of(), !words.equals("top"), words.split(" ")));

        assertEquals(1, err.toString().lines().count(), err.toString());
        assertEquals(List.of(), asked);
    }
}
