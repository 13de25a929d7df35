package org.mirrorlog.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.Heads;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.OwnerSettings;
import org.mirrorlog.protocol.LogSpec;

/**
 * The largest log there may be, with every other region dirty at random: between nodes, in the embedded journal and its
 * snapshots, and back from there. Settings are the daemon's own.
 */
@Tag("slow")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class NoisyLogTest {
    private static final String LOG = "LVM-noisy";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final LogSpec SPEC = new LogSpec(LogSpec.MOST_REGIONS * 2, LogSpec.LogType.CORE, Optional.empty(), 2,
            LogSpec.SyncMode.NOSYNC, false);

    @TempDir
    private Path dir;

    private static RegionSet noise(long seed) {
        byte[] bits = new byte[(int) (LogSpec.MOST_REGIONS / 8)];
        new Random(seed).nextBytes(bits);
        return RegionSet.fromBits(ByteBuffer.wrap(bits), 0, LogSpec.MOST_REGIONS);
    }

    private final class Node implements AutoCloseable {
        private final ActorTestKit kit;
        private final LogSharding logs;
        private final TestProbe<FromOwner> answers;
        private final InstanceId id;
        private final long daemonStart;
        private long session;
        private long number;

        private Node(String name, long daemonStart) {
            this.daemonStart = daemonStart;
            kit = ActorTestKit.create("mirrorlog", config(name));
            id = new InstanceId("boot-" + name, 1);
            answers = kit.createTestProbe(FromOwner.class);
            logs = new LogSharding(kit.system(), new LogSharding.Around(new LogDevices(Runnable::run, true),
                    new DeathList(), Heads.UNKNOWN));
            logs.begin(new OwnerSettings(name + "/" + daemonStart, id.incarnation(), "test", new UUID(1, 2), true, Set
                    .of(),
                    Optional.empty(), 2, Duration.ofHours(1)), daemonStart);
        }

        private Config config(String name) {
            return ConfigFactory.parseString("""
                    mirrorlog.journal.dir = "%1$s/journal"
                    mirrorlog.snapshots.dir = "%1$s/snapshots"
                    mirrorlog.cluster.port = 0
                    akka.coordinated-shutdown.exit-jvm = off
                    akka.logger-startup-timeout = 60 s
                    akka.cluster.failure-detector.acceptable-heartbeat-pause = 120 s
                    """.formatted(dir.resolve(name))).withFallback(ConfigFactory.load()).resolve();
        }

        private Address join(Address first) {
            Cluster cluster = Cluster.get(kit.system());
            cluster.join(first == null ? cluster.selfAddress() : first.address());
            return new Address(cluster.selfAddress());
        }

        private Answer ask(Ask ask) {
            Round round = new Round(LOG, id, "node-" + id.incarnation(), daemonStart, session, ++number, 0, 0,
                    RegionSet.empty(), ask);
            for (int attempt = 0; attempt < 8; attempt++) {
                logs.send(round, answers.getRef());
                Optional<FromOwner> said = receive();
                if (said.isPresent() && said.get() instanceof RoundAnswer answer && answer.number() == number) {
                    session = answer.answer() instanceof Answer.Joined joined ? joined.session() : session;
                    return answer.answer();
                }
            }
            throw new AssertionError("no answer to " + ask.getClass());
        }

        private Optional<FromOwner> receive() {
            try {
                return Optional.of(answers.receiveMessage(Duration.ofSeconds(10)));
            } catch (AssertionError silence) {
                return Optional.empty();
            }
        }

        private LogState inspect() {
            return logs.inspect(LOG, PATIENCE).toCompletableFuture().join();
        }

        @Override
        public void close() {
            kit.shutdownTestKit();
        }
    }

    private record Address(akka.actor.Address address) { }

    @Test
    void shouldServeTheLargestLogThoughItsMapIsNoisyAllOver() throws Exception {
        Files.createDirectories(dir.resolve("a"));
        Files.createDirectories(dir.resolve("b"));
        RegionSet noise = noise(1);
        RegionSet other = noise(2);
        try (Node a = new Node("a", 1); Node b = new Node("b", 1)) {
            b.join(a.join(null));
            await("two members").atMost(PATIENCE).until(() -> StreamSupport
                    .stream(Cluster.get(a.kit.system()).state().getMembers().spliterator(), false)
                    .filter(member -> member.status().equals(MemberStatus.up())).count() == 2);
            assertInstanceOf(Answer.Joined.class, a.ask(new Ask.Resume(SPEC)));
            assertInstanceOf(Answer.Joined.class, b.ask(new Ask.Resume(SPEC)));
            assertEquals(new Answer.Done(), b.ask(new Ask.Mark(noise)));
            assertEquals(noise.size(), b.inspect().dirty().size());

            Answer.Joined rejoined = assertInstanceOf(Answer.Joined.class,
                    b.ask(new Ask.Rejoin(SPEC, b.session, noise, 0, other)));
            assertEquals(other, rejoined.grants());
            // The log lives where it is used: with "a", whose journal it is in.
            assertEquals(new Answer.Done(), b.ask(new Ask.Leave()));
            assertEquals(new Answer.Done(), a.ask(new Ask.Leave()));
            assertInstanceOf(Answer.Joined.class, a.ask(new Ask.Resume(SPEC)));
            Answer.Joined joined = assertInstanceOf(Answer.Joined.class, b.ask(new Ask.Resume(SPEC)));
            assertEquals(noise.with(other), joined.unsynced());
            assertEquals(other, joined.grants());
        }
        try (Node a = new Node("a", 2)) {
            a.join(null);
            Answer.Joined joined = assertInstanceOf(Answer.Joined.class, a.ask(new Ask.Resume(SPEC)));
            assertEquals(noise.with(other), joined.unsynced(), "from the journal and its snapshot");
            assertEquals(noise.with(other).size(), a.inspect().dirty().size());
        }
    }
}
