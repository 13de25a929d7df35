package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done to all logs that need it. */
@Timeout(60)
class AllLogsTest extends CommandStage {
    @Test
    void d21ShouldAdoptAllOfWhichTheDaemonSaysThatItHelpsAndNoOther() {
        answers.put("/mirrorlog/logs", new Answer(200, """
                [{"uuid": "well", "regionCount": 9}, {"uuid": "held", "regionCount": 8}, {"uuid": "away",
                  "silent": {"why": "no answer in time"}}, {"uuid": "lost", "regionCount": 7, "trouble":
                  {"why": "a hole; adopt it (mirrorlogctl adopt)"}}, {"uuid": "busy"}]"""));
        answers.put("/mirrorlog/requests", new Answer(200, """
                [{"uuid": "held", "type": "RESUME", "why": "an older journal: adopt the log (mirrorlogctl adopt)"},
                 {"uuid": "busy", "type": "FLUSH", "why": "the journal's commit"}]"""));
        answers.put("/mirrorlog/logs/held/adopt", new Answer(200, "{\"adopted\": \"held\"}"));
        answers.put("/mirrorlog/logs/lost/adopt", new Answer(409, "{\"error\": \"in use and nobody is held\"}"));

        assertEquals(Exit.USAGE, run("adopt", "--all"));
        assertEquals("""
                log well: is left as it is; nothing is held
                log held: would be adopted, all its 8 regions out of sync and resynced; RESUME waits: an older \
                journal: adopt the log (mirrorlogctl adopt)
                log away: is left as it is; its owner: no answer in time
                log lost: would be adopted, all its 7 regions out of sync and resynced; its owner: a hole; adopt it \
                (mirrorlogctl adopt)
                log busy: is left as it is; FLUSH waits: the journal's commit
                """, out.toString());
        assertEquals(List.of(), changes);

        assertEquals(Exit.FAILED, run("adopt", "--all", "--yes"), "not all of them");
        assertEquals(List.of("/mirrorlog/logs/held/adopt {\"evenIfHealthy\":false}",
                "/mirrorlog/logs/lost/adopt {\"evenIfHealthy\":false}"), changes);
        assertTrue(out.toString().endsWith("log held is adopted\n1 of 2 are adopted\n"), out.toString());
        assertTrue(err.toString().contains("log lost is not adopted: in use and nobody is held"), err.toString());

        answers.put("/mirrorlog/logs/lost/adopt", new Answer(200, "{}"));
        assertEquals(Exit.OK, run("adopt", "--all", "--yes"), err.toString());
        answers.put("/mirrorlog/logs", new Answer(200, "[{\"uuid\": \"well\"}]"));
        assertEquals(Exit.OK, run("adopt", "--all"), "there is nothing to be meant");
    }

    @ParameterizedTest
    @ValueSource(strings = {"adopt", "retire", "adopt L --all", "retire L --unused", "adopt --all --even-if-healthy"})
    void shouldAskWhetherOneLogIsMeantOrAll(String words) {
        assertEquals(Exit.USAGE, run((words + " --yes").split(" ")));

        assertEquals(1, err.toString().lines().count(), err.toString());
        assertEquals(List.of(), asked);
    }

    @Test
    void d18ShouldRetireWhatNobodyUses() {
        answers.put("/mirrorlog/unused", new Answer(200, """
                {"logs": [{"uuid": "a", "number": 12, "regionCount": 10, "dirty": 3, "isLossless": false},
                          {"uuid": "b", "number": 2, "regionCount": 10, "dirty": 0, "isLossless": true}],
                 "silent": ["c"], "isMore": true}"""));
        answers.put("/mirrorlog/logs/a/retire", new Answer(200, "{}"));
        answers.put("/mirrorlog/logs/b/retire", new Answer(409, "{\"error\": \"in use by now\"}"));

        assertEquals(Exit.USAGE, run("retire", "--unused"));
        assertEquals("""
                log c: is left as it is; it cannot be read now
                log a: would be retired; 12 commits, 3 of 10 regions dirty; every region is dirty afterwards, and is \
                resynced should it ever be used again
                log b: would be retired; 2 commits, 0 of 10 regions dirty; it stays clean
                there are more; say it again for the others
                """, out.toString());
        assertEquals(List.of(), changes);

        assertEquals(Exit.FAILED, run("retire", "--unused", "--yes"));
        assertEquals(List.of("/mirrorlog/logs/a/retire {}", "/mirrorlog/logs/b/retire {}"), changes);
        assertTrue(err.toString().contains("log b is not retired: in use by now"), err.toString());
        answers.put("/mirrorlog/unused", new Answer(200, """
                {"logs": [{"uuid": "a", "number": 12, "regionCount": 10, "dirty": 3, "isLossless": false}],
                 "silent": [], "isMore": false}"""));
        assertEquals(Exit.OK, run("retire", "--unused", "--yes"), "those that were too many for the first time");
    }
}
