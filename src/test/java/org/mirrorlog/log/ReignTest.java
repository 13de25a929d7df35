package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** D2: who knows of commits that an owner's history does not have. */
class ReignTest {
    private static final long OWN = 7;
    private static final long OLDER = 6;

    private final Reign reign = new Reign(OWN);

    ReignTest() {
        reign.begin(ofCommits(2));
    }

    @Test
    void d2ShouldServeWhoeverKnowsNoMoreThanWasReplayed() {
        assertFalse(reign.isTooShortFor(seen(2, OLDER), ofCommits(2)));
        assertFalse(reign.isTooShortFor(seen(0, 0), ofCommits(2)));
    }

    @Test
    void d2ShouldServeWhoeverHeardTheRestHere() {
        assertFalse(reign.isTooShortFor(seen(4, OWN), ofCommits(4)));
        assertFalse(reign.isTooShortFor(seen(4, 0), ofCommits(4)), "a build that does not say where");
    }

    /** The journal that serves now has lost commit 3; what this owner has added since has the same number. */
    @Test
    void d2ShouldNotServeWhoeverHeardMoreElsewhere() {
        assertTrue(reign.isTooShortFor(seen(3, OLDER), ofCommits(2)));
        assertTrue(reign.isTooShortFor(seen(3, OLDER), ofCommits(4)));
        assertTrue(reign.isTooShortFor(seen(3, 0), ofCommits(2)));
    }

    /** No table goes on from there: it begins all dirty instead of waiting. */
    @Test
    void d2ShouldBeginALogThatOnlyAnEarlierTableHasHeardOf() {
        Round heard = resume(new Ask.Resume(LogStage.nosync(), true));

        assertFalse(reign.isTooShortFor(heard, ofCommits(2)));
        assertTrue(reign.isTooShortFor(resume(new Ask.Resume(LogStage.nosync())), ofCommits(2)),
                "it has heard that itself");
        Decision decision = Decider.decide(ofCommits(2), new ResyncRequests(), new Rules(true, false), heard,
                Optional.empty()).orElseThrow();
        LogState begun = ofCommits(2).with(decision.events());
        assertEquals(Geometry.of(LogStage.nosync()).allRegions(), begun.dirty());
        assertTrue(reign.isTooShortFor(heard, begun), "but where the journal knows the log, it is too short");
    }

    private static Round resume(Ask.Resume ask) {
        return new Round("uuid", new InstanceId("boot", 1), "node", 1, 0, 9, 500, OLDER, RegionSet.empty(), ask);
    }

    private static Round seen(long number, long reign) {
        return new Round("uuid", new InstanceId("boot", 1), "node", 1, 1, 9, number, reign, RegionSet.empty(),
                new Ask.HandOn());
    }

    private static LogState ofCommits(int count) {
        LogState state = LogState.unborn();
        for (int i = 0; i < count; i++) {
            state = state.after(new Commit(List.of(new LogEvent.OwnerChanged("owner"))));
        }
        return state;
    }
}
