package org.mirrorlog.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
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
        LivingCluster entered = LivingCluster.of("0a-f", Set.of(ONE)).entered(THREE).entered(TWO);
        assertEquals("v1 0a-f 10.0.0.1:25520#123456789abcdef0 ~10.0.0.2:25520#ffffffffffffffff ~[fe80::1]:25520#7",
                entered.text());
        assertEquals(Optional.of(entered), LivingCluster.parse(entered.text()));
        for (String odd : new String[] {"", "v1", "v2 a x:1#1", "v1 a x:1", "v1 a b", "v1 a x:1#g", "v1 a#b",
            "v1 a ~", "v1 a ~x:1", "v1 a x:1#1  y:1#1",
            "v1 " + "a".repeat(65), "v1 a" + " x:1#1".repeat(201), "v1 a " + "x".repeat(70_000)}) {
            assertEquals(Optional.empty(), LivingCluster.parse(odd), odd);
        }
    }

    @Test
    void shouldReadARowThatCountsAsOneThatLives() {
        Optional<String> text = Optional.of("v1 a x:1#1");

        assertEquals(new RowView.Free(), RowView.of(text, Duration.ZERO));
        assertEquals(new RowView.Free(), RowView.of(text, Duration.ofMillis(-1)));
        assertEquals(new RowView.Free(), RowView.of(Optional.empty(), SOME));
        assertEquals(new RowView.Unreadable(SOME), RowView.of(Optional.of("v2 of another build"), SOME));
        assertTrue(RowView.of(text, Duration.ofMillis(1)) instanceof RowView.Living);
    }

    private static final Optional<String> TEXT = Optional.of("v1 a x:1#1");
    private static final Duration YEARS = Duration.ofDays(10_000);

    private static ClusterRow.Seen row(long stamp, Duration left) {
        return new ClusterRow.Seen(TEXT, stamp, left);
    }

    /** What is left for whoever looks once a second from second to second, and sees the same. */
    private static Duration left(RowAge age, ClusterRow.Seen row, int from, int to) {
        RowAge now = age;
        for (int i = from; i <= to; i++) {
            now = now.seen(row, Duration.ofSeconds(i).toNanos());
        }
        return now.left(row);
    }

    /** A server that has come up with a clock of the past would keep a row for years that nobody renews. */
    @Test
    void shouldCountARowNoLongerThanItLivesWhateverTheServersClockSays() {
        assertEquals(RowView.LIFE, left(RowAge.UNSEEN, row(5, YEARS), -1, -1));
        assertEquals(Duration.ofSeconds(3), left(RowAge.UNSEEN, row(5, Duration.ofSeconds(3)), 0, 13));
        assertEquals(RowView.LIFE.minusSeconds(4), left(RowAge.UNSEEN.seen(row(5, YEARS), 0),
                new ClusterRow.Seen(Optional.of("v1 a"), 5, YEARS), 1, 4), "struck out of it, and not renewed");
        assertTrue(left(RowAge.UNSEEN, row(5, YEARS), -1, 19).isZero());
        assertEquals(RowView.LIFE, RowAge.UNSEEN.seen(row(5, YEARS), 0).seen(row(6, YEARS), 9).left(row(6, YEARS)),
                "it was renewed");
        assertEquals(new StayRule.Write("a", Set.of(ONE, TWO)), stay(new RowView.Living(
                LivingCluster.of("a", Set.of(ONE, TWO)), YEARS), true, true), "so whoever serves must renew it");
    }

    /** A server whose clock was set forward, or whose row could not be renewed while it was away, is not believed. */
    @Test
    void shouldTakeNoRowForExpiredBeforeItWasSeenNotToBeRenewed() {
        ClusterRow.Seen old = row(5, YEARS.negated());

        assertEquals(RowAge.SURE, left(RowAge.UNSEEN, old, 0, 0));
        assertEquals(Duration.ofSeconds(1), left(RowAge.UNSEEN, old, 0, 11));
        assertTrue(left(RowAge.UNSEEN, old, 0, 12).isZero());
        assertEquals(RowAge.SURE, left(RowAge.UNSEEN.seen(old, 0), row(6, YEARS.negated()), 11, 11), "it was renewed");
    }

    /** A renewal is due, its connection has died in silence, and so has the first of the servers that are named. */
    @Test
    void shouldWaitLongerThanTheLatestRenewalOfWhoeverServes() {
        Duration latest = RowView.RENEWED_EVERY.plus(ClusterKeeper.TICK).plus(ClusterRow.LONGEST_ANSWER)
                .plus(ClusterRow.LONGEST_PAUSE).plus(ClusterRow.LONGEST_CONNECT);

        assertTrue(latest.compareTo(RowAge.SURE) < 0, latest + " and " + RowAge.SURE);
    }

    /** Nobody has seen what happened in it: the journal may have been away, so that nobody could renew the row. */
    @Test
    void shouldCountNoLongGapBetweenTwoLooks() {
        ClusterRow.Seen old = row(5, YEARS.negated());
        RowAge age = RowAge.UNSEEN;
        for (int i = 0; i < 5; i++) {
            age = age.seen(old, Duration.ofSeconds(15 * i).toNanos());
        }

        assertEquals(RowView.LIFE, age.left(old));
        assertEquals(Duration.ofSeconds(1), left(age, old, 61, 79));
        assertTrue(left(age, old, 61, 80).isZero(), "and whoever looks in time comes to an end");
    }

    @Test
    void shouldCountAnewWhatWasNotSeenWhileTheJournalWasAway() {
        ClusterRow.Seen old = row(5, Duration.ofSeconds(-1));
        RowAge before = RowAge.UNSEEN.seen(row(5, Duration.ofSeconds(9)), 0);
        RowAge after = before.unseen(Duration.ofSeconds(5).toNanos()).unseen(Duration.ofSeconds(25).toNanos());

        assertEquals(RowView.LIFE, left(after, old, 25, 25));
        assertEquals(Duration.ofSeconds(1), left(after, old, 25, 44));
        assertTrue(left(after, old, 25, 45).isZero());
        assertEquals(RowView.LIFE, left(before, old, 25, 25), "whoever was paused has not seen it, either");
        assertEquals(RowAge.SURE, left(after, row(6, Duration.ofSeconds(-1)), 26, 26), "it was renewed since");
        assertTrue(left(RowAge.UNSEEN.unseen(0), old, 1, 21).isZero(), "and that comes to an end");
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
        assertEquals(new StartRule.Enter(LivingCluster.of("a", Set.of(TWO, THREE)).entered(ONE)),
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

    /** All members have been killed and start again: nobody has to wait until a row expires that names starts only. */
    @Test
    void shouldFoundAmongStartsOnceNoneOfThemHasTakenItUp() {
        LivingCluster starts = LivingCluster.of("a", Set.of()).entered(ONE).entered(TWO).entered(THREE);
        RowView row = new RowView.Living(starts, SOME);

        assertEquals(new StartRule.Join(new TreeSet<>(Set.of(TWO.address(), THREE.address()))),
                next(row, false, TWO.address(), THREE.address()), "one of them may have joined before");
        assertEquals(new StartRule.Found(), next(row, true, TWO.address(), THREE.address()));
        assertEquals(new StartRule.Join(new TreeSet<>(Set.of(TWO.address()))), next(row, true, TWO.address()),
                "the other one may be a member");
        assertEquals(new StartRule.Wait(new TreeSet<>(Set.of(TWO.address(), THREE.address()))), next(row, true));
        assertEquals(new StartRule.Join(new TreeSet<>(Set.of(TWO.address(), THREE.address()))), next(
                new RowView.Living(LivingCluster.of("a", Set.of(THREE)).entered(ONE).entered(TWO), SOME), true,
                TWO.address(), THREE.address()), "a member is there");
        assertEquals(new StartRule.Found(), next(new RowView.Living(LivingCluster.of("a", Set.of()).entered(ONE),
                SOME), false, TWO.address()), "the others have gone meanwhile");
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
        assertEquals(both, stay(new RowView.Living(LivingCluster.of("a", Set.of(ONE, TWO)), RowView.LIFE), true, true),
                "by the server's clock it was renewed just now, if that is right");
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
        assertEquals(new StayRule.Stay("a"), stay(new RowView.Living(LivingCluster.of("b", Set.of()).entered(THREE),
                SOME), true, true), "and know nothing of this one");
        assertEquals(new StayRule.Write("b", Set.of(ONE, TWO)), stay(new RowView.Living(LivingCluster.of("b", Set.of())
                .entered(ONE), SOME), true, false), "who has just joined is all that is left of it");
    }

    // --- together -------------------------------------------------------------------------------------------------

    private static int all(int nodes, int steps, StartStage.Hole hole) {
        return all(nodes, steps, hole, EnumSet.allOf(StartStage.Kind.class));
    }

    /** One sequence for each state that so many steps can lead to; returns how many states there were. */
    private static int all(int nodes, int steps, StartStage.Hole hole, Set<StartStage.Kind> kinds) {
        List<StartStage.Op> ops = StartStage.ops(nodes).stream().filter(op -> kinds.contains(op.kind())).toList();
        Map<String, List<StartStage.Op>> seen = new HashMap<>();
        Map<StartStage, List<StartStage.Op>> reached =
                new IdentityHashMap<>(Map.of(new StartStage(nodes, hole, new Random(1)), List.of()));
        for (int i = 1; i <= steps; i++) {
            Map<StartStage, List<StartStage.Op>> next = new IdentityHashMap<>();
            reached.forEach((stage, done) -> ops.stream().filter(stage::isUseful).forEach(op -> {
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

    /** What befalls nodes; what befalls the ways between them; what befalls the journal. All of it is drawn below. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"START STOP KILL CUT HEAL BLIND SEE FREE FORGET WAIT", "START KILL DEAFEN PART HEAL",
        "START KILL CUT HEAL AWAY BACK FORWARD BACKWARD"})
    void shouldComeTogetherAfterEverySequenceOfThreeNodes(String kinds) {
        Set<StartStage.Kind> wanted = Arrays.stream(kinds.split(" ")).map(StartStage.Kind::valueOf)
                .collect(Collectors.toSet());

        assertTrue(all(3, STEPS, StartStage.Hole.NONE, wanted) > 10_000);
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
