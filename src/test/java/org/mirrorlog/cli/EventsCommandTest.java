package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code mirrorlogctl events} against an HTTP server that plays the daemon. */
@Timeout(60)
class EventsCommandTest extends CommandStage {
    private static final String HELD = """
            {"id": 7, "at": "2026-11-22T16:00:06.100Z", "kind": "HEALTH_BEGAN", "severity": "error",
             "subject": "log a/7", "code": "MIRROR_LOG_HELD", "says": "FLUSH waits"}""".replace("\n", "");
    private static final String UP = """
            {"id": 8, "at": "2026-11-22T16:00:08Z", "kind": "NODE_UP", "severity": "info", "subject": "node \u00e9",
             "says": "it is up"}""".replace("\n", "");
    private static final List<String> LINES = List.of(
            "2026-11-22T16:00:06.100Z  error    HEALTH_BEGAN      log a/7: MIRROR_LOG_HELD: FLUSH waits",
            "2026-11-22T16:00:08Z      info     NODE_UP           node \\xe9: it is up");

    @Test
    void shouldListWhatHasHappened() throws IOException {
        answers.put("/mirrorlog/events", new Answer(200, "[" + HELD + "," + UP + "]"));

        assertEquals(Exit.OK, run("events", "--last=5"), err.toString());
        assertEquals(LINES, out.toString().lines().toList());
        assertEquals("/mirrorlog/events?last=5", asked.get(0));

        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run("events", "--after", "6", "--output=json"));
        assertEquals(JSON.readTree("[" + HELD + "," + UP + "]"), JSON.readTree(out.toString()));
        assertEquals("/mirrorlog/events?after=6", asked.get(1));
    }

    /** The stream ends, and goes on behind the last event that was seen; then the daemon refuses. */
    @Test
    void shouldFollowAndGoOnWhereItWas() {
        later.add(new Answer(200, "id: 7\ndata: " + HELD + "\n\n: still there\n\n"));
        later.add(new Answer(503, "{\"error\": \"8 others follow already\"}"));
        later.add(new Answer(200, "id: 8\ndata: " + UP + "\n\n"));
        later.add(new Answer(404, "{\"error\": \"no such page\"}"));

        assertEquals(Exit.FAILED, run("events", "--follow", "--last=0"));

        assertEquals(LINES, out.toString().lines().toList());
        assertEquals(List.of("/mirrorlog/events?last=0", "/mirrorlog/events?last=0 7", "/mirrorlog/events?last=0 7",
                "/mirrorlog/events?last=0 8"), asked);
        assertTrue(err.toString().contains("no such page"), err.toString());
    }

    @Test
    void shouldFollowForPrograms() throws IOException {
        later.add(new Answer(200, "id: 7\ndata: " + HELD + "\n\nid: 8\ndata: " + UP + "\n\n"));

        assertEquals(Exit.FAILED, run("events", "--follow", "--output=json"));

        List<String> lines = out.toString().lines().toList();
        assertEquals(JSON.readTree(HELD), JSON.readTree(lines.get(0)));
        assertEquals(JSON.readTree(UP), JSON.readTree(lines.get(1)));
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertEquals(Exit.USAGE, run("events", "--last=1001"));
        assertEquals(Exit.USAGE, run("events", "--after=-1"));
    }
}
