package org.mirrorlog.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ExtendedActorSystem;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.cluster.Cluster;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.Heads;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.OwnerSettings;
import org.mirrorlog.protocol.LogSpec;

/**
 * A rolling upgrade: a node of this build and one of the next, which adds a field to each message and asks something
 * new. Two actor systems in one cluster, whose messages go over sockets. Each node owns a log, for the journals are not
 * shared.
 */
@Tag("slow")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class MixedBuildsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final LogSpec SPEC =
            new LogSpec(65536, LogSpec.LogType.CORE, Optional.empty(), 1024, LogSpec.SyncMode.NOSYNC, false);

    private final Node current = new Node("current", OtherBuild.CURRENT);
    private final Node next = new Node("next", NextBuild.class.getName());

    /** The encoding of the next build. */
    public static final class NextBuild extends OtherBuild {
        /** Called by Akka. */
        public NextBuild(ExtendedActorSystem system) {
            super(system);
        }

        @Override
        public byte[] toBinary(Object object) {
            byte[] bytes = super.toBinary(object);
            String manifest = manifest(object);
            boolean isNewQuestion = object instanceof org.mirrorlog.owner.OwnerCommand.Ask ask
                    && ask.round().ask() instanceof Ask.HandOn;
            if (isNewQuestion) {
                // Behind the kind stands the term of whom it has heard last.
                bytes[bytes.length - 1 - Long.BYTES] = (byte) 200;
            }
            return manifest.startsWith("A") || manifest.startsWith("R")
                    ? Arrays.copyOf(bytes, bytes.length + 5) : bytes;
        }
    }

    private static final class Node {
        private final ActorTestKit kit;
        private final LogSharding logs;
        private final TestProbe<FromOwner> answers;
        private final InstanceId id;
        private long session;
        private long number;

        private Node(String name, String serializer) {
            kit = ActorTestKit.create("mirrorlog", OtherBuild.config(serializer));
            id = new InstanceId("boot-" + name, 1);
            answers = kit.createTestProbe(FromOwner.class);
            logs = new LogSharding(kit.system(), new LogSharding.Around(new LogDevices(Runnable::run, true),
                    new DeathList(), Heads.UNKNOWN));
            logs.begin(new OwnerSettings(name + "/1", id.incarnation(), "test", new UUID(1, 2), true,
                    Set.of(), Optional.empty(), 1_000, Duration.ofHours(1)), 1);
        }

        private Answer ask(String uuid, Ask ask) {
            Round round = new Round(uuid, id, "node-" + id.incarnation(), 1, session, ++number, 0, 0,
                    RegionSet.empty(), ask);
            for (int attempt = 0; attempt < 60; attempt++) {
                logs.send(round, answers.getRef());
                FromOwner said = receive();
                if (said instanceof RoundAnswer answer && answer.number() == number) {
                    session = answer.answer() instanceof Answer.Joined joined ? joined.session() : session;
                    return answer.answer();
                }
            }
            throw new AssertionError("no answer to " + round);
        }

        private FromOwner receive() {
            try {
                return answers.receiveMessage(Duration.ofMillis(500));
            } catch (AssertionError silence) {
                return null;
            }
        }
    }

    @BeforeEach
    void join() {
        Cluster first = Cluster.get(current.kit.system());
        first.join(first.selfAddress());
        Cluster.get(next.kit.system()).join(first.selfAddress());
        await("two members").atMost(PATIENCE).until(() -> java.util.stream.StreamSupport
                .stream(first.state().getMembers().spliterator(), false)
                .filter(member -> member.status().equals(akka.cluster.MemberStatus.up())).count() == 2);
    }

    @AfterEach
    void stop() {
        next.kit.shutdownTestKit();
        current.kit.shutdownTestKit();
    }

    private static void useTogether(String uuid, Node owner, Node other) {
        owner.session = 0;
        other.session = 0;
        assertInstanceOf(Answer.Joined.class, owner.ask(uuid, new Ask.Resume(SPEC)));
        assertInstanceOf(Answer.Joined.class, other.ask(uuid, new Ask.Resume(SPEC)));
        assertEquals(new Answer.Done(), other.ask(uuid, new Ask.Mark(RegionSet.of(3))));
        assertEquals(new Answer.Done(), owner.ask(uuid, new Ask.Mark(RegionSet.of(4))));
    }

    @Test
    void shouldServeOneLogWithANodeOfTheNextBuild() {
        useTogether("LVM-owned-by-current", current, next);
        useTogether("LVM-owned-by-next", next, current);
    }

    @Test
    void shouldSayToANewerNodeThatItsQuestionIsNotSupported() {
        useTogether("LVM-owned-by-current", current, next);

        Answer answer = next.ask("LVM-owned-by-current", new Ask.HandOn());

        assertTrue(answer instanceof Answer.Held held && held.reason().contains("unsupported"), answer.toString());
        assertEquals(new Answer.Done(), next.ask("LVM-owned-by-current", new Ask.Mark(RegionSet.of(5))),
                "nothing is stuck");
    }
}
