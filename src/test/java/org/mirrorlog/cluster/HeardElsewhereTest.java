package org.mirrorlog.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ExtendedActorSystem;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;
import akka.persistence.testkit.javadsl.PersistenceTestKit;
import com.typesafe.config.ConfigFactory;
import java.io.NotSerializableException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.OddNames;
import org.mirrorlog.instance.HeardNumbers;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
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
 * A database that was set back, of two nodes: the one that uses a log for the first time asks the one that knows it
 * (D2). Two actor systems in one cluster, whose messages go over sockets.
 */
@Tag("slow")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HeardElsewhereTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final RegionSet ALL = RegionSet.range(0, 64);
    private static final LogSpec SPEC =
            new LogSpec(65536, LogSpec.LogType.CORE, Optional.empty(), 1024, LogSpec.SyncMode.NOSYNC, false);

    private final Map<String, HeardNumbers.Last> heard = new ConcurrentHashMap<>();
    private final Node first = new Node("first", OtherBuild.CURRENT);
    private Node second;

    /** The encoding of a build that knows no such question. */
    public static final class OlderBuild extends OtherBuild {
        /** Called by Akka. */
        public OlderBuild(ExtendedActorSystem system) {
            super(system);
        }

        @Override
        public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
            if ("Q1".equals(manifest)) {
                throw new NotSerializableException("message of unknown kind " + manifest);
            }
            return super.fromBinary(bytes, manifest);
        }
    }

    private final class Node {
        private final ActorTestKit kit;
        private final LogSharding logs;
        private final TestProbe<FromOwner> answers;
        private final InstanceId id;
        private long number;

        private Node(String name, String serializer) {
            id = new InstanceId("boot-" + name, 1);
            kit = ActorTestKit.create("mirrorlog", ConfigFactory.parseMap(Map.of("akka.cluster.roles",
                    new NodeIdentity(name, id.incarnation()).roles(), "akka.cluster.app-version",
                    serializer.equals(OtherBuild.CURRENT) ? "1" : "0")).withFallback(OtherBuild.config(serializer)));
            answers = kit.createTestProbe(FromOwner.class);
            LogSharding.Witness witness = new LogSharding.Witness() {
                @Override
                public CompletionStage<Boolean> hasNoTable(String uuid) {
                    return CompletableFuture.completedStage(false);
                }

                @Override
                public CompletionStage<HeardNumbers.Last> heardOf(String uuid) {
                    return CompletableFuture.completedStage(heard.getOrDefault(name + " " + uuid,
                            HeardNumbers.Last.NEVER));
                }
            };
            logs = new LogSharding(kit.system(), new LogSharding.Around(new LogDevices(Runnable::run, true),
                    new DeathList(), Heads.UNKNOWN, new LogSharding.Others(new NodeIdentity(name, id.incarnation()),
                    List::of,
                            () -> Map.of("boot-first", "first", "boot-second", "second"), witness, false)));
            logs.begin(new OwnerSettings(name + "/1", id.incarnation(), "test", new UUID(1, 2), true,
                    Set.of(), Optional.empty(), 1_000, Duration.ofHours(1)), 1);
        }

        /** A copy of the journal in which an epoch of this log has begun, and is over: nothing was dirty. */
        private void knows(String uuid) {
            InstanceId former = new InstanceId("boot-before", 1);
            PersistenceTestKit.create(kit.system()).persistForRecovery("mirrorlog|" + uuid, List.of(
                    new Commit(List.of(new LogEvent.OwnerChanged("before/1"),
                            new LogEvent.EpochBegan(Geometry.of(SPEC), RegionSet.empty()),
                            new LogEvent.Joined(former, "first", 1))),
                    new Commit(List.of(new LogEvent.Left(former)))));
        }

        private void resume(String uuid, long seen) {
            logs.send(new Round(uuid, id, "node-" + id.incarnation(), 1, 0, ++number, seen, 0, RegionSet.empty(),
                    new Ask.Resume(SPEC)), answers.getRef());
        }

        private RegionSet begin(String uuid) {
            resume(uuid, 0);
            return unsynced();
        }

        private RegionSet unsynced() {
            RoundAnswer answer = (RoundAnswer) answers.receiveMessage(PATIENCE);
            return assertInstanceOf(Answer.Joined.class, answer.answer()).unsynced();
        }
    }

    private void join(String serializer) {
        Cluster cluster = Cluster.get(first.kit.system());
        cluster.join(cluster.selfAddress());
        second = new Node("second", serializer);
        Cluster.get(second.kit.system()).join(cluster.selfAddress());
        await("two members").atMost(PATIENCE).until(() -> StreamSupport
                .stream(cluster.state().getMembers().spliterator(), false)
                .filter(member -> member.status().equals(MemberStatus.up())).count() == 2);
    }

    @AfterEach
    void stop() {
        second.kit.shutdownTestKit();
        first.kit.shutdownTestKit();
    }

    @Test
    void d2ShouldBeginDirtyWhatAnotherNodeHasHeardOfAndCleanWhatNobodyHas() {
        join(OtherBuild.CURRENT);
        heard.put("second LVM-known", HeardNumbers.Last.DOUBTFUL);

        assertEquals(ALL, first.begin("LVM-known"));
        assertEquals(RegionSet.empty(), first.begin("LVM-new"));
    }

    /** Answers that come from other nodes find the owner by its path. */
    @Test
    void shouldHearTheOthersAnswersAndAnswerThemWhateverTheLogsName() {
        join(OtherBuild.CURRENT);

        for (String name : OddNames.all()) {
            assertEquals(RegionSet.empty(), first.begin(name), "nobody has heard of " + name);
            assertEquals(RegionSet.empty(), second.begin(name), name);
        }
    }

    /** The first node has not used the log since the copy was made; the second one has. */
    @Test
    void d2ShouldHoldALogOfWhichAnotherNodeHasHeardMoreThanTheJournalKnows() throws Exception {
        join(OtherBuild.CURRENT);
        first.knows("LVM-set-back");
        heard.put("second LVM-set-back", new HeardNumbers.Last(500, 77));
        first.knows("LVM-whole");
        heard.put("second LVM-whole", new HeardNumbers.Last(2, 77));

        first.resume("LVM-set-back", 0);
        first.answers.expectNoMessage(Duration.ofMillis(500));
        assertEquals(RegionSet.empty(), first.begin("LVM-whole"));

        LogState adopted = first.logs.adopt("LVM-set-back", true, PATIENCE).toCompletableFuture()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(adopted.number() > 500, adopted.toString());
        first.resume("LVM-set-back", adopted.number());
        assertEquals(ALL, first.unsynced());
    }

    /** Nobody waits for it, either. */
    @Test
    void d2ShouldGoOnWithAKnownLogBesideABuildThatCannotAnswer() {
        join(OlderBuild.class.getName());
        first.knows("LVM-whole");

        assertEquals(RegionSet.empty(), first.begin("LVM-whole"));
    }

    @Test
    void d2ShouldTakeANodeThatCannotAnswerForOneThatMayKnow() {
        join(OlderBuild.class.getName());

        assertEquals(ALL, first.begin("LVM-new"));
    }
}
