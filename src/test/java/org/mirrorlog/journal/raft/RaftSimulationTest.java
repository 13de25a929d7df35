package org.mirrorlog.journal.raft;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The replicated journal with its real engine, on simulated time, network and disks; seeds from -Dseed= (1) on. */
class RaftSimulationTest {
    private static final int QUICK = 12;
    private static final int FIXED = 100;
    /** Within so many seeds a planted hole must be seen. */
    private static final int SEEDS_PER_HOLE = 10;

    private final long firstSeed = Long.getLong("seed", 1);

    @Test
    void shouldLoseNothingForAFewSeeds() {
        runAll(QUICK, false);
    }

    @Tag("slow")
    @Test
    void shouldLoseNothingForTheFixedBudget() {
        runAll(FIXED, false);
    }

    /** Disks are lost for good, one at a time; other directories take the places, and the lost ones come back. */
    @Test
    void shouldLoseNothingWhereDisksAreReplaced() {
        runAll(QUICK / 2, true);
    }

    @Tag("slow")
    @Test
    void shouldLoseNothingWhereDisksAreReplacedForTheFixedBudget() {
        runAll(FIXED, true);
    }

    private void runAll(int seeds, boolean losesDisks) {
        long acknowledged = 0;
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            acknowledged += run(seed, losesDisks).histories().acknowledgements();
        }
        assertTrue(acknowledged > seeds * 100L, "runs without work prove nothing: " + acknowledged);
    }

    private static RaftWorld run(long seed, boolean losesDisks) {
        RaftWorld world = new RaftWorld(seed, Hole.NONE, losesDisks);
        try {
            return world.run();
        } catch (RuntimeException e) {
            return fail(world.toString(), e);
        }
    }

    /**
     * Each has shown a mistake once: a segment in which a replaced checkpoint began is gone (10), or one with
     * entries that were voided later (1053); an answer to an earlier life is taken for one to this (22); a leader that
     * came back is the last that is ever looked for (59).
     */
    @ParameterizedTest
    @ValueSource(longs = {10, 22, 59, 1053})
    void shouldStayMended(long seed) {
        run(seed, false);
    }

    /**
     * Where disks are lost: a change of the group that a checkpoint does not contain (2105), two that refuse each other
     * for ever (2212); a successor that votes before it holds the change that made it a member (3174); an order that
     * comes late and brings back who was removed (3326).
     */
    @ParameterizedTest
    @ValueSource(longs = {2105, 2212, 3174, 3326})
    void shouldStayMendedWhereDisksAreReplaced(long seed) {
        run(seed, true);
    }

    /** The vote that is forgotten is seen by EngineFaultsTest: chance seldom shows it. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"NONE", "VOTE_FORGOTTEN"})
    void shouldSeeAPlantedHole(Hole hole) {
        for (long seed = 1; seed <= SEEDS_PER_HOLE; seed++) {
            try {
                new RaftWorld(seed, hole, hole.isOfReplacement()).run();
            } catch (Histories.Violation e) {
                return;
            }
        }
        fail(hole.what() + " was not seen in " + SEEDS_PER_HOLE + " seeds");
    }
}
