package org.mirrorlog.journal;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An event-sourced actor on the two plugins of a journal, as an owner is one; for each journal of ours. */
@Timeout(60)
public abstract class OwnerContract {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    protected ActorTestKit kit;

    /** The same journal each time in one test, an empty one in each test. */
    protected abstract Config config();

    /** Up to which sequence number events are deleted. */
    protected abstract long deletedTo(String id);

    /** How many snapshots there are. */
    protected abstract long snapshots(String id);

    /** Changes a byte in each snapshot. */
    protected abstract void damageSnapshots(String id);

    /** Adds a word and answers with all of them; an empty word only asks. */
    record Say(String word, ActorRef<String> replyTo) {
    }

    /** Its state is its words, joined. */
    static final class Speaker extends EventSourcedBehavior<Say, String, String> {

        private final boolean hasRetention;

        Speaker(String id, boolean hasRetention) {
            super(PersistenceId.ofUniqueId(id));
            this.hasRetention = hasRetention;
        }

        @Override
        public String emptyState() {
            return "";
        }

        @Override
        public CommandHandler<Say, String, String> commandHandler() {
            return newCommandHandlerBuilder().forAnyState().onCommand(Say.class, (state, say) -> say.word().isEmpty()
                    ? Effect().none().thenRun((String now) -> say.replyTo().tell(now))
                    : Effect().persist(say.word()).thenRun((String now) -> say.replyTo().tell(now))).build();
        }

        @Override
        public EventHandler<String, String> eventHandler() {
            return newEventHandlerBuilder().forAnyState().onAnyEvent((state, word) -> state + word);
        }

        @Override
        public RetentionCriteria retentionCriteria() {
            return hasRetention ? RetentionCriteria.snapshotEvery(10, 2).withDeleteEventsOnSnapshot()
                    : RetentionCriteria.disabled();
        }
    }

    @BeforeEach
    void start() {
        kit = ActorTestKit.create("owners", config());
    }

    @AfterEach
    protected final void stop() {
        kit.shutdownTestKit();
    }

    final ActorRef<Say> speaker(String id, boolean hasRetention) {
        Behavior<Say> behavior = new Speaker(id, hasRetention);
        return kit.spawn(behavior, DispatcherSelector.fromConfig("mirrorlog.dispatchers.hot"));
    }

    final String say(ActorRef<Say> speaker, String word) {
        TestProbe<String> probe = kit.createTestProbe();
        speaker.tell(new Say(word, probe.getRef()));
        return probe.receiveMessage(LIMIT);
    }

    @Test
    void shouldTellWhatHasEvents() {
        ActorRef<Say> speaker = speaker("log", false);
        assertEquals(Map.of(), withEvents());
        say(speaker, "a");
        say(speaker, "b");

        assertEquals(Map.of("log", 2L), withEvents());
    }

    private Map<String, Long> withEvents() {
        return JournalExtension.get(kit.system()).journal().withEvents().toCompletableFuture().join();
    }

    @Test
    void shouldRememberOverARestart() {
        ActorRef<Say> speaker = speaker("log", false);
        say(speaker, "a");
        assertEquals("ab", say(speaker, "b"));

        kit.stop(speaker);
        assertEquals("ab", say(speaker("log", false), ""));
        stop();
        start();
        assertEquals("abc", say(speaker("log", false), "c"));
    }

    @Test
    void shouldStopAStaleOwnerAndNotAnswerItD1() {
        ActorRef<Say> first = speaker("log", false);
        say(first, "a");
        ActorRef<Say> second = speaker("log", false);
        assertEquals("ab", say(second, "b"));
        TestProbe<String> probe = kit.createTestProbe();

        first.tell(new Say("x", probe.getRef()));

        probe.expectTerminated(first, LIMIT);
        probe.expectNoMessage(Duration.ofMillis(100));
        assertEquals("abc", say(second, "c"));
    }

    @Test
    void shouldRecoverFromSnapshotsAndDeletedEvents() {
        ActorRef<Say> speaker = speaker("log", true);
        StringBuilder expected = new StringBuilder();
        for (int i = 1; i <= 95; i++) {
            expected.append(i).append(' ');
            assertEquals(expected.toString(), say(speaker, i + " "));
        }
        await("events to be deleted").atMost(LIMIT).until(() -> deletedTo("log") >= 70);
        await("old snapshots to be deleted").atMost(LIMIT).until(() -> snapshots("log") <= 3);

        stop();
        start();

        assertEquals(expected.toString(), say(speaker("log", true), ""));
    }

    @Test
    void shouldRefuseToGoOnFromASnapshotThatIsTooOld() {
        ActorRef<Say> speaker = speaker("log", true);
        for (int i = 1; i <= 95; i++) {
            say(speaker, "x");
        }
        await("events to be deleted").atMost(LIMIT).until(() -> deletedTo("log") >= 70);
        await("old snapshots to be deleted").atMost(LIMIT).until(() -> snapshots("log") <= 3);
        stop();
        damageSnapshots("log");
        start();

        ActorRef<Say> again = speaker("log", true);

        TestProbe<String> probe = kit.createTestProbe();
        probe.expectTerminated(again, LIMIT);
    }

    @Test
    void shouldShareCommitsAmongManyLogs() {
        TestProbe<String> probe = kit.createTestProbe();
        int logs = 40;
        for (int i = 0; i < logs; i++) {
            ActorRef<Say> speaker = speaker("log-" + i, false);
            speaker.tell(new Say("a", probe.getRef()));
            speaker.tell(new Say("b", probe.getRef()));
        }
        for (int i = 0; i < logs * 2; i++) {
            probe.receiveMessage(LIMIT);
        }

        JournalCounters.Snapshot counters = JournalExtension.get(kit.system()).journal().counters();

        assertEquals(logs * 2, counters.events());
        assertTrue(counters.commits() <= counters.events(), counters::toString);
    }
}
