package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The load generator against a fake daemon in a process of its own. */
@Timeout(120)
class LoadTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @TempDir
    Path directory;

    @Test
    @Tag("slow")
    void shouldMeasureEveryStepOfEveryScenario() throws IOException {
        Path json = directory.resolve("load.json");

        int status = load("--logs", "1,3", "--seconds", "1", "--warmup", "0", "--regions", "512", "--json",
                json.toString(), "--");

        assertEquals(0, status, printed.toString(StandardCharsets.UTF_8));
        JsonNode rows = new ObjectMapper().readTree(json.toFile()).get("rows");
        List<String> steps = StreamSupport.stream(rows.spliterator(), false)
                .filter(row -> row.get("logs").asInt() == 3 && row.get("count").asInt() > 0)
                .map(row -> row.get("scenario").asText() + ' ' + row.get("step").asText()).toList();
        assertEquals(List.of("reads IN_SYNC", "reads ALL",
                "cold CYCLE", "cold PERMITTED", "cold IN_SYNC", "cold MARK", "cold FLUSH_MARKS", "cold CLEAR",
                "cold FLUSH_CLEARS", "cold ALL", "hot CYCLE", "hot PERMITTED", "hot IN_SYNC", "hot MARK",
                "hot FLUSH_MARKS", "hot CLEAR", "hot FLUSH_CLEARS", "hot ALL", "resync CYCLE", "resync IN_SYNC",
                "resync CLEAR", "resync FLUSH_CLEARS", "resync GET_RESYNC_WORK", "resync SET_REGION_SYNC",
                "resync GET_SYNC_COUNT", "resync ALL"), steps);
    }

    @Test
    @Tag("slow")
    void shouldKeepThePace() throws IOException {
        Path json = directory.resolve("load.json");

        int status = load("--logs", "1", "--only", "cold", "--seconds", "2", "--warmup", "1", "--rate", "20",
                "--integrated-flush", "--json", json.toString(), "--");

        assertEquals(0, status, printed.toString(StandardCharsets.UTF_8));
        JsonNode cycle = new ObjectMapper().readTree(json.toFile()).get("rows").get(0);
        assertEquals("CYCLE", cycle.get("step").asText());
        assertEquals(40, cycle.get("count").asInt(), 2, "20 a second for 2 s");
    }

    @Test
    void shouldRefuseBadArguments() {
        assertEquals(2, load("--logs", "65"));
        assertEquals(2, load("--only", "warm"));
        assertEquals(2, Load.run(System.out, "--seconds", "3"));
    }

    @Test
    void shouldExplainItself() {
        int status = Load.run(new PrintStream(printed, true, StandardCharsets.UTF_8), "--help");

        assertEquals(0, status);
        assertTrue(printed.toString(StandardCharsets.UTF_8).contains("isolated write, each to a fresh region"));
    }

    private int load(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), FakeDaemonMain.class.getName()));
        return Load.run(new PrintStream(printed, true, StandardCharsets.UTF_8), all.toArray(String[]::new));
    }
}
