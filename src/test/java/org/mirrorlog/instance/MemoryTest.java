package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.mirrorlog.log.RegionSet;

class MemoryTest {
    private static final Memory JOINED = new Memory(Phase.ACTIVE, 7, RegionSet.range(0, 6), 0, RegionSet.empty(), -1,
            RegionSet.empty(), RegionSet.empty(), RegionSet.empty(), false);

    @Test
    void r5ShouldKeepInSyncWhatAHintHasPassedThoughAGrantFollows() {
        Memory passed = JOINED.after(new RecordChange.Hinted(2, RegionSet.of(3)));
        assertTrue(passed.isKnownInSync(1));

        Memory granted = passed.after(new RecordChange.Hinted(4, RegionSet.of(0, 1, 2)));

        assertTrue(granted.isKnownInSync(0) && granted.isKnownInSync(1), "told once, true for the session's life");
        assertFalse(granted.isKnownInSync(2), "passed by the new hint only, as a grant");
        assertFalse(granted.isKnownInSync(3), "granted before the hint passed it");
        assertTrue(granted.grants().containsAll(RegionSet.range(0, 4)));
    }

    @Test
    void r5ShouldKeepInSyncWhatAHintHasPassedThoughItsOwnWriteFails() {
        Memory passed = JOINED.after(new RecordChange.Hinted(2, RegionSet.empty()));

        assertTrue(passed.after(new RecordChange.Hinted(0, RegionSet.of(1))).isKnownInSync(1));
    }
}
