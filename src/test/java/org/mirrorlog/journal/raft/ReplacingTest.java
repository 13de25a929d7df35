package org.mirrorlog.journal.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which step follows, and what is refused. The simulation shows that the steps lose nothing. */
class ReplacingTest {

    private static final List<String> FOUNDERS = List.of("a:1", "b:1", "c:1");

    private Standing.Role role = Standing.Role.LEADER;
    private Members members = new Members(0, FOUNDERS, FOUNDERS);
    private Members effective = members;
    private long committed = 10;
    private final Map<String, Standing.Other> others = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();

    private final Engine engine = new Engine() {
        @Override
        public void start() {
        }

        @Override
        public void propose(byte[] command, Consumer<Answer> answer) {
        }

        @Override
        public void confirm(Consumer<Answer> answer) {
        }

        @Override
        public void change(Change change, long membersIndex, Consumer<Answer> answer) {
            assertEquals(members.index(), membersIndex);
            changes.add(change);
            answer.accept(new Answer.Decided(new Outcome.Accepted(membersIndex + 1)));
        }

        @Override
        public Standing standing() {
            return new Standing(role, 1, committed, committed, members, effective, others);
        }

        @Override
        public void receive(byte[] message) {
        }

        @Override
        public Optional<String> leader() {
            return Optional.of("a:1");
        }

        @Override
        public void stop() {
        }
    };

    private final Replacing replacing = new Replacing("a:1", engine);

    private void group(List<String> all, List<String> voters) {
        members = new Members(members.index() + 1, all, voters);
        effective = members;
    }

    private void learning() {
        group(List.of("a:1", "b:1", "c:1", "c:1/7"), FOUNDERS);
        others.put("b:1", new Standing.Other(10, 100));
        others.put("c:1", new Standing.Other(4, 60_000));
        others.put("c:1/7", new Standing.Other(10, 100));
    }

    private void begin(String successor) {
        replacing.begin(successor, members.index(), answers::add);
    }

    private String refusal() {
        return ((Answer.NotNow) answers.get(answers.size() - 1)).why();
    }

    @Test
    void shouldHaveASuccessorLearnThenRemoveTheLostOneThenHaveItVote() {
        begin("c:1/7");
        assertEquals(List.of(new Change(Change.Kind.LEARN, "c:1/7")), changes);
        learning();
        begin("c:1/7");
        assertTrue(answers.get(1) instanceof Answer.Decided, "asked once more it is done");

        replacing.look();
        assertEquals(1, changes.size(), "what was committed is looked at twice");
        replacing.look();
        assertEquals(new Change(Change.Kind.REMOVE, "c:1"), changes.get(1));

        group(List.of("a:1", "b:1", "c:1/7"), List.of("a:1", "b:1"));
        replacing.look();
        assertEquals(new Change(Change.Kind.PROMOTE, "c:1/7"), changes.get(2));

        group(List.of("a:1", "b:1", "c:1/7"), List.of("a:1", "b:1", "c:1/7"));
        replacing.look();
        assertEquals(3, changes.size());
    }

    @Test
    void shouldWaitForASuccessorThatIsBehindOrSilent() {
        learning();
        replacing.look();

        others.put("c:1/7", new Standing.Other(9, 100));
        replacing.look();
        others.put("c:1/7", new Standing.Other(10, 5_000));
        replacing.look();
        others.remove("c:1/7");
        replacing.look();
        others.put("c:1/7", new Standing.Other(10, 100));
        members = new Members(11, members.all(), members.voters());
        effective = members;
        replacing.look();

        assertEquals(List.of(), changes, "it does not hold the last change of the group");
    }

    /** Of three voters one is to go and another one is away: the one that is left could not go on. */
    @Test
    void shouldNotRemoveWhatTheGroupCannotGoOnWithout() {
        learning();
        others.put("b:1", new Standing.Other(10, 5_000));
        replacing.look();
        replacing.look();
        assertEquals(List.of(), changes);

        others.put("b:1", new Standing.Other(10, 100));
        replacing.look();
        assertEquals(List.of(new Change(Change.Kind.REMOVE, "c:1")), changes);
    }

    @Test
    void shouldGoOnOnlyWhereItLeadsAndNoChangeIsOpen() {
        learning();
        role = Standing.Role.FOLLOWER;
        replacing.look();
        role = Standing.Role.LEADER;
        replacing.look();
        assertEquals(List.of(), changes, "what was committed before it led is not known");

        effective = new Members(members.index() + 5, members.all(), members.voters());
        replacing.look();
        begin("c:1/8");
        assertTrue(refusal().contains("another change"), refusal());
        assertEquals(List.of(), changes);
    }

    @Test
    void shouldRefuseTwoAtATimeAndThePlaceOfTheLeader() {
        begin("a:1/9");
        assertTrue(refusal().contains("leads, and is not lost"), refusal());
        learning();
        begin("b:1/9");
        assertTrue(refusal().contains("one at a time"), refusal());
        role = Standing.Role.FOLLOWER;
        begin("c:1/7");
        assertTrue(refusal().contains("does not lead"), refusal());

        assertEquals(List.of(), changes);
    }

    @Test
    void shouldNotBringBackWhoWasRemovedByAnOrderThatComesLate() {
        group(List.of("a:1", "b:1", "c:1/8"), List.of("a:1", "b:1", "c:1/8"));

        replacing.begin("c:1/7", members.index() - 1, answers::add);

        assertTrue(refusal().contains("the group has changed meanwhile"), refusal());
        assertEquals(List.of(), changes);
    }

    @Test
    void shouldGiveUpASuccessorThatWasLostAsWell() {
        learning();

        begin("c:1/8");
        assertEquals(List.of(new Change(Change.Kind.REMOVE, "c:1/7")), changes);
        assertTrue(refusal().contains("is removed"), refusal());

        group(FOUNDERS, FOUNDERS);
        begin("c:1/8");
        assertEquals(new Change(Change.Kind.LEARN, "c:1/8"), changes.get(1));
    }
}
