package org.mirrorlog.fencing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.persistence.testkit.PersistenceTestKitPlugin;
import akka.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.owner.Death;
import org.mirrorlog.owner.DeclaredDeaths;

/** The register of deaths starts again, by itself and from its journal, whatever makes it throw. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DeathRegisterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ActorTestKit kit = ActorTestKit.create("deaths", ConfigFactory.parseString("""
            akka.actor.provider = local
            akka.coordinated-shutdown.exit-jvm = off
            akka.logger-startup-timeout = 30s
            mirrorlog.data-dir = /nowhere
            """).withFallback(PersistenceTestKitPlugin.config()).withFallback(PersistenceTestKitSnapshotPlugin.config())
            .withFallback(ConfigFactory.load()).resolve());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void shouldStartAgainFromItsJournalAndTellOnce() {
        AtomicInteger left = new AtomicInteger(3);
        TestProbe<DeclaredDeaths> answers = kit.createTestProbe();
        ActorRef<DeathRegister.Command> register = kit.spawn(DeathRegister.create(record -> {
            if (!record.deaths().isEmpty() && left.getAndDecrement() > 0) {
                throw new IllegalStateException("planted");
            }
        }));
        Death death = new Death("boot-b", "b", 1, "a test");

        LoggingTestKit.error("the register of deaths could not go on").withOccurrences(1).expect(kit.system(), () -> {
            register.tell(new DeathRegister.Declare(List.of(death), answers.ref()));
            while (left.get() > 0) {
                answers.expectNoMessage(Duration.ofMillis(50));
            }
            return null;
        });

        register.tell(new DeathRegister.Show(Set.of(), answers.ref()));
        assertEquals(List.of(death), answers.receiveMessage(PATIENCE).deaths());
    }
}
