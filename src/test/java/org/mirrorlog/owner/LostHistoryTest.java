package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.persistence.PersistentRepr;
import akka.persistence.testkit.DeleteEvents;
import akka.persistence.testkit.DeleteSnapshotsByCriteria;
import akka.persistence.testkit.JournalOperation;
import akka.persistence.testkit.ProcessingPolicy;
import akka.persistence.testkit.ProcessingResult;
import akka.persistence.testkit.ProcessingSuccess;
import akka.persistence.testkit.ReadEvents;
import akka.persistence.testkit.SnapshotOperation;
import akka.persistence.testkit.StorageFailure;
import akka.persistence.testkit.WriteEvents;
import akka.persistence.testkit.WriteSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import scala.jdk.javaapi.CollectionConverters;

/** A log whose history the journal has lost in part goes on when the operator says so, and not before (D21). */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LostHistoryTest {
    private static final RegionSet ALL = RegionSet.range(0, 64);
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofHours(1);

    private final OwnerStage stage = new OwnerStage("LVM-lost");
    private final Losses losses = new Losses();

    /** A journal without some of its commits, and what else fails. */
    private static final class Losses implements ProcessingPolicy<JournalOperation> {
        /** Sequence number of the commit. */
        private volatile long lost;
        /** Commits so far, deleted ones too. */
        private volatile long head;
        private volatile Optional<Class<?>> failing = Optional.empty();

        private ProcessingResult process(Object operation) {
            boolean isHole = operation instanceof ReadEvents read && CollectionConverters.asJava(read.batch()).stream()
                    .anyMatch(event -> ((PersistentRepr) event).sequenceNr() == lost);
            boolean isFailing = failing.filter(kind -> kind.isInstance(operation)).isPresent();
            failing = isFailing ? Optional.empty() : failing;
            if (operation instanceof WriteEvents written && !isFailing) {
                head += written.batch().size();
            }
            return isHole || isFailing ? new StorageFailure(new IOException("injected: " + (isHole ? "hole" : "once")))
                    : ProcessingSuccess.getInstance();
        }

        @Override
        public ProcessingResult tryProcess(String persistenceId, JournalOperation operation) {
            return process(operation);
        }
    }

    /** Holes, and what is left beside them. */
    private class OfLosses implements Heads {
        private volatile Runnable meanwhile = () -> { };
        private volatile boolean isHeadKnown = true;
        private volatile List<Commit> left = List.of();
        private volatile Optional<Throwable> failure = Optional.empty();

        @Override
        public CompletionStage<Void> remains(String persistenceId, Consumer<Commit> commit) {
            meanwhile.run();
            left.forEach(commit);
            return failure.<CompletionStage<Void>>map(CompletableFuture::failedStage)
                    .orElse(CompletableFuture.completedStage(null));
        }

        @Override
        public CompletionStage<Long> of(String persistenceId) {
            return isHeadKnown ? CompletableFuture.completedStage(losses.head) : UNKNOWN.of(persistenceId);
        }

        @Override
        public boolean isLost(Throwable failure) {
            return failure != null
                    && (String.valueOf(failure.getMessage()).contains("hole") || isLost(failure.getCause()));
        }
    }

    LostHistoryTest() {
        stage.heads = new OfLosses();
        stage.journal.withPolicy(losses);
        stage.snapshots.withPolicy((ProcessingPolicy<SnapshotOperation>) (id, operation) -> losses.process(operation));
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    private Round rejoin(long session, long seen) {
        return stage.round(OwnerStage.A, session, new Ask.Rejoin(OwnerStage.core(), session, RegionSet.of(3), 0,
                RegionSet.empty()), seen);
    }

    /** A log that A uses, without its first commit. */
    private void useAndLoseTheFirst() {
        stage.resume(OwnerStage.core());
        stage.mark(3);
        losses.lost = 1;
        stage.restartSharded();
    }

    /** One order of an operator. */
    private Optional<LogState> order() {
        TestProbe<LogState> probe = stage.kit.createTestProbe(LogState.class);
        stage.owner.tell(new OwnerCommand.Adopt(false, new ActorRecipient<>(probe.getRef())));
        try {
            return Optional.of(probe.receiveMessage(SOON));
        } catch (AssertionError e) {
            return Optional.empty();
        }
    }

    /** Orders that are not carried out are given again. */
    private LogState adopt() {
        for (int i = 0; i < 10; i++) {
            Optional<LogState> adopted = order();
            if (adopted.isPresent()) {
                return adopted.get();
            }
        }
        throw new AssertionError("never adopted");
    }

    private void mustNotServe() {
        stage.send(rejoin(stage.session(), 0));
        stage.assertSilent();
    }

    /** What the log is like for an owner that begins now. */
    private LogState replayed() {
        stage.restart(1_000);
        return stage.inspect();
    }

    @Test
    void d21ShouldAdoptALogWhoseHistoryIsLost() {
        useAndLoseTheFirst();
        mustNotServe();

        LogState adopted = adopt();

        assertTrue(adopted.number() > 1L << 48, adopted.number() + "");
        assertEquals(adopted, replayed());
        stage.send(rejoin(stage.session(), 0));
        assertInstanceOf(Answer.Held.class, stage.answer().answer(), "asked before it could hear of the adoption");
        stage.send(rejoin(stage.session(), adopted.number()));
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        assertEquals(ALL, stage.inspect().dirty());
        assertEquals(ALL, stage.inspect().unsynced());
    }

    @Test
    void shouldAwaitWhoeverMayBeInASession() {
        stage.hearsay = new Hearsay(() -> Map.of("boot-c", "c"), () -> Map.of("boot-c", "c"), call -> { },
                question -> question.replyTo().tell(new OwnerCommand.HeardAnswer("boot-c", true, 1L << 50, 1)), false);
        useAndLoseTheFirst();

        LogState adopted = adopt();

        assertTrue(adopted.number() >= (1L << 48) + (1L << 50), "c has heard of more than " + adopted.number());
        assertEquals(Map.of("boot-c", "c"), adopted.adoption().get().awaited());
    }

    /** As commits behind a hole: nobody else knows of that node, which is down and may write all the same. */
    @Test
    void shouldAwaitWhoIsNamedBehindTheHole() {
        OfLosses journal = new OfLosses();
        stage.heads = journal;
        InstanceId dead = new InstanceId("boot-d", 1);
        journal.left = List.of(new Commit(List.of(new LogEvent.Joined(OwnerStage.B, "node-b", 1),
                new LogEvent.Joined(dead, "node-d", 1))), new Commit(List.of(new LogEvent.Adopted(1L << 51, Map.of()),
                new LogEvent.Died("boot-d"))));
        useAndLoseTheFirst();

        LogState adopted = adopt();

        assertEquals(Map.of(OwnerStage.B.incarnation(), "node-b"), adopted.adoption().get().awaited());
        assertTrue(adopted.number() > 1L << 51, adopted.number() + "");
    }

    private static InstanceId of(String incarnation) {
        return new InstanceId(incarnation, 1);
    }

    /** Whoever came in within the hole: any later word of it, or to it, shows that it did. */
    @Test
    void shouldAwaitWhomAnyEventBehindTheHoleNames() {
        OfLosses journal = new OfLosses();
        stage.heads = journal;
        RegionSet some = RegionSet.of(1);
        List<LogEvent> events = List.of(new LogEvent.RoundExecuted(of("1"), 1, 1), new LogEvent.Rejoined(of("2"), 1,
                some), new LogEvent.Marked(of("3"), some), new LogEvent.Cleared(of("4"), some),
                new LogEvent.ResyncAssigned(of("5"), 1), new LogEvent.ResyncReleased(of("6")),
                new LogEvent.RegionSynced(of("7"), 1), new LogEvent.SyncLost(of("8"), 1),
                new LogEvent.Granted(of("9"), some), new LogEvent.Hinted(of("10"), 1),
                new LogEvent.Exposed(of("11"), true), new LogEvent.Left(of("12")), new LogEvent.Forgotten(of("13")));
        journal.left = List.of(new Commit(List.of(new LogEvent.Joined(OwnerStage.B, "node-b", 1),
                new LogEvent.Marked(OwnerStage.B, some))), new Commit(events));
        stage.hearsay = new Hearsay(() -> Map.of("3", "node-3"), Map::of, call -> { }, question -> { }, false);
        useAndLoseTheFirst();

        Map<String, String> awaited = adopt().adoption().get().awaited();

        Map<String, String> expected = new HashMap<>(Map.of(OwnerStage.B.incarnation(), "node-b"));
        for (int i = 1; i <= events.size(); i++) {
            expected.put("" + i, i == 3 ? "node-3" : "" + i);
        }
        assertEquals(expected, awaited);
        stage.send(stage.round(OwnerStage.A, 0, new Ask.Resume(OwnerStage.core(), false, List.of("1", "3")),
                stage.inspect().number()));
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        expected.keySet().remove("1");
        assertEquals(expected, stage.inspect().adoption().get().awaited(),
                "a later boot of the machine whose name is lost, and which knows that it ran there, proves its end");
    }

    /** What it has written was not looked at, nor whom it let in (D1). */
    @Test
    void d1ShouldWriteNothingBehindWhatAnotherOwnerHasAppended() {
        OfLosses journal = new OfLosses();
        stage.heads = journal;
        Commit anothers = new Commit(List.of(new LogEvent.OwnerChanged("node-b#1")));
        useAndLoseTheFirst();
        List<Commit> before = stage.commits();
        journal.meanwhile = () -> {
            journal.meanwhile = () -> { };
            stage.journal.persistForRecovery(stage.persistenceId(), List.of(anothers));
            losses.head++;
        };

        assertEquals(Optional.empty(), order());

        assertEquals(before.size() + 1, stage.commits().size());
        assertEquals(anothers, stage.commits().get(before.size()));
        assertTrue(adopt().adoption().isPresent(), "by an order that finds it");
    }

    /** A replay beside another owner that deletes: its commits are gone, and the state in their place is there. */
    @Test
    void shouldNotAdoptWhatAnotherReplayFindsWhole() {
        OfLosses journal = new OfLosses() {
            @Override
            public CompletionStage<Long> of(String persistenceId) {
                losses.lost = 0;
                return super.of(persistenceId);
            }
        };
        stage.heads = journal;
        useAndLoseTheFirst();

        order();

        LogState found = stage.inspect();
        assertTrue(found.adoption().isEmpty() || found.adoption().get().at() < Refounder.FARTHER, "by an owner");
        assertTrue(found.members().containsKey(OwnerStage.A), "nothing is given up");
    }

    @Test
    void shouldNotAdoptWhileTheHeadIsNotKnown() {
        OfLosses journal = new OfLosses();
        stage.heads = journal;
        journal.isHeadKnown = false;
        useAndLoseTheFirst();
        List<Commit> before = stage.commits();

        assertEquals(Optional.empty(), order());

        assertEquals(before, stage.commits());
        journal.isHeadKnown = true;
        assertTrue(adopt().adoption().isPresent());
    }

    @Test
    void shouldAwaitWhoComesUpMeanwhile() {
        OfLosses journal = new OfLosses();
        stage.heads = journal;
        AtomicReference<Map<String, String>> up = new AtomicReference<>(Map.of());
        journal.meanwhile = () -> up.set(Map.of("boot-c", "c"));
        stage.hearsay = new Hearsay(up::get, Map::of, call -> { }, question -> { }, false);
        useAndLoseTheFirst();

        assertEquals(Map.of("boot-c", "c"), adopt().adoption().get().awaited());
    }

    @Test
    void shouldNotAdoptWhileItIsNotKnownWhoIsNamed() {
        OfLosses journal = new OfLosses();
        stage.heads = journal;
        journal.failure = Optional.of(new IOException("injected: away"));
        useAndLoseTheFirst();
        List<Commit> before = stage.commits();

        assertEquals(Optional.empty(), order());

        assertEquals(before, stage.commits());
        journal.failure = Optional.empty();
        assertTrue(adopt().adoption().isPresent());
    }

    /** A journal that says nothing at all: the order ends, and the next one finds all as it was. */
    @Test
    void shouldEndAnOrderOfWhichTheJournalNeverTellsTheHead() {
        AtomicBoolean isSilent = new AtomicBoolean(true);
        stage.heads = new OfLosses() {
            @Override
            public CompletionStage<Long> of(String persistenceId) {
                return isSilent.get() ? new CompletableFuture<>() : super.of(persistenceId);
            }
        };
        stage.patience = new RescuePatience(SHORT, LONG, SHORT);
        mustEndWithoutAnAdoption("the journal's head cannot be read");

        isSilent.set(false);
        assertTrue(adopt().adoption().isPresent());
    }

    @Test
    void shouldEndAnOrderOfWhichTheJournalNeverTellsWhatIsLeft() {
        AtomicBoolean isSilent = new AtomicBoolean(true);
        stage.heads = new OfLosses() {
            @Override
            public CompletionStage<Void> remains(String persistenceId, Consumer<Commit> commit) {
                return isSilent.get() ? new CompletableFuture<>() : super.remains(persistenceId, commit);
            }
        };
        stage.patience = new RescuePatience(LONG, SHORT, SHORT);
        mustEndWithoutAnAdoption("TimeoutException");

        isSilent.set(false);
        assertTrue(adopt().adoption().isPresent());
    }

    private void mustEndWithoutAnAdoption(String why) {
        useAndLoseTheFirst();
        List<Commit> before = stage.commits();
        LoggingTestKit.error("it could not be adopted (").withMessageContains(why).expect(stage.kit.system(), () -> {
            order();
            return null;
        });
        assertEquals(before, stage.commits());
    }

    @Test
    void shouldKeepWhatCanBeReadOfIt() {
        stage.restart(1);
        stage.resume(OwnerStage.core());
        stage.restart(1_000);
        stage.mark(3);
        losses.lost = 2;
        stage.restartSharded();

        LogState adopted = adopt();

        assertEquals(ALL, adopted.dirty());
        assertEquals(Map.of(OwnerStage.A.incarnation(), "node-boot-a"), adopted.adoption().get().awaited());
        assertTrue(adopted.members().containsKey(OwnerStage.A), "its grants and its session are not forgotten");
    }

    @Test
    void shouldNotAdoptWhatCanOnlyNotBeReadNow() {
        useAndLoseTheFirst();
        stage.heads = Heads.UNKNOWN;

        assertEquals(Optional.empty(), order());

        losses.lost = 0;
        assertTrue(replayed().adoption().isEmpty());
        assertEquals(RegionSet.of(3), stage.inspect().dirty(), "as before");
    }

    @Test
    void shouldNotAdoptByItself() {
        stage.adopted = Set.of(stage.uuid);
        useAndLoseTheFirst();
        List<Commit> before = stage.commits();

        mustNotServe();

        assertEquals(before, stage.commits());
    }

    @ParameterizedTest
    @ValueSource(classes = {WriteEvents.class, WriteSnapshot.class, DeleteEvents.class,
            DeleteSnapshotsByCriteria.class})
    void shouldBeHeldOrAdoptedAtWhicheverStepItEnds(Class<?> step) {
        useAndLoseTheFirst();
        losses.failing = Optional.of(step);

        boolean isDone = order().isPresent();
        for (int i = 0; i < 10 && losses.failing.isPresent(); i++) {
            isDone = order().isPresent();
        }

        assertTrue(losses.failing.isEmpty(), "it failed there");
        if (isDone) {
            assertTrue(replayed().adoption().isPresent());
        } else {
            mustNotServe();
        }
        assertEquals(ALL.size(), resumeAnew(adopt()).dirty().size());
    }

    private LogState resumeAnew(LogState adopted) {
        stage.send(rejoin(stage.session(), adopted.number()));
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        return stage.inspect();
    }

    /** An adoption that could not be made the beginning is an event of the history that comes back. */
    @Test
    void shouldHaveAdoptedWhatComesBackAfterItWasWritten() {
        useAndLoseTheFirst();
        losses.failing = Optional.of(WriteSnapshot.class);
        for (int i = 0; i < 10 && losses.failing.isPresent(); i++) {
            assertEquals(Optional.empty(), order());
        }

        losses.lost = 0;

        LogState back = replayed();
        assertEquals(ALL, back.dirty());
        assertTrue(back.members().containsKey(OwnerStage.A) && back.adoption().get().isFresh());
        assertTrue(stage.commits().stream().flatMap(commit -> commit.events().stream())
                .anyMatch(LogEvent.Adopted.class::isInstance));
    }
}
