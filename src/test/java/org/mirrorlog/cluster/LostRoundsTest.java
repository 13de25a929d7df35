package org.mirrorlog.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.DeadLetter;
import akka.actor.Dropped;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.javadsl.Adapter;
import akka.cluster.sharding.typed.ShardingEnvelope;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.owner.ActorRecipient;
import org.mirrorlog.owner.OwnerCommand;

/** Rounds that Akka has dropped are sent again at once, and not for ever. */
@Timeout(60)
class LostRoundsTest {
    private final ActorTestKit kit = ActorTestKit.create("lost-rounds", ConfigFactory.parseString("""
            akka.actor.provider = local
            akka.log-dead-letters = off
            """).withFallback(ConfigFactory.defaultReference()).resolve());
    private final TestProbe<OwnerCommand.Ask> owner = kit.createTestProbe(OwnerCommand.Ask.class);
    private final TestProbe<FromOwner> asker = kit.createTestProbe(FromOwner.class);

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private OwnerCommand.Ask ask(long number) {
        return new OwnerCommand.Ask(new Round("LVM-a", new InstanceId("boot-a", 1), "node-a", 1, 1, number, 0, 0,
                RegionSet.empty(), new org.mirrorlog.log.Ask.HandOn()), true, new ActorRecipient<>(asker.getRef()));
    }

    private void drop(OwnerCommand.Ask ask) {
        akka.actor.ActorRef nobody = Adapter.toClassic(kit.system()).deadLetters();
        nobody.tell(Dropped.apply(new ShardingEnvelope<>("LVM-a", ask), "handed over", nobody, nobody),
                akka.actor.ActorRef.noSender());
    }

    /** Started, once the first of these is heard. */
    private void start() {
        kit.spawn(LostRounds.create(ask -> owner.getRef().tell(ask)));
        for (long number = 1; ; number++) {
            drop(ask(number));
            try {
                owner.receiveMessage(Duration.ofMillis(200));
                break;
            } catch (AssertionError e) {
                assertEquals(true, number < 100, "never subscribed");
            }
        }
    }

    @Test
    void shouldSendARoundAgainThatAHandOverHasDropped() {
        start();

        drop(ask(1_000));

        assertEquals(ask(1_000), owner.receiveMessage());
    }

    @Test
    void shouldSendARoundAgainThatAStoppedOwnerHadNotRead() {
        start();
        akka.actor.ActorRef nobody = Adapter.toClassic(kit.system()).deadLetters();

        Adapter.toClassic(kit.system()).eventStream().publish(DeadLetter.apply(ask(1_000), nobody, nobody));

        assertEquals(ask(1_000), owner.receiveMessage());
    }

    @Test
    void shouldNotSendForEverWhatIsDroppedAgainAndAgain() {
        start();
        for (int i = 0; i < 3; i++) {
            drop(ask(1_000));
            assertEquals(ask(1_000), owner.receiveMessage());
        }

        drop(ask(1_000));
        drop(ask(1_001));

        assertEquals(ask(1_001), owner.receiveMessage(), "the other one waits for its own time");
    }
}
