package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.Commands;

/** The forms in which mirrorlogctl says what it has read, and what it says of a command line with an error. */
@Timeout(60)
class OutputTest extends CommandStage {
    private static final String RED = "\u001b[31m";
    private static final String ODD = """
            [{"uuid": "1e3", "no": "y\u00e9s\\u0085\\n\\"\\\\", "n": [], "o": {}, "p": null, "q": 9.5e-7,
              "r": [{"s": [[1, -2], []], "t": true}, "u", "\ud83d\ude00"], "v w": 12345678901234567}, []]""";

    @TempDir
    private Path directory;

    // --- yaml -----------------------------------------------------------------------------------------------------

    @Test
    void shouldGiveYamlInWhichNoTextIsTakenForSomethingElse() throws IOException {
        assertEquals("""
                - uuid: "1e3"
                  "no": "y\\u00e9s\\u0085\\u000a\\"\\\\"
                  "n": []
                  o: {}
                  p: null
                  q: 0.00000095
                  r:
                    - s:
                        - - 1
                          - -2
                        - []
                      t: true
                    - "u"
                    - "\\U0001f600"
                  "v w": 12345678901234567
                - []
                """, Yaml.of(JSON.readTree(ODD)));
        assertEquals("[]\n", Yaml.of(JSON.readTree("[]")));
    }

    /** Somebody else's reader of YAML, which is of version 1.1, reads what the JSON says. */
    @Test
    void shouldGiveTheSameInYamlAsInJson() throws IOException {
        Assumptions.assumeTrue(Commands.tryRun(List.of("python3", "-c", "import yaml")).status() == 0,
                "python3-yaml is missing");
        Path yaml = Files.writeString(directory.resolve("yaml"), Yaml.of(JSON.readTree(ODD)));

        String read = Commands.run(List.of("python3", "-c", "import json, sys, yaml; print(json.dumps(yaml.safe_load("
                + "open(sys.argv[1], encoding='utf-8'))))", yaml.toString()));

        assertEquals(JSON.readTree(ODD), JSON.readTree(read));
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "health", "logs", "log LVM-1", "requests", "events", "nodes"})
    void shouldReadInEveryForm(String command) throws IOException {
        answers.put("/mirrorlog/logs/LVM-1", new Answer(200, WELL.substring(1, WELL.length() - 1)));
        answers.put("/mirrorlog/requests", new Answer(200, "[]"));
        answers.put("/mirrorlog/events", new Answer(200, "[]"));

        assertEquals(Exit.OK, run((command + " --output=json").split(" ")), err.toString());
        String json = out.toString();
        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run((command + " --output=yaml").split(" ")), err.toString());
        assertEquals(Yaml.of(JSON.readTree(json)), out.toString());
        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run((command + " --output=table").split(" ")), err.toString());
        String table = out.toString();
        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run((command + " --output=text").split(" ")), "as it was called at first");
        assertEquals(table, out.toString());
    }

    @Test
    void shouldFollowEventsAsYamlDocuments() {
        later.add(new Answer(200, "id: 7\ndata: {\"id\": 7}\n\nid: 8\ndata: {\"id\": 8}\n\n"));

        assertEquals(Exit.FAILED, run("events", "--follow", "--output=yaml"));

        assertEquals("---\nid: 7\n---\nid: 8\n", out.toString());
    }

    // --- colours --------------------------------------------------------------------------------------------------

    private String status(Map<String, String> environment, boolean isTerminal, String... more) {
        out.getBuffer().setLength(0);
        answers.put("/ready", new Answer(500, "not ready"));
        String[] words = more.length == 0 ? new String[] {"status"} : new String[] {"status", more[0]};
        assertEquals(Exit.DEGRADED, run(environment, isTerminal, words));
        return out.toString();
    }

    @Test
    void shouldUseColoursOnATerminalOnlyAndNotWhereTheyAreNotWanted() {
        assertTrue(status(Map.of(), true).contains(RED + "! not ready"), out.toString());
        assertTrue(status(Map.of("NO_COLOR", ""), true).contains(RED), "empty means nothing");
        assertFalse(status(Map.of("NO_COLOR", "1"), true).contains("\u001b"));
        assertFalse(status(Map.of("TERM", "dumb"), true).contains("\u001b"));
        assertFalse(status(Map.of(), false).contains("\u001b"));
        assertFalse(status(Map.of(), true, "--output=json").contains("\u001b"));
        assertFalse(status(Map.of(), true, "--output=yaml").contains("\u001b"));
    }

    // --- sorted and chosen ----------------------------------------------------------------------------------------

    private static final String FOUR = """
            [{"uuid": "b", "type": "clustered-disk", "regionCount": 10, "inSync": 10, "dirty": 3, "owner": "n1",
              "logDevice": {"path": "x", "health": "D"}, "instances": [{"waitsForSeconds": 2.5}, {}]},
             {"uuid": "a", "type": "clustered-core", "regionCount": 10, "inSync": 9, "dirty": 3, "owner": "n2",
              "logDevice": null, "instances": []},
             {"uuid": "d", "type": "clustered-core", "regionCount": 2000000, "inSync": 1999999, "dirty": 20,
              "owner": "n10", "logDevice": null, "instances": []},
             {"uuid": "c", "type": "clustered-core", "regionCount": 7, "inSync": null, "dirty": null, "owner": null,
              "logDevice": null, "instances": [], "silent": {"since": "s", "why": "w"}}]""";

    @ParameterizedTest
    @CsvSource({"--sort=name, abcd", "--sort=-name, dcba", "--sort=dirty, abdc", "--sort=-dirty, dabc",
        "--sort=in-sync, adbc", "--sort=-waits, bacd", "--sort=owner, bdac", "--sort=-regions, dabc",
        "--filter=in-sync<100, ad", "--filter=dirty=3, ba", "--filter=owner!=n1, adc", "--filter=owner=n1*, bd",
        "--filter=type=clustered-core --filter=dirty>3, d", "--filter=health=D, b", "--filter=waits>=2.5, b",
        "--filter=tables=2, b", "--filter=dirty<=3 --sort=name, ab", "--filter=name=.*, ''", "--filter=dirty!=3, dc"})
    void shouldSortAndChooseLogs(String words, String names) throws IOException {
        answers.put("/mirrorlog/logs", new Answer(200, FOUR));

        assertEquals(Exit.OK, run(("logs --output=json " + words).split(" ")), err.toString());

        assertEquals(names, String.join("", JSON.readTree(out.toString()).findValuesAsText("uuid")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--sort=colour", "--filter=dirty", "--filter=colour=red", "--filter=dirty>many",
        "--filter=owner<n", "--filter="})
    void shouldRefuseAChoiceThatMakesNoSenseBeforeItAsks(String word) {
        assertEquals(Exit.USAGE, run("logs", word));

        assertEquals(List.of(), asked);
        assertEquals(1, err.toString().lines().count(), err.toString());
    }

    // --- errors of typing -----------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "statsu|mirrorlogctl: unknown command 'statsu', did you mean 'status'?; mirrorlogctl --help explains",
        "fence|mirrorlogctl: unknown command 'fence', did you mean 'fence-confirm'?; mirrorlogctl --help explains",
        "start-again|mirrorlogctl: unknown command 'start-again'; mirrorlogctl --help explains",
        "logs --otput=json|mirrorlogctl logs: unknown option '--otput=json', did you mean '--output'?;"
                + " mirrorlogctl logs --help explains",
        "logs all|mirrorlogctl logs: unknown argument 'all'; mirrorlogctl logs --help explains",
        "logs --output=xml|mirrorlogctl logs: invalid value for option '--output': 'xml' is none of table, json and"
                + " yaml; mirrorlogctl logs --help explains",
        "log|mirrorlogctl log: missing required parameter: 'UUID'; mirrorlogctl log --help explains",
        "''|mirrorlogctl: which command?; mirrorlogctl --help explains"})
    void shouldSayInOneLineWhatIsWrongAndWhatIsNearest(String words, String line) {
        assertEquals(Exit.USAGE, run(words.isEmpty() ? new String[0] : words.split(" ")));

        assertEquals(line, err.toString().strip());
        assertEquals("", out.toString());
    }
}
