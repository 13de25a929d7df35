package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** mirrorlogctl about nodes: whom it shows, whom it declares dead, and whom not. */
@Timeout(60)
class NodeCommandsTest extends CommandStage {
    private void nodeB(boolean isConnected, boolean isDeclared) {
        nodeB(isConnected ? "up" : isDeclared ? "dead" : "stopped", false);
    }

    private void nodeB(String state, boolean mayWrite) {
        String run = """
                [{"bootId": "boot-b", "node": "node-b", "state": "%1$s", "says": "is %1$s", "isConnected": %2$s,
                  "isDeclared": %3$s, "isPowerOffNeeded": %4$s, "logs": ["LVM-1"], "writable": [%5$s], "marks": 7,
                  "lost": {"regions": 6, "logs": 1}, "silentLogs": [%6$s],
                  "silentSince": "2026-11-22T16:00:00Z"}]""".formatted(state, state.equals("up"),
                state.equals("dead"), mayWrite, mayWrite ? "\"LVM-1\"" : "", mayWrite ? "\"LVM-2\"" : "");
        answers.put("/mirrorlog/nodes/node-b", new Answer(200, "{\"runs\": " + run + "}"));
        String nodeA = """
                [{"bootId": "boot-a", "node": "node-a", "state": "up", "writable": ["LVM-1"], "marks": 2},""";
        answers.put("/mirrorlog/nodes", new Answer(200, "{\"nodes\": " + nodeA + run.substring(1) + "}"));
        answers.put("/mirrorlog/deaths", new Answer(200, "{\"deaths\": []}"));
    }

    @Test
    void d16ShouldOnlyShowWhatFenceConfirmWouldDoUnlessItIsMeant() {
        nodeB(false, false);

        assertEquals(Exit.USAGE, run("fence-confirm", "node-b"));

        assertEquals(List.of("node node-b (boot id boot-b) is stopped; silent since 2026-11-22T16:00:00Z",
                "  it would be declared dead: 6 regions in 1 logs go out of sync; it is not served again before it has"
                + " booted"), out.toString().lines().toList());
        assertTrue(err.toString().contains("--yes"), err.toString());
        assertEquals(List.of(), changes);
    }

    @Test
    void d16ShouldDeclareTheBootIdDeadThatItHasShown() throws IOException {
        nodeB(false, false);

        assertEquals(Exit.OK, run("fence-confirm", "--yes", "node-b"), err.toString());

        assertChanged("/mirrorlog/deaths", "{\"bootIds\": [\"boot-b\"], \"powerIsOff\": false}");
    }

    private void assertChanged(String path, String body) throws IOException {
        assertEquals(1, changes.size(), changes.toString());
        assertEquals(path, changes.get(0).substring(0, path.length()));
        assertEquals(JSON.readTree(body), JSON.readTree(changes.get(0).substring(path.length() + 1)));
    }

    /** Its daemon was stopped, killed or lost while it had active tables. */
    @Test
    void d16ShouldAskForMoreThanYesWhereTheKernelMayStillWrite() throws IOException {
        nodeB("undecided", true);

        assertEquals(Exit.USAGE, run("fence-confirm", "node-b", "--yes"));

        assertTrue(out.toString().contains("  it may still write log LVM-1\n  what it may write of log LVM-2 is not"
                + " known"), out.toString());
        assertTrue(err.toString().contains("add --power-is-off --yes"), err.toString());
        assertEquals(Exit.USAGE, run("fence-confirm", "node-b", "--power-is-off"), "nor without --yes");
        assertEquals(List.of(), changes);
        assertEquals(Exit.OK, run("fence-confirm", "node-b", "--yes", "--power-is-off"), err.toString());
        assertChanged("/mirrorlog/deaths", "{\"bootIds\": [\"boot-b\"], \"powerIsOff\": true}");
    }

    @Test
    void shouldListUndecidedNodesFirstAndEndDegradedBecauseOfThem() {
        nodeB("undecided", true);
        String line = "! node node-b (boot id boot-b) is undecided log LVM-1; silent since 2026-11-22T16:00:00Z. Make"
                + " sure that it is off, then: mirrorlogctl fence-confirm boot-b";

        assertEquals(Exit.OK, run("nodes"), err.toString());
        assertEquals(List.of("NODE BOOT ID STATE MAY WRITE MARKS VERSION", "node-b boot-b undecided 1 7 -",
                "node-a boot-a up 1 2 -", line), out.toString().lines().map(one -> one.replaceAll(" +", " ")).toList());

        assertEquals(Exit.DEGRADED, run("status"));
        assertTrue(out.toString().lines().skip(4).toList().contains(line), out.toString());
        nodeB("stopped", false);
        assertEquals(Exit.OK, run("status"));
    }

    @Test
    void shouldListNodesForPrograms() throws IOException {
        nodeB("undecided", true);

        assertEquals(Exit.OK, run("nodes", "--output=json"));

        assertEquals(JSON.readTree(answers.get("/mirrorlog/nodes").body()).get("nodes"), JSON.readTree(out.toString()));
    }

    @Test
    void d16ShouldNotDeclareAConnectedNodeDead() {
        nodeB(true, false);

        assertEquals(Exit.FAILED, run("fence-confirm", "node-b", "--yes"));

        assertTrue(err.toString().contains("node node-b (boot id boot-b) is up: it is not dead"), err.toString());
        assertTrue(err.toString().contains("To stop its daemon is not enough"), err.toString());
        assertEquals(List.of(), changes);
    }

    @Test
    void shouldHaveNothingToDoForANodeThatWasDeclaredDeadBefore() {
        nodeB(false, true);

        assertEquals(Exit.OK, run("fence-confirm", "node-b", "--yes"));

        assertEquals("node node-b (boot id boot-b) is dead: there is nothing to do", out.toString().strip());
        assertEquals(List.of(), changes);
    }

    @Test
    void shouldSayWhyTheDaemonRefuses() {
        nodeB(false, false);
        answers.put("/mirrorlog/deaths", new Answer(409, "{\"error\": \"it has come back\"}"));

        assertEquals(Exit.FAILED, run("fence-confirm", "node-b", "--yes"));

        assertEquals("mirrorlogctl: it has come back", err.toString().strip());
    }
}
