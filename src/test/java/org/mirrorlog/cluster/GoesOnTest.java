package org.mirrorlog.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.logging.Defects;

/** An actor of the cluster's room outlives what its messages make it throw, with what it knows. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GoesOnTest {
    private final ActorTestKit kit = ActorTestKit.create("goes-on",
            ConfigFactory.parseString("akka.actor.provider = local\nakka.logger-startup-timeout = 30s")
                    .withFallback(ConfigFactory.defaultReference()).resolve());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void shouldGoOnWithWhatItKnowsAndTellOnce() {
        TestProbe<Integer> sums = kit.createTestProbe();
        ActorRef<Integer> actor = kit.spawn(GoesOn.of(Integer.class, "the adder", Behaviors.setup(context -> {
            int[] sum = {0};
            return Behaviors.receiveMessage(number -> {
                if (number == 0) {
                    throw new IllegalStateException("planted");
                } else if (number < 0) {
                    throw number == -1 ? new AssertionError("planted") : new NoClassDefFoundError("planted");
                }
                sum[0] += number;
                sums.ref().tell(sum[0]);
                return Behaviors.same();
            });
        })));

        LoggingTestKit.error("the adder could not deal with a message").withOccurrences(1).expect(kit.system(), () -> {
            actor.tell(2);
            actor.tell(0);
            actor.tell(0);
            actor.tell(-1);
            actor.tell(-2);
            actor.tell(3);
            assertEquals(2, sums.receiveMessage());
            assertEquals(5, sums.receiveMessage());
            return null;
        });
        assertEquals(4, Defects.HERE.counts().get("the adder could not deal with a message").times());
    }

    @Test
    void shouldCountWhatRepeatedWorkThrows() {
        Runnable work = GoesOn.task("who adds again and again", () -> {
            throw new IllegalStateException("planted");
        });

        work.run();
        work.run();

        assertEquals(2, Defects.HERE.counts().get("who adds again and again could not go on").times());
    }
}
