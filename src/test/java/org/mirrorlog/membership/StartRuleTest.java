package org.mirrorlog.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.journal.ClusterRow;

/** Who starts a cluster and who stays in it: the rules one by one, and every order of starts, stops and losses. */
class StartRuleTest {
    private static final int STEPS = 6;
    private static final Seat ONE = new Seat("10.0.0.1:25520", 0x1234_5678_9abc_def0L);
    private static final Seat TWO = new Seat("10.0.0.2:25520", -1);
    private static final Seat THREE = new Seat("[fe80::1]:25520", 7);
    private static final Duration SOME = Duration.ofSeconds(9);

    private static StartRule.Step next(RowView row, boolean isTried, String... answering) {
        return StartRule.next(new StartRule.Look(ONE, "", row, Set.of(answering),
                List.of(THREE.address(), TWO.address(), ONE.address()), isTried));
    }

    private static RowView living(Seat... members) {
        return new RowView.Living(LivingCluster.of("a", Set.of(members)), SOME);
    }

    // --- the row --------------------------------------------------------------------------------------------------

    @Test
    void shouldReadWhatItHasWrittenAndNothingElse() {
        LivingCluster cluster = LivingCluster.of("0a-f", Set.of(ONE, TWO, THREE));

        assertEquals("v1 0a-f 10.0.0.1:25520#123456789abcdef0 10.0.0.2:25520#ffffffffffffffff [fe80::1]:25520#7",
                cluster.text());
        assertEquals(Optional.of(cluster), LivingCluster.parse(cluster.text()));
        for (String odd : new String[] {"", "v1", "v2 a x:1#1", "v1 a x:1", "v1 a b", "v1 a x:1#g", "v1 a#b",
            "v1 a x:1#1  y:1#1", "v1 " + "a".repeat(65), "v1 a" + " x:1#1".repeat(201), "v1 a " + "x".repeat(70_000)}) {
            assertEquals(Optional.empty(), LivingCluster.parse(odd), odd);
        }
    }

    @Test
    void shouldBelieveTheServersClockOnly() {
        Optional<String> text = Optional.of("v1 a x:1#1");

        assertEquals(new RowView.Free(), RowView.of(text, Duration.ZERO));
        assertEquals(new RowView.Free(), RowView.of(text, Duration.ofMillis(-1)));
        assertEquals(new RowView.Free(), RowView.of(Optional.empty(), SOME));
        assertEquals(new RowView.Unreadable(SOME), RowView.of(Optional.of("v2 of another build"), SOME));
        assertTrue(RowView.of(text, Duration.ofMillis(1)) instanceof RowView.Living);
    }

    /** A server that has come up with a clock of the past would keep a row for years that nobody renews. */
    @Test
    void shouldCountARowNoLongerThanItLivesWhateverTheServersClockSays() {
        RowAge age = new RowAge();
        Duration years = Duration.ofDays(10_000);
        Optional<String> text = Optional.of("v1 a x:1#1");
        long second = 1_000_000_000L;

        assertEquals(RowView.LIFE, age.left(new ClusterRow.Seen(text, 5, years), -second));
        assertEquals(Duration.ofSeconds(9), age.left(new ClusterRow.Seen(text, 5, Duration.ofSeconds(9)), 0));
        assertEquals(RowView.LIFE.minusSeconds(4), age.left(new ClusterRow.Seen(
                Optional.of("v1 a"), 5, years), 3 * second), "struck out of it, and not renewed");
        assertTrue(age.left(new ClusterRow.Seen(text, 5, years), 19 * second).isZero());
        assertEquals(RowView.LIFE, age.left(new ClusterRow.Seen(text, 6, years), 19 * second), "it was renewed");
        assertEquals(new StayRule.Write("a", Set.of(ONE, TWO)), stay(new RowView.Living(
                LivingCluster.of("a", Set.of(ONE, TWO)), years), true, true), "so whoever serves must renew it");
    }

    // --- starting -------------------------------------------------------------------------------------------------

    @Test
    void shouldFoundWhereTheRowIsFreeWhoeverIsListedFirst() {
        assertEquals(new StartRule.Found(), next(new RowView.Free(), false));
        assertEquals(new StartRule.Join(new TreeSet<>(Set.of(TWO.address()))),
                next(new RowView.Free(), false, TWO.address()), "an older build may serve");
        assertEquals(new StartRule.Found(), next(new RowView.Free(), true, TWO.address()));
    }

    @Test
    void shouldJoinThoseOfTheRowThatAnswerAndWaitForNobodyElse() {
        assertEquals(new StartRule.Enter(LivingCluster.of("a", Set.of(ONE, TWO, THREE))),
                next(living(TWO, THREE), true, TWO.address(), ONE.address(), "elsewhere:1"));
        assertEquals(new StartRule.Join(new TreeSet<>(Set.of(TWO.address()))),
                next(living(ONE, TWO, THREE), true, TWO.address(), ONE.address(), "elsewhere:1"));
        assertEquals(new StartRule.Wait(new TreeSet<>(Set.of(TWO.address()))),
                next(living(TWO), true, THREE.address()));
        assertEquals(new StartRule.Wait(new TreeSet<>()), next(new RowView.Unreadable(SOME), true, TWO.address()));
    }

    @Test
    void shouldStrikeOutItsFormerStartAndFoundWhereNobodyIsLeft() {
        Seat former = new Seat(ONE.address(), 1);

        assertEquals(new StartRule.StrikeOut(LivingCluster.of("a", Set.of(TWO))), next(living(former, TWO), true,
                TWO.address()));
        assertEquals(new StartRule.Found(), next(living(), false, TWO.address()));
        assertEquals(new StartRule.Found(), next(living(ONE), false, TWO.address()), "the others have gone meanwhile");
        assertEquals(new StartRule.Join(new TreeSet<>(Set.of(TWO.address()))), next(living(ONE, TWO), true,
                TWO.address()), "it is being taken up");
    }

    // --- staying --------------------------------------------------------------------------------------------------

    private static StayRule.Step stay(RowView row, boolean isWriter, boolean wasNamed) {
        return StayRule.next(new StayRule.Own("a", ONE, Set.of(ONE, TWO), isWriter, wasNamed, false), row);
    }

    @Test
    void shouldKeepTheRowAsTheOneThatWrites() {
        StayRule.Write both = new StayRule.Write("a", Set.of(ONE, TWO));

        assertEquals(both, stay(new RowView.Free(), true, true));
        assertEquals(both, stay(living(TWO), true, false), "it is new");
        assertEquals(both, stay(living(ONE, TWO), true, true), "it expires");
        assertEquals(new StayRule.Stay("a"), stay(new RowView.Living(LivingCluster.of("a", Set.of(ONE, TWO)),
                RowView.LIFE), true, true));
        assertEquals(new StayRule.Stay("a"), stay(new RowView.Free(), false, true));
        assertEquals(new StayRule.Stay("a"), stay(new RowView.Unreadable(SOME), true, true));
    }

    @Test
    void shouldEndBesideAnotherClusterOrWhereItsOwnGoesOnWithoutIt() {
        LivingCluster other = LivingCluster.of("b", Set.of(THREE));

        assertEquals(new StayRule.End(other), stay(new RowView.Living(other, SOME), true, false));
        assertEquals(new StayRule.End(other), stay(new RowView.Living(other, SOME), false, true));
        assertEquals(new StayRule.Missed("a"), stay(living(TWO), true, true));
        assertEquals(new StayRule.End(LivingCluster.of("a", Set.of(TWO))), StayRule.next(
                new StayRule.Own("a", ONE, Set.of(ONE, TWO), true, true, true), living(TWO)));
        assertEquals(new StayRule.Stay("b"), stay(new RowView.Living(LivingCluster.of("b", Set.of(ONE)), SOME), false,
                false), "the same one, written anew after the row was lost");
        assertEquals(new StayRule.Stay("a"), stay(living(), true, true), "starters are to found, by order");
    }

    // --- together -------------------------------------------------------------------------------------------------

    /** One sequence for each state that so many steps can lead to; returns how many states there were. */
    private static int all(int nodes, int steps, StartStage.Hole hole) {
        Map<String, List<StartStage.Op>> seen = new HashMap<>();
        Map<StartStage, List<StartStage.Op>> reached =
                new IdentityHashMap<>(Map.of(new StartStage(nodes, hole, new Random(1)), List.of()));
        for (int i = 1; i <= steps; i++) {
            Map<StartStage, List<StartStage.Op>> next = new IdentityHashMap<>();
            reached.forEach((stage, done) -> StartStage.ops(nodes).stream().filter(stage::isUseful).forEach(op -> {
                List<StartStage.Op> more = new ArrayList<>(done);
                more.add(op);
                try {
                    StartStage after = stage.copy();
                    after.happen(op);
                    if (seen.putIfAbsent(after.key(), more) == null) {
                        after.copy().settle();
                        next.put(after, more);
                    }
                } catch (AssertionError e) {
                    throw new AssertionError(more + ": " + e.getMessage(), e);
                }
            }));
            reached = next;
        }
        return seen.size();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldComeTogetherAfterEverySequenceOfFewerNodes(int nodes) {
        assertTrue(all(nodes, nodes == 1 ? STEPS : STEPS - 2, StartStage.Hole.NONE) > 100);
    }

    @Tag("slow")
    @Test
    void shouldComeTogetherAfterEverySequenceOfThreeNodes() {
        assertTrue(all(3, STEPS, StartStage.Hole.NONE) > 10_000);
    }

    private static void drawn(int nodes, int sequences) {
        List<StartStage.Op> ops = StartStage.ops(nodes);
        for (int seed = 0; seed < sequences; seed++) {
            Random random = new Random(seed);
            StartStage stage = new StartStage(nodes, StartStage.Hole.NONE, random);
            List<StartStage.Op> done = new ArrayList<>();
            try {
                for (int i = random.nextInt(20); i >= 0; i--) {
                    StartStage.Op op = ops.get(random.nextInt(ops.size()));
                    if (stage.isUseful(op)) {
                        done.add(op);
                        stage.happen(op);
                    }
                }
                stage.settle();
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", " + done + ": " + e.getMessage(), e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void shouldComeTogetherAfterDrawnSequences(int nodes) {
        drawn(nodes, 300);
    }

    @Tag("slow")
    @Test
    void shouldComeTogetherAfterManyDrawnSequencesOfFiveNodes() {
        drawn(5, 10_000);
    }

    /** The check above can fail. */
    @ParameterizedTest
    @EnumSource(value = StartStage.Hole.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void shouldNoticeAWrongRule(StartStage.Hole hole) {
        assertThrows(AssertionError.class, () -> all(2, STEPS, hole));
    }
}
