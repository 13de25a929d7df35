package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands about the daemon itself. */
@Timeout(60)
class InsideCommandsTest extends CommandStage {
    @Test
    void shouldListSettingsWithWhereTheyWereSet() {
        answers.put("/mirrorlog/inside/config", new Answer(200, """
                [{"key": "a", "value": "5 s", "origin": "application.conf:3", "isDefault": true},
                 {"key": "b", "value": "x\u00e9", "origin": "/etc/mine.conf:7", "isDefault": false}]"""));

        assertEquals(Exit.OK, run("config"), err.toString());
        assertEquals("a = 5 s\nb = x\\xe9  # /etc/mine.conf:7\n", out.toString());

        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run("config", "--set", "--output=yaml"));
        assertEquals("- key: \"b\"\n  value: \"x\\u00e9\"\n  origin: \"/etc/mine.conf:7\"\n  isDefault: false\n",
                out.toString());
    }

    @Test
    void shouldSetALevelForAWhile() {
        answers.put("/mirrorlog/loglevel", new Answer(200, "{\"until\": \"16:10\"}"));

        assertEquals(Exit.OK, run("loglevel", "owner", "DEBUG"), err.toString());
        assertEquals(Exit.OK, run("loglevel", "all", "TRACE", "--for=2h"));

        assertEquals("log level of owner: DEBUG, until 16:10\nlog level of all: TRACE, until 16:10\n", out.toString());
        assertTrue(changes.get(0).contains("\"seconds\":600") && changes.get(1).contains("\"seconds\":7200")
                && changes.get(0).contains("\"room\":\"owner\""), changes.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"loglevel", "loglevel owner", "loglevel owner DEBUG --for=0m",
        "loglevel owner DEBUG --for=ever", "drain --wait=601",
        "loglevel owner DEBUG --for=100000s"})
    void shouldAskNothingWhereALevelMakesNoSense(String words) {
        assertEquals(Exit.USAGE, run(words.split(" ")));

        assertEquals(List.of(), asked);
    }

    @Test
    void shouldDrainUntilAllThatCanGoIsGone() {
        String moving = """
                {"node": "node-a", "isDrained": true, "moving": 1, "staying": 1, "logs": [
                 {"uuid": "K", "isMoving": true, "why": "on its way to another node"},
                 {"uuid": "L\u00e9", "isMoving": false, "why": "no other node uses it"}]}""";
        later.add(new Answer(200, moving));
        later.add(new Answer(200, moving));
        later.add(new Answer(200, """
                {"node": "node-a", "isDrained": true, "moving": 0, "staying": 1, "logs": [
                 {"uuid": "L\u00e9", "isMoving": false, "why": "no other node uses it"}]}"""));

        assertEquals(Exit.OK, run("drain"), err.toString());

        assertEquals("node node-a takes no logs until mirrorlogctl drain --undo, or its next start\n"
                + "log L\\xe9 stays: no other node uses it\n"
                + "1 stay; those that other nodes can serve are gone\n", out.toString());
        answers.put("/mirrorlog/drain", new Answer(200, "{\"node\": \"node-a\", \"isDrained\": false}"));
        assertEquals(Exit.OK, run("drain", "--undo"));
        assertEquals(List.of("/mirrorlog/drain {\"undo\":false}", "/mirrorlog/drain {\"undo\":true}"), changes);
        answers.put("/mirrorlog/drain", new Answer(409, "{\"detail\": \"no other node\"}"));
        assertEquals(Exit.FAILED, run("drain"));
        assertEquals("mirrorlogctl: no other node\n", err.toString());
    }

    @Test
    void shouldSayThatLogsAreStillOnTheirWay() {
        answers.put("/mirrorlog/drain", new Answer(200, """
                {"node": "node-a", "isDrained": true, "moving": 1, "staying": 0, "logs": [
                 {"uuid": "K", "isMoving": true, "why": "on its way to another node"}]}"""));

        assertEquals(Exit.FAILED, run("drain", "--wait=0"));

        assertEquals("mirrorlogctl: 1 logs are still on their way; say it again to wait on\n", err.toString());
        assertTrue(out.toString().endsWith("log K is still here: on its way to another node\n"), out.toString());
        answers.put("/mirrorlog/drain", new Answer(200, """
                {"node": "node-a", "isDrained": true, "moving": 0, "staying": 0, "logs": []}"""));
        assertEquals(Exit.OK, run("drain", "--wait=30"), err.toString());
    }

    @Test
    void shouldTellResyncsWhenToRun() {
        answers.put("/mirrorlog/logs/LVM-1/resync", new Answer(200, "{\"paused\": [\"LVM-1\"], \"first\": null}"));
        answers.put("/mirrorlog/resync", new Answer(200, "{\"paused\": [], \"first\": \"LVM-1\"}"));

        assertEquals(Exit.OK, run("resync", "pause", "LVM-1"), err.toString());
        assertEquals(Exit.OK, run("resync"));

        assertEquals("log LVM-1: its resync is paused\n"
                + "log LVM-1: other resyncs of this machine wait for its\n", out.toString());
        assertEquals(List.of("/mirrorlog/logs/LVM-1/resync {\"order\":\"pause\"}"), changes);
        assertEquals(Exit.USAGE, run("resync", "priority"));
        assertEquals(Exit.USAGE, run("resync", "hasten", "LVM-1"));
    }

    @Test
    void shouldShowTheMembersOfAReplicatedJournal() {
        answers.put("/mirrorlog/inside/members", new Answer(200, """
                {"isReplicated": true, "self": "a:1", "role": "leader", "leader": "a:1", "term": 3,
                 "committedIndex": 40, "lastIndex": 41, "members": [
                 {"name": "a:1", "identity": "0123456789abcdef", "isVoter": true, "isWithin": true, "heldIndex": 41,
                  "silentMs": 0},
                 {"name": "b:1", "identity": "", "isVoter": true, "isWithin": false, "heldIndex": 12,
                  "silentMs": 61000},
                 {"name": "c:1", "identity": "fedc", "isVoter": false, "isWithin": true, "heldIndex": null,
                  "silentMs": null}]}"""));

        assertEquals(Exit.OK, run("journal", "status"), err.toString());

        assertEquals("""
                MEMBER  IDENTITY  ROLE      HOLDS  SILENT  REACHED
                a:1     01234567  leader       41  0 s     yes
                b:1     -         follower     12  61 s    no
                c:1     fedc      learner   -      -       yes
                this member: a:1, leader; term 3, last entry 41, committed 40
                """, out.toString());
        assertEquals(Exit.USAGE, run("journal"));
        assertEquals(Exit.USAGE, run("journal", "replace"));
        answers.put("/mirrorlog/inside/members", new Answer(200, "{\"isReplicated\": false}"));
        out.getBuffer().setLength(0);
        assertEquals(Exit.OK, run("journal", "status"));
        assertEquals("the journal is not replicated\n", out.toString());
    }

    @Test
    void shouldPrintMetrics() {
        answers.put("/metrics", new Answer(200, "a_total 1\nb_total 2\n"));

        assertEquals(Exit.OK, run("metrics"));
        assertEquals(Exit.OK, run("metrics", "b_"));

        assertEquals("a_total 1\nb_total 2\nb_total 2\n", out.toString());
        answers.put("/metrics", new Answer(503, "{\"error\": \"busy\"}"));
        assertEquals(Exit.FAILED, run("metrics"));
    }
}
