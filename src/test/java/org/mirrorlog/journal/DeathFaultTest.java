package org.mirrorlog.journal;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.owner.Death;
import org.mirrorlog.owner.DeathList;

/**
 * A fault at every call that the declaration of a death makes on the disk, in turn: nobody hears of a death before it
 * is durable, none that was told is lost, other histories are served, and declarations go on when the fault ends (D16).
 */
@Tag("slow")
@Timeout(180)
class DeathFaultTest {
    private static final String DEATHS = "mirrorlog-deaths|all";
    /** Small segments: each second declaration begins a new one. */
    private static final JournalOptions OPTIONS = CoreFixture.options(1024, 1024, 512, 1);
    private static final String BY = "an operator ".repeat(30);
    private static final int CALLS = 12;
    /** The register makes a snapshot of each hundredth. */
    private static final int ENOUGH_FOR_A_SNAPSHOT = 100;
    private static final Duration UNTIL_SAVED = Duration.ofSeconds(8);
    /** The register drops events that are in a snapshot, which is beside this disk. */
    private static final int FEWER_THAN_A_SNAPSHOT = 100;

    /** Opens the journal on the disk of the test. */
    public static final class Provider implements JournalProvider {
        private static volatile Storage storage;
        private static volatile JournalOptions options;

        @Override
        public Optional<String> problems(Config root) {
            return Optional.empty();
        }

        @Override
        public Journal open(ExtendedActorSystem system) throws IOException {
            return SegmentJournal.open(storage, options, new CoreFixture.Lines(), System::nanoTime,
                    () -> CoreFixture.ID);
        }
    }

    /** Keeps snapshots on a disk of the test. */
    public static final class Snapshots extends SnapshotPlugin {
        private static volatile Storage storage;

        /** Called by Akka. */
        public Snapshots(Config config) {
            super(new SnapshotFiles.Door() {
                @Override
                public Storage open(String name) {
                    return storage;
                }

                @Override
                public Storage openOrCreate(String name) {
                    return storage;
                }
            });
        }
    }

    @TempDir
    private Path dir;

    private final SimulatedStorage snapshotDisk = new SimulatedStorage(new Random(8));

    private final SimulatedStorage disk = new SimulatedStorage(new Random(7));
    private FaultyStorage faulty = new FaultyStorage(disk);
    private final List<String> tooEarly = new CopyOnWriteArrayList<>();
    private final Set<String> seen = new TreeSet<>();
    private DeathList deaths;
    private DeathService service;
    private JournalSystem node;
    private int number;
    private int neighbours;

    @AfterEach
    void stop() {
        faulty.end();
        node.close();
    }

    private void start(Storage storage) {
        deaths = new DeathList();
        deaths.watch(this::mustBeOnDisk);
        start(storage, OPTIONS, "");
    }

    private void start(Storage storage, JournalOptions options, String settings) {
        Provider.storage = storage;
        Provider.options = options;
        node = new JournalSystem(JournalSystem.config(ConfigFactory.parseString("""
                akka {
                  actor.provider = cluster, remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                  cluster.jmx.multi-mbeans-in-same-jvm = on
                  coordinated-shutdown { run-by-jvm-shutdown-hook = off, run-by-actor-system-terminate = off }
                  actor.serializers.mirrorlog-log = "org.mirrorlog.owner.LogSerializer"
                  actor.serialization-bindings {
                    "org.mirrorlog.owner.Death" = mirrorlog-log, "org.mirrorlog.owner.DeclaredDeaths" = mirrorlog-log
                  }
                }
                mirrorlog.journal.provider = "%s"
                %s
                """.formatted(Provider.class.getName(), settings)), dir));
        Cluster cluster = Cluster.get(Adapter.toTyped(node.system));
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
        service = DeathService.start(Adapter.toTyped(node.system), deaths, true, System::currentTimeMillis);
        await("the register").atMost(20, TimeUnit.SECONDS).until(service.loaded().toCompletableFuture()::isDone);
    }

    /** Asked when somebody is told; if the power failed now, it must be there afterwards. */
    private void mustBeOnDisk() {
        Set<String> fresh = new TreeSet<>(deaths.declared());
        fresh.removeAll(seen);
        seen.addAll(fresh);
        try {
            String durable = String.join("\n", new CoreFixture(disk.onDisk(), OPTIONS).open().replay(DEATHS));
            fresh.stream().filter(bootId -> !durable.contains(bootId)).forEach(tooEarly::add);
        } catch (IOException e) {
            tooEarly.add("after a power failure: " + e);
        }
    }

    private CompletableFuture<List<Death>> declare(String bootId) {
        return service.declare(List.of(new NodeIdentity("node", bootId)), BY).toCompletableFuture();
    }

    /** Three digits: none is in the name of another. */
    private String next() {
        return String.format("boot-%03d", ++number);
    }

    private void settle(CompletableFuture<List<Death>> declared) {
        await("an outcome").atMost(30, TimeUnit.SECONDS).until(declared::isDone);
    }

    private void mustServe(String bootId, String when) {
        CompletableFuture<List<Death>> again = declare(bootId);
        settle(again);
        assertFalse(again.isCompletedExceptionally(), when);
        assertTrue(deaths.declared().contains(bootId), when);
        node.mustWrite("neighbour", ++neighbours, "event");
    }

    /** The power fails, and comes back. */
    private void bootAnew() {
        Set<String> told = deaths.declared();
        node.close();
        disk.failPower();
        faulty = new FaultyStorage(disk);
        start(faulty);
        assertEquals(told, service.declared().toCompletableFuture().join().stream().map(Death::incarnation)
                .collect(Collectors.toSet()), "after a power failure");
    }

    @ParameterizedTest
    @EnumSource(FaultyStorage.Fault.class)
    void d16ShouldTellOfNoDeathThatIsNotDurableWhicheverCallFails(FaultyStorage.Fault fault) {
        start(faulty);
        for (int at = 1; at <= CALLS; at++) {
            String when = fault + " at call " + at;
            faulty.arm(fault, at, 1);
            String bootId = next();
            while (!isReached(declare(bootId), at)) {
                assertTrue(deaths.declared().contains(bootId), "before " + when);
                bootId = next();
            }
            faulty.end();
            mustServe(bootId, when);
            bootAnew();
        }
        assertEquals(List.of(), tooEarly, "told before they were durable");
        assertTrue(number < FEWER_THAN_A_SNAPSHOT, "so that all can be looked for");
    }

    /** Waits until a call fails or hangs; returns false if none did and this is declared. */
    private boolean isReached(CompletableFuture<List<Death>> declared, long at) {
        await("a fault, or the end").atMost(30, TimeUnit.SECONDS)
                .until(() -> faulty.calls() >= at || declared.isDone());
        return faulty.calls() >= at;
    }

    /** For longer than a declaration is tried by itself: whoever asked hears of it, and asks again. */
    @Test
    void d16ShouldTellOfNoDeathWhileTheDiskFails() {
        start(faulty);
        faulty.arm(FaultyStorage.Fault.EIO, 1, 1_000_000);
        String bootId = next();

        CompletableFuture<List<Death>> declared = declare(bootId);
        settle(declared);

        assertTrue(declared.isCompletedExceptionally(), "it did not happen");
        assertEquals(Set.of(), deaths.declared());
        faulty.end();
        mustServe(bootId, "when the fault has ended");
        bootAnew();
        assertEquals(List.of(), tooEarly);
    }

    // --- snapshots

    /** With a hundred deaths in one commit, and faults behind the door of the snapshots. */
    private FaultyStorage startWithSnapshots(FaultyStorage.Fault fault, long failingCall) {
        FaultyStorage snapshots = new FaultyStorage(snapshotDisk).arm(fault, failingCall, 1);
        if (fault == FaultyStorage.Fault.HANG && failingCall < Long.MAX_VALUE) {
            endOnceItHangs(snapshots);
        }
        Snapshots.storage = snapshots;
        deaths = new DeathList();
        start(disk, CoreFixture.options(1 << 16, 1 << 16, 1 << 14, 1),
                "mirrorlog.snapshots.class = \"" + Snapshots.class.getName() + "\"");
        return snapshots;
    }

    private FaultyStorage startWithSnapshots() {
        return startWithSnapshots(FaultyStorage.Fault.EIO, Long.MAX_VALUE);
    }

    private List<NodeIdentity> many() {
        List<NodeIdentity> dying = new ArrayList<>();
        for (int i = 0; i < ENOUGH_FOR_A_SNAPSHOT; i++) {
            dying.add(new NodeIdentity("node", next()));
        }
        return dying;
    }

    /** A snapshot is not what makes a death durable. */
    private Set<String> mustDeclare(List<NodeIdentity> dying) {
        CompletableFuture<List<Death>> declared = service.declare(dying, "an operator").toCompletableFuture();
        settle(declared);
        assertEquals(Optional.empty(), declared.handle((done, failure) -> Optional.ofNullable(failure)).join());
        return dying.stream().map(NodeIdentity::incarnation).collect(Collectors.toSet());
    }

    private Set<String> declareMany() {
        return mustDeclare(many());
    }

    private Set<String> declared() {
        return service.declared().toCompletableFuture().join().stream().map(Death::incarnation)
                .collect(Collectors.toSet());
    }

    private void failPower() {
        node.close();
        disk.failPower();
        snapshotDisk.failPower();
    }

    private static boolean isReached(FaultyStorage snapshots, long call) {
        try {
            await("a fault").atMost(UNTIL_SAVED).until(() -> snapshots.calls() >= call);
            return true;
        } catch (ConditionTimeoutException nothingMoreIsDone) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(value = FaultyStorage.Fault.class, names = {"EIO", "HANG"})
    void d16ShouldKnowEveryDeathWhicheverCallOnItsSnapshotsFails(FaultyStorage.Fault fault) {
        Set<String> all = new TreeSet<>();
        long call = 0;
        boolean isReached;
        do {
            call++;
            FaultyStorage snapshots = startWithSnapshots();
            assertEquals(all, declared(), "after a power failure, with a fault at call " + (call - 1));
            snapshots.arm(fault, call, 1);
            List<NodeIdentity> dying = many();
            if (fault == FaultyStorage.Fault.HANG) {
                // Whoever declares may hear nothing in time, and declares again.
                service.declare(dying, "an operator");
            } else {
                mustDeclare(dying);
            }
            isReached = isReached(snapshots, call);
            snapshots.end();
            all.addAll(mustDeclare(dying));
            all.addAll(declareMany());
            failPower();
        } while (isReached);
        assertTrue(call > 8, "saved, and older ones deleted: " + call);

        startWithSnapshots();
        assertEquals(all, declared());
    }

    /** A call that hangs goes on as soon as somebody has seen it. */
    private static void endOnceItHangs(FaultyStorage snapshots) {
        CompletableFuture.runAsync(() -> {
            await("a hang").atMost(30, TimeUnit.SECONDS).until(snapshots::isHanging);
            snapshots.end();
        });
    }

    @ParameterizedTest
    @EnumSource(value = FaultyStorage.Fault.class, names = {"EIO", "HANG"})
    void d16ShouldKnowEveryDeathWhicheverCallFailsThatReadsASnapshot(FaultyStorage.Fault fault) {
        FaultyStorage snapshots = startWithSnapshots();
        Set<String> all = declareMany();
        all.addAll(declareMany());
        isReached(snapshots, Long.MAX_VALUE);
        failPower();
        long call = 0;
        do {
            call++;
            snapshots = startWithSnapshots(fault, call);
            assertEquals(all, declared(), "with a fault at call " + call);
            node.close();
        } while (snapshots.calls() >= call);
        assertTrue(call > 3, "listed, opened and read: " + call);

        startWithSnapshots();
        assertEquals(all, declared());
    }
}
