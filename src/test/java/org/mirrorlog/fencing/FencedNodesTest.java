package org.mirrorlog.fencing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import akka.actor.testkit.typed.javadsl.FishingOutcomes;
import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.MemberDowned;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Join;
import akka.cluster.typed.Leave;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.owner.DeathList;
import org.slf4j.LoggerFactory;

/** Whom the fencing program is started against, in a cluster of actor systems (D16). */
@Tag("slow")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FencedNodesTest {
    @TempDir
    private Path dir;

    private final List<ActorSystem<Void>> systems = new ArrayList<>();
    private final DeathList deaths = new DeathList();
    private final AtomicReference<CompletionStage<Optional<String>>> objection =
            new AtomicReference<>(CompletableFuture.completedStage(Optional.empty()));

    @AfterEach
    void stop() {
        systems.forEach(ActorSystem::terminate);
        systems.forEach(system -> await().until(system.getWhenTerminated().toCompletableFuture()::isDone));
    }

    /** A member of the cluster of the first one. */
    private ActorSystem<Void> join(String host, String node, String bootId, String... more) {
        return join(host, 0, node, bootId, more);
    }

    private ActorSystem<Void> join(String host, int port, String node, String bootId, String... more) {
        List<String> roles = new ArrayList<>(List.of("node-" + node, "boot-" + bootId));
        roles.addAll(List.of(more));
        Config config = ConfigFactory.parseString("""
                akka {
                  actor.provider = cluster, loglevel = INFO, logger-startup-timeout = 30s
                  actor.testkit.typed.filter-leeway = 30s
                  remote.artery.canonical { hostname = "%s", port = %d }
                  cluster { roles = ["%s"], jmx.multi-mbeans-in-same-jvm = on, gossip-interval = 100 ms
                            leader-actions-interval = 100 ms, periodic-tasks-initial-delay = 100 ms
                            retry-unsuccessful-join-after = 1 s }
                  coordinated-shutdown { run-by-jvm-shutdown-hook = off, run-by-actor-system-terminate = off }
                  persistence.journal { plugin = "akka.persistence.journal.inmem", inmem.test-serialization = off }
                }
                """.formatted(host, port, String.join("\", \"", roles)))
                .withFallback(ConfigFactory.defaultReference()).resolve();
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "fenced", config);
        systems.add(system);
        Cluster.get(system).manager().tell(Join.create(Cluster.get(systems.get(0)).selfMember().address()));
        await(node + " to be a member").atMost(60, TimeUnit.SECONDS).until(() -> isUp(system));
        return system;
    }

    private boolean isUp(ActorSystem<Void> system) {
        return StreamSupport.stream(Cluster.get(systems.get(0)).state().getMembers().spliterator(), false)
                .anyMatch(member -> member.status().equals(MemberStatus.up())
                        && member.uniqueAddress().equals(Cluster.get(system).selfMember().uniqueAddress()));
    }

    /** Says what it was told, and fails once it may end. */
    private Path program() throws IOException {
        return program(1);
    }

    private Path program(int status) throws IOException {
        Path program = dir.resolve("fence");
        Files.writeString(program, """
                #!/bin/sh
                echo "$* $MIRRORLOG_NODE $MIRRORLOG_BOOT_ID $MIRRORLOG_ADDRESS" >> %1$s/calls
                while [ ! -e %1$s/end ]; do sleep 0.05; done
                echo no power switch
                exit %2$d
                """.formatted(dir, status));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }

    /** The program does not end before. */
    private Path end() {
        try {
            return Files.createFile(dir.resolve("end"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> calls() throws IOException {
        return Files.exists(dir.resolve("calls")) ? Files.readAllLines(dir.resolve("calls")) : List.of();
    }

    private DeathService follow(ActorSystem<Void> system, FencingPolicy policy) {
        DeathService service = DeathService.start(system, deaths, true, System::currentTimeMillis);
        Fencing.start(system, policy, service, () -> objection.get());
        await("the register").until(service.loaded().toCompletableFuture()::isDone);
        return service;
    }

    @Test
    void d16ShouldNotStartTheProgramAgainOnceTheMachineHasBooted() throws IOException {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b1", "machine-m");
        DeathService service = follow(first, new FencingPolicy.Commanded(
                new FenceCommand(List.of(program().toString(), "off"), Duration.ofSeconds(30)), 3,
                Duration.ofMillis(20)));

        Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
        await("the first attempt").atMost(60, TimeUnit.SECONDS).until(() -> calls().size() == 1);
        NodeIdentity former = new NodeIdentity("b", "boot-b1");
        assertEquals(NodeState.UNDECIDED, service.state(former, false));
        assertNotEquals(0, service.silentSinceMs("boot-b1"));
        join("127.0.0.3", "b", "boot-b2", "machine-m", "after-boot-b1");
        LoggingTestKit.warn("its machine has booted again, and is not fenced").expect(first, this::end);

        assertEquals(NodeState.OVER, service.state(former, true));
        assertEquals(NodeState.UP, service.state(new NodeIdentity("b", "boot-b2"), true));
        assertEquals(List.of("off b b boot-b1 127.0.0.2"), calls());
        assertEquals(List.of(), List.copyOf(deaths.declared()), "its logs know by themselves");
    }

    /**
     * Akka removes the former daemon of an address as soon as another one comes from there, then takes in that one. A
     * node that is lost later is fenced, hence looked after later.
     */
    @ParameterizedTest
    @ValueSource(strings = {"boot-b1", "boot-b2"})
    void d16ShouldNotFenceAMachineThatComesBackAtItsAddress(String bootId) throws Exception {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> back = join("127.0.0.2", "b", "boot-b1", "machine-m");
        ActorSystem<Void> lost = join("127.0.0.3", "c", "boot-c");
        DeathService service = follow(first, new FencingPolicy.Commanded(
                new FenceCommand(List.of(program().toString(), "off"), Duration.ofSeconds(30)), 3,
                Duration.ofMillis(20)));
        int port = Cluster.get(back).selfMember().address().getPort().orElseThrow();
        back.terminate();
        back.getWhenTerminated().toCompletableFuture().get(60, TimeUnit.SECONDS);

        join("127.0.0.2", port, "b", bootId, "machine-m", "after-boot-b1");
        Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
        await("the program").atMost(60, TimeUnit.SECONDS).until(() -> !calls().isEmpty());

        assertEquals(List.of("off c c boot-c 127.0.0.3"), calls());
        assertEquals(NodeState.UP, service.state(new NodeIdentity("b", bootId), true));
        assertEquals(List.of(), List.copyOf(deaths.declared()));
        Files.createFile(dir.resolve("end"));
    }

    /** The one that is cut off goes on writing; the one that has its name by now is well. */
    @ParameterizedTest
    @ValueSource(strings = {"", "machine-other", "machine-m", "machine-cloned, after-boot-b1"})
    void d16ShouldNeitherFenceATwinNorTakeItForTheMachineItself(String roles) throws IOException {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a", "machine-cloned");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b1", "machine-m");
        DeathService service = follow(first, new FencingPolicy.Commanded(
                new FenceCommand(List.of(program().toString(), "off"), Duration.ofSeconds(30)), 3,
                Duration.ofMillis(20)));
        Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
        await("the first attempt").atMost(60, TimeUnit.SECONDS).until(() -> calls().size() == 1);

        join("127.0.0.3", "b", "boot-b2", roles.isEmpty() ? new String[0] : roles.split(", "));
        LoggingTestKit.error("nothing proves that it is the same machine").expect(first, this::end);

        assertEquals(NodeState.UNDECIDED, service.state(new NodeIdentity("b", "boot-b1"), true));
        assertEquals(List.of("off b b boot-b1 127.0.0.2"), calls());
        assertEquals(List.of(), List.copyOf(deaths.declared()));
    }

    /** It goes by the name: whom it has powered off is not known. */
    @Test
    void d16ShouldNotBelieveAProgramThatMayHaveFencedATwin() throws IOException {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b1", "machine-m");
        DeathService service = follow(first, new FencingPolicy.Commanded(
                new FenceCommand(List.of(program(0).toString(), "off"), Duration.ofSeconds(30)), 3,
                Duration.ofMillis(20)));
        Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
        await("the first attempt").atMost(60, TimeUnit.SECONDS).until(() -> calls().size() == 1);
        join("127.0.0.3", "b", "boot-b2", "machine-other");

        LoggingTestKit.error("may have powered off that one").expect(first, this::end);

        assertEquals(NodeState.UNDECIDED, service.state(new NodeIdentity("b", "boot-b1"), true));
        assertEquals(List.of(), List.copyOf(deaths.declared()));
    }

    /** A wrong outlet, say: whatever it is cut off from later, it was not off. */
    @Test
    void d16ShouldNotBelieveAProgramWhoseNodeIsBackInTheSameBoot() throws Exception {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b", "machine-m");
        DeathService service = follow(first, new FencingPolicy.Commanded(
                new FenceCommand(List.of(program(0).toString(), "off"), Duration.ofSeconds(30)), 3,
                Duration.ofMillis(20)));
        Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
        await("the first attempt").atMost(60, TimeUnit.SECONDS).until(() -> calls().size() == 1);
        ActorSystem<Void> back = join("127.0.0.3", "b", "boot-b", "machine-m");

        LoggingTestKit.error("but the node is a member").expect(first, this::end);
        back.terminate();
        back.getWhenTerminated().toCompletableFuture().get(60, TimeUnit.SECONDS);
        NodeIdentity who = new NodeIdentity("b", "boot-b");
        await("it to be out of reach").atMost(60, TimeUnit.SECONDS)
                .until(() -> service.state(who, true) != NodeState.UP);

        assertNotEquals(NodeState.DEAD, service.state(who, true));
        assertEquals(List.of(), List.copyOf(deaths.declared()));
    }

    private void restart(ActorSystem<Void> daemon, String node, String bootId, String... more) throws Exception {
        int port = Cluster.get(daemon).selfMember().address().getPort().orElseThrow();
        String host = Cluster.get(daemon).selfMember().address().getHost().orElseThrow();
        end(daemon);
        join(host, port, node, bootId, more);
    }

    private static void end(ActorSystem<Void> daemon) throws Exception {
        daemon.terminate();
        daemon.getWhenTerminated().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** Nobody fences for that; and what is lost later has the whole bound from then on. */
    @Test
    void d16ShouldNotTakeARestartOfADaemonForADowning() throws Exception {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> back = join("127.0.0.2", "b", "boot-b", "machine-m");
        ActorSystem<Void> other = join("127.0.0.3", "c", "boot-c");
        DeathService service = follow(first, new FencingPolicy.DowningIsFencing(Duration.ofSeconds(20)));
        ((Logger) LoggerFactory.getLogger(Fencing.class)).setLevel(Level.INFO);
        LoggingTestKit.info("only its next removal is fencing").expect(first, () -> {
            try {
                restart(back, "b", "boot-b", "machine-m");
                end(systems.get(3));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            return null;
        });
        NodeIdentity who = new NodeIdentity("b", "boot-b");
        await("it to be out of reach").atMost(60, TimeUnit.SECONDS)
                .until(() -> service.state(who, true) == NodeState.UNREACHABLE);
        LoggingTestKit.warn("node c (boot id boot-c) is declared dead").expect(first, () -> {
            Cluster.get(first).manager().tell(new Down(Cluster.get(other).selfMember().address()));
            return null;
        });

        assertEquals(List.of("boot-c"), List.copyOf(deaths.declared()), "b is a member, though out of reach");
    }

    /** One that was paused removes those who have removed it: it knows no reason why not, the journal does. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void d16ShouldActForItsClusterOnlyWhileTheJournalSaysThatItGoesOn(boolean isCommanded) throws IOException {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b");
        Files.createFile(dir.resolve("end"));
        follow(first, isCommanded ? new FencingPolicy.Commanded(
                new FenceCommand(List.of(program(0).toString(), "off"), Duration.ofSeconds(30)), 3,
                Duration.ofMillis(20)) : new FencingPolicy.DowningIsFencing(Duration.ofMillis(1)));
        objection.set(CompletableFuture.completedStage(Optional.of("others go on")));

        LoggingTestKit.warn("yet: others go on").withOccurrences(1).expect(first, () -> {
            Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
            return null;
        });
        LoggingTestKit.warn("nobody knows").expect(first, () -> {
            objection.set(CompletableFuture.failedStage(new IOException("nobody knows")));
            return null;
        });
        assertEquals(List.of(), calls());
        assertEquals(List.of(), List.copyOf(deaths.declared()));
        LoggingTestKit.warn("node b (boot id boot-b) is declared dead").expect(first, () -> {
            objection.set(CompletableFuture.completedStage(Optional.empty()));
            return null;
        });

        assertEquals(isCommanded ? List.of("off b b boot-b 127.0.0.2") : List.of(), calls());
        assertEquals(List.of("boot-b"), List.copyOf(deaths.declared()));
    }

    /** Whoever leads by then acts, however long the one before could not. */
    @Test
    void d16ShouldBeFencedByWhoeverLeadsNextHoweverLongItTook() throws Exception {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> second = join("127.0.0.2", "b", "boot-b");
        ActorSystem<Void> lost = join("127.0.0.3", "c", "boot-c");
        Files.createFile(dir.resolve("end"));
        FencingPolicy policy = new FencingPolicy.Commanded(new FenceCommand(List.of(program(0).toString(), "off"),
                Duration.ofSeconds(30)), 3, Duration.ofMillis(20));
        objection.set(CompletableFuture.completedStage(Optional.of("others go on")));
        DeathService service = follow(first, policy);
        DeathService its = DeathService.start(second, new DeathList(), true, System::currentTimeMillis);
        Fencing.start(second, new FencingManner(policy, () -> CompletableFuture.completedStage(Optional.empty()),
                Duration.ofMillis(100), 3), its);

        LoggingTestKit.error("node c (boot id boot-c)").withMessageRegex(".*for too long.*").expect(second, () -> {
            Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
            return null;
        });
        NodeIdentity who = new NodeIdentity("c", "boot-c");
        await("the leader to say what holds it back").atMost(60, TimeUnit.SECONDS)
                .until(() -> service.says(who, service.state(who, false)).contains(": others go on), and may still"));
        await("the other one to say whose turn it is").atMost(60, TimeUnit.SECONDS)
                .until(() -> its.says(who, its.state(who, false)).contains("that is for the cluster's leader"));
        assertEquals(List.of(), calls());
        LoggingTestKit.warn("node c (boot id boot-c) is declared dead").expect(second, () -> {
            Cluster.get(first).manager().tell(Leave.create(Cluster.get(first).selfMember().address()));
            return null;
        });

        assertEquals(List.of("off c c boot-c 127.0.0.3"), calls());
        assertEquals("was declared dead", its.says(who, its.state(who, false)));
    }

    /** Before a second attempt, and before a death is declared. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void d16ShouldAskAnewWhatTheJournalSaysBeforeItsNextAct(int status) throws IOException {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b");
        follow(first, new FencingPolicy.Commanded(new FenceCommand(List.of(program(status).toString(), "off"),
                Duration.ofSeconds(60)), 2, Duration.ofMillis(20)));
        Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
        await("the first attempt").atMost(60, TimeUnit.SECONDS).until(() -> calls().size() == 1);

        LoggingTestKit.warn("yet: others go on").expect(first, () -> {
            objection.set(CompletableFuture.completedStage(Optional.of("others go on")));
            return end();
        });

        assertEquals(1, calls().size());
        assertEquals(List.of(), List.copyOf(deaths.declared()));
        LoggingTestKit.warn(status == 0 ? "node b (boot id boot-b) is declared dead" : "attempt 2 of 2").expect(first,
                () -> {
                    objection.set(CompletableFuture.completedStage(Optional.empty()));
                    return null;
                });
    }

    /** What the cluster's view says of the one that is downed may come later than the word that it is. */
    @Test
    void d16ShouldFollowADowningThatComesBeforeTheView() {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> other = join("127.0.0.2", "b", "boot-b");
        follow(first, new FencingPolicy.DowningIsFencing(Duration.ofMillis(1)));

        LoggingTestKit.warn("node b (boot id boot-b) is declared dead").expect(first, () -> {
            first.classicSystem().eventStream().publish(new MemberDowned(
                    Cluster.get(other).selfMember().copy(MemberStatus.down())));
            return null;
        });

        assertEquals(List.of("boot-b"), List.copyOf(deaths.declared()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"machine-t", "machine-m, after-boot-b1"})
    void d16ShouldNotTakeAnotherMachineAtItsAddressForADowning(String roles) throws Exception {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b1", "machine-m");
        DeathService service = follow(first, new FencingPolicy.DowningIsFencing(Duration.ofSeconds(15)));
        boolean isSame = roles.contains("after");

        (isSame ? LoggingTestKit.warn("its machine has booted again, and is not fenced")
                : LoggingTestKit.error("came from its address, and nothing proves")).expect(first, () -> {
                    try {
                        restart(lost, "b", "boot-b2", roles.split(", "));
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                    return null;
                });

        assertEquals(List.of(), List.copyOf(deaths.declared()));
        assertEquals(isSame ? NodeState.OVER : NodeState.UNDECIDED,
                service.state(new NodeIdentity("b", "boot-b1"), true));
    }

    /** Whoever can speak to the cluster can tell it much; dead is who is in the register. */
    @Test
    void d16ShouldLookUpADeathThatItIsToldOf() {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        DeathService service = follow(first, new FencingPolicy.Manual());
        ActorSystem<Void> liar = join("127.0.0.2", "b", "boot-b");
        ActorRef<DeathNews.Message> news = liar.systemActorOf(DeathNews.create(told -> { }), "news", Props.empty());

        news.tell(new DeathNews.Tell(Set.of("boot-a")));
        service.declare(List.of(new NodeIdentity("c", "boot-c")), "the test").toCompletableFuture().join();
        TestProbe<Set<String>> heard = TestProbe.create(first);
        first.systemActorOf(DeathNews.create(heard.ref()::tell), "listener", Props.empty());
        heard.fishForMessage(Duration.ofSeconds(60), told -> told.containsAll(Set.of("boot-a", "boot-c"))
                ? FishingOutcomes.complete() : FishingOutcomes.continueAndIgnore());
        service.declared().toCompletableFuture().join();

        assertEquals(List.of("boot-c"), List.copyOf(deaths.declared()));
    }

    /** The newcomer is let in; somebody has to say what became of the one whose name it was given. */
    @Test
    void d16ShouldAskAboutALostNodeWhoseNameAnotherMachineHas() {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a", "machine-a");
        ActorSystem<Void> lost = join("127.0.0.2", "b", "boot-b1", "machine-m");
        DeathService service = follow(first, new FencingPolicy.Manual());
        LoggingTestKit.warn("mirrorlogctl fence-confirm b").expect(first, () -> {
            Cluster.get(first).manager().tell(new Down(Cluster.get(lost).selfMember().address()));
            return null;
        });

        LoggingTestKit.warn("has its name now").withMessageRegex(".*write, silent since 20.*nothing proves.*")
                .expect(first, () -> join("127.0.0.3", "b", "boot-t", "machine-t"));

        assertEquals(NodeState.UNDECIDED, service.state(new NodeIdentity("b", "boot-b1"), true));
        assertEquals(NodeState.UP, service.state(new NodeIdentity("b", "boot-t"), true));
        Cluster.get(first).manager().tell(new Down(Cluster.get(systems.get(2)).selfMember().address()));
        await("the twin to be gone").until(() -> !isUp(systems.get(2)));
        LoggingTestKit.warn("node b (boot id boot-b1) is no member of the cluster any more").withOccurrences(0)
                .expect(first, () -> join("127.0.0.4", "b", "boot-b2", "machine-m", "after-boot-b1"));
        assertEquals(NodeState.OVER, service.state(new NodeIdentity("b", "boot-b1"), true));
    }

    /** A node that the cluster has removed hears of it like the others: it is not to be fenced because it says so. */
    @Test
    void shouldNotAdviseToFenceItself() {
        ActorSystem<Void> first = join("127.0.0.1", "a", "boot-a");
        follow(first, new FencingPolicy.Manual());

        LoggingTestKit.warn("fence-confirm").withOccurrences(0).expect(first, () -> {
            Cluster.get(first).manager().tell(new Down(Cluster.get(first).selfMember().address()));
            await("its own removal").until(() -> Cluster.get(first).isTerminated());
            return null;
        });
    }
}
