package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.TestProbe;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;

/** D22: the survivors of a death are told, one after the other, until they are in new sessions. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReactivationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String DEAD = "boot-dead";

    private final OwnerStage stage = new OwnerStage("LVM-reactivation");
    private final Survivor first = new Survivor("boot-1");
    private final Survivor second = new Survivor("boot-2");

    @BeforeEach
    void start() {
        stage.reactivation = Optional.of(Duration.ofMinutes(2));
        stage.restart(1_000);
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    private final class Survivor {
        private final TestProbe<FromOwner> probe = stage.kit.createTestProbe(FromOwner.class);
        private final InstanceId id;
        private long session;
        private long number;

        private Survivor(String boot) {
            id = new InstanceId(boot, 1);
        }

        private Answer ask(Ask ask) {
            stage.owner.tell(new OwnerCommand.Ask(new Round(stage.uuid, id, "node-" + id.incarnation(), 1,
                    session, ++number, 0, 0, RegionSet.empty(), ask), true, new ActorRecipient<>(probe.getRef())));
            while (true) {
                if (probe.expectMessageClass(FromOwner.class, PATIENCE) instanceof RoundAnswer answer) {
                    session = answer.answer() instanceof Answer.Joined joined ? joined.session() : session;
                    return answer.answer();
                }
            }
        }

        private void resumeInSync() {
            ask(new Ask.Resume(OwnerStage.core()));
            assertEquals(new Answer.AllInSync(), ask(new Ask.SyncCount()));
        }

        private void awaitTurn() {
            assertEquals(new Notice.Reactivate(stage.uuid, id), probe.expectMessageClass(Notice.class, PATIENCE));
        }

        private void assertNotItsTurn() {
            probe.expectNoMessage(DeathHandler.TICK.multipliedBy(3));
        }
    }

    private void oneDies() {
        Survivor dead = new Survivor(DEAD);
        first.resumeInSync();
        second.resumeInSync();
        dead.resumeInSync();
        assertEquals(new Answer.Done(), dead.ask(new Ask.Mark(RegionSet.of(7))));
        stage.deaths.add(Set.of(DEAD));
        await("the log hears of it").atMost(PATIENCE).until(() -> stage.inspect().isReactivating());
    }

    @Test
    void d22ShouldTellOneAfterTheOtherAndNotBesideASuspendedOne() {
        oneDies();

        first.awaitTurn();
        second.assertNotItsTurn();
        first.ask(new Ask.Leave());
        second.assertNotItsTurn();
        first.ask(new Ask.Resume(OwnerStage.core()));
        second.awaitTurn();
        second.ask(new Ask.Leave());
        second.ask(new Ask.Resume(OwnerStage.core()));

        await("it is over").atMost(PATIENCE).until(() -> !stage.inspect().isReactivating());
        assertEquals(new Answer.Work(7), second.ask(new Ask.NextResync()));
    }

    @Test
    void d22ShouldGoOnUnderAnotherOwner() {
        oneDies();
        first.awaitTurn();
        first.ask(new Ask.Leave());
        first.ask(new Ask.Resume(OwnerStage.core()));

        stage.restart(1_000);
        assertTrue(stage.inspect().isReactivating());
        second.ask(new Ask.HandOn());

        second.awaitTurn();
    }

    @Test
    void d22ShouldTellAgainWhoeverDidNotHear() {
        oneDies();

        first.awaitTurn();
        first.awaitTurn();
        first.awaitTurn();
    }

    @Test
    void d22ShouldLeaveAnotherDeathToTheSameReactivation() {
        oneDies();
        first.awaitTurn();

        stage.deaths.add(Set.of(second.id.incarnation()));
        first.ask(new Ask.Leave());
        first.ask(new Ask.Resume(OwnerStage.core()));

        await("it is over").atMost(PATIENCE).until(() -> !stage.inspect().isReactivating());
        assertFalse(stage.inspect().members().containsKey(second.id));
        assertNotEquals(0, first.session);
    }
}
