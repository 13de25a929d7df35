package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** D2: who knows of commits that an owner's history does not have. */
class OwnerTermTest {
    private static final long OWN = 7;
    private static final long OLDER = 6;

    private final OwnerTerm term = new OwnerTerm(OWN);

    OwnerTermTest() {
        term.begin(ofCommits(2));
    }

    @Test
    void d2ShouldServeWhoeverKnowsNoMoreThanWasReplayed() {
        assertFalse(term.isTooShortFor(seen(2, OLDER), ofCommits(2)));
        assertFalse(term.isTooShortFor(seen(0, 0), ofCommits(2)));
    }

    @Test
    void d2ShouldServeWhoeverHeardTheRestHere() {
        assertFalse(term.isTooShortFor(seen(4, OWN), ofCommits(4)));
        assertFalse(term.isTooShortFor(seen(4, 0), ofCommits(4)), "a build that does not say where");
    }

    /** The journal that serves now has lost commit 3; what this owner has added since has the same number. */
    @Test
    void d2ShouldNotServeWhoeverHeardMoreElsewhere() {
        assertTrue(term.isTooShortFor(seen(3, OLDER), ofCommits(2)));
        assertTrue(term.isTooShortFor(seen(3, OLDER), ofCommits(4)));
        assertTrue(term.isTooShortFor(seen(3, 0), ofCommits(2)));
    }

    /** No table goes on from there: it begins all dirty instead of waiting. */
    @Test
    void d2ShouldBeginALogThatOnlyAnEarlierTableHasHeardOf() {
        Round heard = resume(new Ask.Resume(LogStage.nosync(), true));

        assertFalse(term.isTooShortFor(heard, ofCommits(2)));
        assertTrue(term.isTooShortFor(resume(new Ask.Resume(LogStage.nosync())), ofCommits(2)),
                "it has heard that itself");
        Decision decision = Decider.decide(ofCommits(2), new ResyncRequests(), new Rules(true, false), heard,
                Optional.empty()).orElseThrow();
        LogState begun = ofCommits(2).with(decision.events());
        assertEquals(Geometry.of(LogStage.nosync()).allRegions(), begun.dirty());
        assertTrue(term.isTooShortFor(heard, begun), "but where the journal knows the log, it is too short");
    }

    private static Round resume(Ask.Resume ask) {
        return new Round("uuid", new InstanceId("boot", 1), "node", 1, 0, 9, 500, OLDER, RegionSet.empty(), ask);
    }

    private static Round seen(long number, long term) {
        return new Round("uuid", new InstanceId("boot", 1), "node", 1, 1, 9, number, term, RegionSet.empty(),
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
