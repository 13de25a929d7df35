package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.OddNames;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.LocalCaller;
import org.mirrorlog.door.OperatorDoor;

/** mirrorlogctl against an HTTP server that plays the daemon: what it asks, what it says, how it ends. */
@Timeout(60)
class CommandsTest extends CommandStage {
    @TempDir
    private Path directory;

    // --- reading --------------------------------------------------------------------------------------------------

    @Test
    void shouldListLogsForPeople() {
        assertEquals(Exit.OK, run("logs"));

        assertEquals(List.of("LOG    TYPE            REGIONS  IN SYNC  DIRTY  OWNER  DEVICE   TABLES",
                "LVM-1  clustered-disk     2048   100.0%      3  node1  254:3 A       1"),
                out.toString().lines().toList());
    }

    @Test
    void shouldListLogsForPrograms() throws IOException {
        assertEquals(Exit.OK, run("logs", "--output=json"));

        assertEquals(JSON.readTree(WELL), JSON.readTree(out.toString()));
    }

    @Test
    void shouldShowOneLogWhoseNameNeedsEscaping() {
        answers.put("/mirrorlog/logs/a%2Fb%20c", new Answer(200, WELL.substring(1, WELL.length() - 1)));

        assertEquals(Exit.OK, run("log", "a/b c"), err.toString());

        assertTrue(out.toString().contains("2048 of 1024 sectors"), out.toString());
    }

    /** As `logs` shows it, as the kernel has it, and as a terminal sends it; two that look alike are told apart. */
    @Test
    void shouldFindALogWhateverItsName() throws IOException {
        List<String> shown = new ArrayList<>();
        List<Map<String, String>> logs = new ArrayList<>();
        for (String name : OddNames.all()) {
            logs.add(Map.of("uuid", name));
            shown.add(LogName.shown(name));
            answers.put("/mirrorlog/logs/" + DaemonClient.segment(name),
                    new Answer(200, JSON.writeValueAsString(Map.of("uuid", name))));
        }
        logs.add(Map.of("uuid", "\\x5cx41"));
        shown.add(LogName.shown("\\x5cx41"));
        answers.put("/mirrorlog/logs/" + DaemonClient.segment("\\x5cx41"),
                new Answer(200, JSON.writeValueAsString(Map.of("uuid", "\\x5cx41"))));
        answers.put("/mirrorlog/logs", new Answer(200, JSON.writeValueAsString(logs)));
        assertEquals(shown.size(), Set.copyOf(shown).size(), "no two are shown alike");

        for (String name : shown) {
            assertTrue(name.chars().allMatch(c -> c >= ' ' && c < 0x7f), name);
            out.getBuffer().setLength(0);
            if (name.equals("\\x5cx41")) {
                assertEquals(Exit.FAILED, run("log", "--", name), "it is also how another one is shown");
                continue;
            }
            assertEquals(Exit.OK, run("log", "--", name), name + ": " + err);
            assertTrue(out.toString().lines().findFirst().orElseThrow().endsWith(name.stripTrailing()), name);
        }
        assertEquals(Exit.OK, run("log", "\u00ff".repeat(128)), err.toString());
        assertEquals(Exit.FAILED, run("log", "\u4e2d"), "no name has this");
    }

    @Test
    void shouldNeverSayThatAllIsInSyncWhileOneRegionIsNot() throws IOException {
        JsonNode log = JSON.readTree("{\"inSync\": 16777215, \"regionCount\": 16777216}");

        assertEquals("99.9%", LogCommand.percent(log));
    }

    @Test
    void shouldSayThatAllIsWell() {
        assertEquals(Exit.OK, run("status"));

        assertFalse(out.toString().contains("!"), out.toString());
    }

    @Test
    void shouldShowNodesAndLogsOnOneScreen() {
        answers.put("/mirrorlog/nodes", new Answer(200, """
                {"nodes": [{"node": "node1", "bootId": "b1", "state": "up", "version": "1.2"},
                           {"node": "node2", "bootId": "b2", "state": "unreachable", "version": null},
                           {"node": "node2", "bootId": "b0", "state": "over", "version": "1.1"}]}"""));
        String half = WELL.substring(1, WELL.length() - 1).replace("\"inSync\": 2048", "\"inSync\": 1024")
                .replace("\"logDevice\"",
                        "\"resync\": {\"bytesPerSecond\": 12897484, \"secondsLeft\": 130}, \"logDevice\"")
                .replace("\"marks\": 2", "\"marks\": 2, \"waiting\": 1, \"waitsForSeconds\": 6.25");
        answers.put("/mirrorlog/logs", new Answer(200, WELL.replace("LVM-1", "LVM-0").replace("]}]", "]}, " + half
                + "]")));
        answers.put("/mirrorlog/drain", new Answer(200, "{\"isDrained\": true}"));

        assertEquals(Exit.DEGRADED, run(Map.of("TERM", "dumb"), true, "status"));

        assertEquals("""
                health          ok
                daemon          ready, drained: it takes no logs
                cluster         1 members, 0 unreachable
                logs            2 used here
                oldest request  6 s

                NODE   STATE        VERSION
                node2  unreachable  -
                node1  up               1.2

                LOG    OWNER  IN SYNC                        DIRTY  RESYNC                  WAITS
                LVM-1  node1  [##########----------] 50.0%       3  12.3 MiB/s, 2 min left  6.3 s
                LVM-0  node1  [####################] 100.0%      3  -                       -

                ! log LVM-1: 1024 regions are out of sync
                """, out.toString());
    }

    @Test
    void shouldEndDegradedWhereSomethingIsNotWell() throws IOException {
        answers.put("/ready", new Answer(500, "not ready: the journal cannot be written"));
        answers.put("/mirrorlog/logs", new Answer(200, WELL.replace("\"inSync\": 2048", "\"inSync\": 2040")
                .replace("\"health\": \"A\"", "\"health\": \"D\"")));
        answers.put("/cluster/members", new Answer(200, MEMBERS.replace("\"unreachable\": []",
                "\"unreachable\": [{\"node\": \"akka://x\"}]")));

        assertEquals(Exit.DEGRADED, run("status", "--output", "json"));

        JsonNode status = JSON.readTree(out.toString());
        assertFalse(status.get("ready").asBoolean());
        assertEquals(List.of("not ready: the journal cannot be written", "member akka://x is unreachable",
                "log LVM-1: 8 regions are out of sync", "log LVM-1: the log device has failed (D)"),
                JSON.convertValue(status.get("complaints"), List.class));
    }

    private static final String ILL = """
            {"status": "error", "lookedAt": "2026-11-22T16:00:02Z", "findings": [
             {"code": "MIRROR_LOG_HELD", "severity": "error", "says": "requests wait", "count": 2,
              "since": "2026-11-22T16:00:00Z", "section": "docs/operations.md#mirror_log_held", "concerns": [
               {"subject": "log LVM-1/7", "why": "FLUSH waits for 9 s: held: no", "since": "2026-11-22T16:00:00Z"},
               {"subject": "log LVM-\u00e9/8", "why": "it is not served", "since": "2026-11-22T16:00:01Z"}]},
             {"code": "CLOCK_JUMP", "severity": "warning", "says": "it has jumped", "count": 1,
              "since": "2026-11-22T16:00:00Z", "section": "docs/operations.md#clock_jump", "concerns": [
               {"subject": "this node", "why": "it went back by 7 s", "since": "2026-11-22T16:00:00Z"}]}]}""";

    @Test
    void shouldSayWhatIsWrongAndInDetailWhatItConcernsAndWhy() {
        assertEquals(Exit.OK, run("health"));
        assertEquals("ok\n", out.toString());
        answers.put("/mirrorlog/health", new Answer(200, ILL));

        out.getBuffer().setLength(0);
        assertEquals(Exit.DEGRADED, run("health"));
        assertEquals("""
                error
                error MIRROR_LOG_HELD: requests wait (2 of them)
                warning CLOCK_JUMP: it has jumped (this node)
                """, out.toString());

        out.getBuffer().setLength(0);
        assertEquals(Exit.DEGRADED, run("health", "--detail"));
        assertEquals("""
                error
                error MIRROR_LOG_HELD: requests wait (2 of them)
                    log LVM-1/7: FLUSH waits for 9 s: held: no; since 2026-11-22T16:00:00Z
                    log LVM-\\xe9/8: it is not served; since 2026-11-22T16:00:01Z
                    docs/operations.md#mirror_log_held
                warning CLOCK_JUMP: it has jumped (this node)
                    this node: it went back by 7 s; since 2026-11-22T16:00:00Z
                    docs/operations.md#clock_jump
                """, out.toString());
    }

    @Test
    void shouldShowInTheStatusWhatIsWrong() {
        answers.put("/mirrorlog/health", new Answer(200, ILL));

        assertEquals(Exit.DEGRADED, run("status"));

        assertTrue(out.toString().contains("! error MIRROR_LOG_HELD: requests wait (2 of them)"), out.toString());
    }

    @Test
    void shouldNotSayThatAllIsWellWhereThatIsNotKnown() {
        answers.put("/mirrorlog/health", new Answer(200, "{\"status\": \"unknown\", \"findings\": []}"));

        assertEquals(Exit.DEGRADED, run("status"));
        assertEquals(Exit.DEGRADED, run("health"));
    }

    @Test
    void shouldDrawTheRegionsOfALog() {
        answers.put("/mirrorlog/logs/LVM-1/map", new Answer(200, """
                {"uuid": "LVM-1", "regionSize": 1024, "regionCount": 80, "from": 0, "to": 80,
                 "starts": [0, 10, 20, 30, 40, 50, 60, 70], "clean": [10, 9, 9, 0, 9, 0, 0, 10],
                 "held": [0, 1, 0, 0, 0, 0, 5, 0], "shared": [0, 0, 1, 0, 0, 0, 0, 0],
                 "left": [0, 0, 0, 0, 1, 0, 5, 0], "unsynced": [0, 0, 0, 10, 0, 10, 0, 0], "recovering": 55,
                 "holders": []}"""));

        assertEquals(Exit.OK, run("log", "LVM-1", "--map"));

        assertEquals("""
                           0  .mM#+>m.
                   REGIONS
                #       20  out of sync: the legs may differ
                M        1  held by several tables
                m        6  held by one table: it may write
                +        6  in sync, and not clean yet: copied just now, or left by a table that is gone
                .       47  clean
                >        1  region 55 is being copied
                """, out.toString());
    }

    @Test
    void shouldListWhatTheKernelWaitsFor() {
        answers.put("/mirrorlog/requests", new Answer(200, "[]"));
        assertEquals(Exit.OK, run("requests"));
        assertEquals("nothing waits\n", out.toString());
        answers.put("/mirrorlog/requests", new Answer(200, """
                [{"uuid": "LVM-1", "luid": "00000000000000aa", "type": "FLUSH", "waitsForSeconds": 9.26,
                  "why": "held: its journal is away"}]"""));

        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run("requests"));

        assertEquals("""
                LOG    TABLE             REQUEST  WAITS  FOR
                LVM-1  00000000000000aa  FLUSH    9.3 s  held: its journal is away
                """, out.toString());
    }

    @Test
    void shouldListTheOthersAndComplainWhereTheOwnerOfOneLogIsSilent() {
        answers.put("/mirrorlog/logs", new Answer(200, WELL.substring(0, WELL.length() - 1) + """
                , {"uuid": "LVM-2", "type": "clustered-core", "regionSize": 1024, "regionCount": 8, "inSync": null,
                   "dirty": null, "recovering": null, "owner": "node2", "logDevice": null, "instances": [],
                   "silent": {"since": "2026-11-22T16:00:00Z", "why": "no answer in time"}}]"""));
        String line = "! log LVM-2: its owner, last heard of on node2, is silent since 2026-11-22T16:00:00Z:"
                + " no answer in time";

        assertEquals(Exit.OK, run("logs"));
        List<String> listed = out.toString().lines().toList();
        assertTrue(listed.get(1).startsWith("LVM-1 ") && listed.get(2).startsWith("LVM-2 "), out.toString());
        assertEquals(line, listed.get(3));
        assertEquals(Exit.DEGRADED, run("status"));
        assertTrue(out.toString().lines().skip(4).toList().contains(line), out.toString());
    }

    @Test
    void shouldShowWhatTheOwnerOfALogThrows() {
        String thrower = WELL.substring(1, WELL.length() - 1).strip();
        thrower = thrower.substring(0, thrower.length() - 1) + """
                , "trouble": {"why": "its owner could not go on: X", "since": "2026-11-22T16:00:00Z", "count": 7}}""";
        answers.put("/mirrorlog/logs", new Answer(200, "[" + thrower + "]"));
        answers.put("/mirrorlog/logs/LVM-1", new Answer(200, thrower));
        String what = "its owner could not go on: X (7 times since 2026-11-22T16:00:00Z)";

        assertEquals(Exit.OK, run("logs"));
        assertTrue(out.toString().lines().toList().contains("! log LVM-1: " + what), out.toString());
        assertEquals(Exit.OK, run("log", "LVM-1"));
        assertTrue(out.toString().contains(what), out.toString());
    }

    // --- changing -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"fence-confirm", "adopt", "retire"})
    void shouldAskWhatIsMeantWhereNoNameIsGiven(String command) {
        assertEquals(Exit.USAGE, run(command, "", "--yes"));

        assertTrue(err.toString().contains("mirrorlogctl: which "), err.toString());
        assertEquals(List.of(), changes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fence-confirm", "adopt", "retire"})
    void shouldDoNothingToWhatTheDaemonDoesNotKnow(String command) {
        assertEquals(Exit.FAILED, run(command, "nosuch", "--yes"));
        assertEquals(Exit.FAILED, run(command, "nosuch"));

        assertTrue(err.toString().contains("nothing at "), err.toString());
        assertEquals(List.of(), changes);
    }

    @Test
    void d21ShouldAdoptOnlyWhenItIsMeant() {
        answers.put("/mirrorlog/logs/LVM-1/adopt", new Answer(200, "{\"adopted\": \"LVM-1\"}"));

        answers.put("/mirrorlog/logs/LVM-1",
                new Answer(200, "{\"regionCount\": 64, \"inSync\": 63, \"instances\": [1]}"));

        assertEquals(Exit.USAGE, run("adopt", "LVM-1"));
        assertTrue(out.toString().contains("64 regions, 63 in sync, 1 tables) would be adopted"), out.toString());
        assertEquals(List.of(), changes);
        assertEquals(Exit.OK, run("adopt", "LVM-1", "--yes"));
        assertEquals(Exit.OK, run("adopt", "LVM-1", "--yes", "--even-if-healthy"));

        assertEquals(List.of("/mirrorlog/logs/LVM-1/adopt {\"evenIfHealthy\":false}",
                "/mirrorlog/logs/LVM-1/adopt {\"evenIfHealthy\":true}"), changes);
    }

    /** What is to be adopted may be what keeps its owner from answering. */
    @Test
    void d21ShouldAdoptALogThatCannotBeRead() {
        answers.put("/mirrorlog/logs/LVM-1", new Answer(503, "{\"error\": \"its owner is silent\"}"));
        answers.put("/mirrorlog/logs/LVM-1/adopt", new Answer(200, "{\"adopted\": \"LVM-1\"}"));

        assertEquals(Exit.OK, run("adopt", "LVM-1", "--yes"), err.toString());

        assertTrue(out.toString().contains("log LVM-1 (its owner is silent) will be adopted"), out.toString());
    }

    @Test
    void shouldLookBeforeItRetires() {
        answers.put("/mirrorlog/logs/LVM-1/retire", new Answer(200, "{\"uuid\": \"LVM-1\", \"number\": 12,"
                + " \"regionCount\": 10, \"dirty\": 3, \"isLossless\": false, \"tables\": [\"node b\"],"
                + " \"user\": null}"));

        assertEquals(Exit.USAGE, run("retire", "LVM-1"));
        assertEquals(List.of(), changes);
        assertTrue(out.toString().contains("log LVM-1: 12 commits, 3 of 10 regions dirty\n"
                + "  node b has suspended its table and may still have it\nevery region is dirty afterwards"),
                out.toString());
        assertEquals(Exit.OK, run("retire", "LVM-1", "--yes"));
        assertEquals(List.of("/mirrorlog/logs/LVM-1/retire {}"), changes);
    }

    @Test
    void shouldNotRetireWhatMayBeWritten() {
        answers.put("/mirrorlog/logs/LVM-1/retire", new Answer(200, "{\"user\": \"node b (boot id x)\"}"));

        assertEquals(Exit.FAILED, run("retire", "LVM-1", "--yes"));

        assertEquals(List.of(), changes);
        assertTrue(err.toString().contains("log LVM-1 is in use by node b (boot id x): suspend or remove"),
                err.toString());
    }

    @Test
    void shouldAskForChangesWhereTheDaemonSays() throws IOException {
        Path socket = directory.resolve("operator.sock");
        answers.put("/mirrorlog/logs/LVM-1", new Answer(200, "{}"));
        answers.put("/mirrorlog/logs/LVM-1/adopt", new Answer(403, "{\"error\": \"not here\", \"socket\": \""
                + socket + "\"}"));
        List<String> asked = new CopyOnWriteArrayList<>();
        OperatorDoor door = OperatorDoor.open(socket, Optional.empty(), request -> {
            asked.add(request.method() + ' ' + request.target() + " by "
                    + ((LocalCaller) request.caller().orElseThrow()).pid());
            return CompletableFuture.completedStage(HttpReply.error(asked.size() == 1 ? 200 : 409, "as you like"));
        }, System::nanoTime);
        try {
            assertEquals(Exit.OK, run("adopt", "LVM-1", "--yes"), err.toString());
            assertEquals(Exit.FAILED, run("adopt", "LVM-1", "--yes", "--socket", socket.toString()));
        } finally {
            door.close();
        }

        String line = "POST /mirrorlog/logs/LVM-1/adopt by " + ProcessHandle.current().pid();
        assertEquals(List.of(line, line), asked);
        assertEquals("mirrorlogctl: as you like", err.toString().strip());
        assertEquals(Exit.NOT_REACHABLE, run("adopt", "LVM-1", "--yes"), "the socket has gone with its daemon");
    }

    // --- not at all -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"", "start", "log", "logs --output=xml", "fence-confirm", "--url", "status --url=ftp://x",
        "status --url=nowhere"})
    void shouldEndWithUsageOnWrongWords(String words) {
        assertEquals(Exit.USAGE, run(words.isEmpty() ? new String[0] : words.split(" ")), out + " " + err);

        assertFalse(err.toString().isBlank());
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "http://[", "a b", "nowhere", "ftp://x", "http://", "http://127.0.0.1:99999",
        "http://127.0.0.1:0", "http://a_b:1", "\n"})
    void shouldSayInOneLineThatAnAddressIsNone(String typed) {
        assertEquals(Exit.USAGE, run(Map.of("MIRRORLOG_URL", typed), false, "logs"));
        assertEquals("mirrorlogctl: MIRRORLOG_URL=" + LogName.shown(typed)
                + ": must be like http://127.0.0.1:8558\n", err.toString());

        err.getBuffer().setLength(0);
        assertEquals(Exit.USAGE, run("--url", typed, "logs"));
        assertEquals("mirrorlogctl: --url " + LogName.shown(typed) + ": must be like http://127.0.0.1:8558\n",
                err.toString());
    }

    @Test
    void shouldSayThatNobodyAnswers() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }

        assertEquals(Exit.NOT_REACHABLE, run("status", "--url", "http://127.0.0.1:" + free));

        assertTrue(err.toString().contains("no daemon answers at http://127.0.0.1:" + free + ": nobody listens there;"),
                err.toString());
    }

    @Test
    void shouldFailWhereSomethingElseAnswers() {
        answers.put("/mirrorlog/logs", new Answer(200, "<html>"));

        assertEquals(Exit.FAILED, run("logs"));

        assertTrue(err.toString().contains("is a mirrorlogd at"), err.toString());
    }

    @Test
    void shouldExplainItself() {
        assertEquals(Exit.OK, run("--help"));

        assertTrue(out.toString().contains("fence-confirm") && out.toString().contains("3   no daemon answers"),
                out.toString());
    }
}
