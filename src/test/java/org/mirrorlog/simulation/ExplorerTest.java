package org.mirrorlog.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that one small scope after the other can reach; see docs/safety.md. */
class ExplorerTest {
    /** No scope that ends here has so many. */
    private static final Explorer.Bounds BOUNDS = new Explorer.Bounds(60_000, Integer.MAX_VALUE, 3_600);
    private static final int SCREEN = 50;

    private static Scope scope(String differences) {
        return Scope.of(differences.isBlank() ? List.of() : Arrays.asList(differences.split(" ")));
    }

    @Test
    void shouldFindNothingWhereNothingGoesWrong() {
        Explorer.Result result = new Explorer(scope(""), Hole.NONE, BOUNDS).explore();

        assertEquals(List.of(), result.story());
        assertTrue(result.hasEnded() && result.states() > 100, result.toString());
    }

    static List<String> scopes() {
        return Scope.SHORT;
    }

    @ParameterizedTest
    @MethodSource("scopes")
    @Tag("slow")
    void shouldFindNothingHoweverItGoesWrong(String differences) {
        Explorer.Result result = new Explorer(scope(differences), Hole.NONE, BOUNDS).explore();

        assertEquals(List.of(), result.story());
        assertTrue(result.hasEnded() && result.states() > 100, result.toString());
    }

    /** The shortest story of each hole, told on one screen. */
    @ParameterizedTest
    @CsvSource({"S13_COUNT_TOO_HIGH,'',HintsAreRecorded", "S23_BITS_BEYOND_COUNT,'',LogIsSound",
            "D3_ANSWER_BEFORE_APPEND,'',AnswersFollowCommits",
            "S1_RECONNECT_UNMARKED,daemonCrashes=1,ReconnectsAreExposed",
            "D5_OLD_ROUNDS_EXECUTED,doubles=1,DoubtIsDurable"})
    void shouldTellTheShortestStoryOfAHole(Hole hole, String differences, String checker) {
        Explorer.Result result = new Explorer(scope(differences), hole, BOUNDS).explore();

        assertFalse(result.story().isEmpty(), result.toString());
        assertTrue(result.story().size() <= SCREEN, result.story().toString());
        assertTrue(result.story().get(result.story().size() - 1).startsWith(checker), result.story().toString());
        assertEquals(result.depth() + 2, result.story().size(), "a line for each step, and what was broken");
    }

    @Test
    void shouldSayWhereItWasBounded() {
        Explorer.Result result = new Explorer(scope(""), Hole.NONE, new Explorer.Bounds(60_000, 5, 3_600)).explore();

        assertFalse(result.hasEnded());
        assertEquals(5, result.depth());
    }

    @Test
    void shouldReachTheSameStateByTheSameChoices() {
        CanonicalForm form = new CanonicalForm();
        long[] hashes = new long[2];
        for (int i = 0; i < hashes.length; i++) {
            Exploration world = new Exploration(scope("machines=2"), Hole.NONE, 0);
            for (int step = 0; step < 40; step++) {
                int[] choices = world.choices();
                world.take(choices[step % choices.length]);
            }
            form.take(world, true);
            hashes[i] = form.first();
        }

        assertEquals(hashes[0], hashes[1]);
    }

    @Test
    void shouldTakeMachinesThatAreAlikeForEachOther() {
        CanonicalForm form = new CanonicalForm();
        long[] hashes = new long[2];
        for (int i = 0; i < hashes.length; i++) {
            Exploration world = new Exploration(scope("machines=2"), Hole.NONE, 0);
            // The first step is either machine's: its table is loaded.
            world.take(world.choices()[i]);
            form.take(world, true);
            hashes[i] = form.first();
        }

        assertEquals(hashes[0], hashes[1]);
    }

    @Test
    void shouldRefuseAScopeThatItDoesNotKnow() {
        assertThrows(IllegalArgumentException.class, () -> scope("kernels=2"));
    }
}
