package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;

/** {@code mirrorlogctl support-bundle} against an HTTP server that plays the daemon; read back by tar. */
@Timeout(60)
class SupportBundleTest extends CommandStage {
    private static final String NODES = "[{\"node\": \"\u00e9\"}]";

    @TempDir
    private Path directory;
    private Path file;

    @BeforeEach
    void answerAll() {
        file = directory.resolve("all.tar.gz");
        answers.put("/mirrorlog/health", new Answer(200, "{\"codes\": []}"));
        answers.put("/mirrorlog/events", new Answer(200, "[]"));
        answers.put("/mirrorlog/nodes", new Answer(200, NODES));
        answers.put("/mirrorlog/logs", new Answer(200, "[" + "1,".repeat(300) + "1]"));
        answers.put("/mirrorlog/requests", new Answer(200, "[]"));
        answers.put("/mirrorlog/deaths", new Answer(200, "[]"));
        answers.put("/mirrorlog/counters", new Answer(200, "{}"));
        answers.put("/metrics", new Answer(200, "mirrorlog_up 1\n"));
        for (String page : List.of("config", "log", "threads", "journal", "version")) {
            answers.put("/mirrorlog/inside/" + page, new Answer(200, "[\"" + page + "\"]"));
        }
    }

    private String inside(String name) throws IOException {
        return Commands.run(List.of("tar", "-xzOf", file.toString(), "mirrorlog-support/" + name));
    }

    /** Nothing else is asked, so keys cannot be in it. */
    @Test
    void shouldHoldWhatTheDaemonShowsAndNothingElse() throws IOException {
        assertEquals(Exit.OK, run("support-bundle", file.toString()), err.toString());

        assertEquals(List.of("contents.txt", "health.json", "events.json", "nodes.json", "logs.json", "requests.json",
                "deaths.json", "counters.json", "metrics.txt", "config.json", "journal.json", "log.json",
                "threads.json", "version.json", "dmsetup-status.txt", "dmsetup-table.txt").stream()
                .map("mirrorlog-support/"::concat).toList(),
                Commands.run(List.of("tar", "-tzf", file.toString())).lines().toList());
        assertEquals(NODES, inside("nodes.json"));
        assertEquals("[" + "1,".repeat(300) + "1]", inside("logs.json"));
        assertEquals("mirrorlog_up 1\n", inside("metrics.txt"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("[\"config\"]", inside("config.json"));
        assertEquals(13, asked.size(), asked.toString());
    }

    @Test
    void shouldSayWhichPageCouldNotBeTold() throws IOException {
        answers.put("/mirrorlog/logs", new Answer(503, "{\"error\": \"not yet\"}"));

        assertEquals(Exit.DEGRADED, run("support-bundle", file.toString()));

        assertTrue(inside("contents.txt").contains("logs.json: /mirrorlog/logs, HTTP status 503\n"));
    }

    /** Not of the operators' group: the rest is worth having. */
    @Test
    void shouldDoWithoutWhatIsForOperatorsOnly() throws IOException {
        answers.put("/mirrorlog/inside/log", new Answer(403, "{\"error\": \"not here\", \"socket\": \""
                + directory.resolve("none.sock") + "\"}"));

        assertEquals(Exit.DEGRADED, run("support-bundle", file.toString()));

        assertTrue(inside("contents.txt").contains("log.json: /mirrorlog/inside/log, not told: no answer at the"
                + " operators' socket " + directory.resolve("none.sock")), inside("contents.txt"));
        assertEquals("mirrorlog_up 1\n", inside("metrics.txt"));
    }

    @Test
    void shouldCutAPageThatIsTooLong() throws IOException {
        answers.put("/metrics", new Answer(200, "x".repeat((16 << 20) + 1)));

        assertEquals(Exit.OK, run("support-bundle", file.toString()), err.toString());

        String cut = inside("metrics.txt");
        assertEquals(16 << 20, cut.length());
        assertTrue(cut.endsWith("x\n(cut here)\n"));
    }

    @Test
    void shouldLeaveAFileThatExistsAlone() throws IOException {
        Files.writeString(file, "mine");

        assertEquals(Exit.FAILED, run("support-bundle", file.toString()));

        assertEquals("mine", Files.readString(file));
        assertTrue(err.toString().contains("name another file"), err.toString());
        run("support-bundle", directory.resolve("another").toString());
        assertTrue(Files.exists(directory.resolve("another")), err.toString());
    }

    @Test
    void shouldWriteNothingWhereNoDaemonAnswers() {
        assertEquals(Exit.NOT_REACHABLE, run("--url", "http://127.0.0.1:1", "support-bundle", file.toString()));

        assertFalse(Files.exists(file));
    }
}
