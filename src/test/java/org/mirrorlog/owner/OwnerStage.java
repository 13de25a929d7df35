package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.Behaviors;
import akka.persistence.testkit.JournalOperation;
import akka.persistence.testkit.PersistenceTestKitPlugin;
import akka.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import akka.persistence.testkit.ProcessingPolicy;
import akka.persistence.testkit.ProcessingResult;
import akka.persistence.testkit.ProcessingSuccess;
import akka.persistence.testkit.ReadEvents;
import akka.persistence.testkit.javadsl.PersistenceTestKit;
import akka.persistence.testkit.javadsl.SnapshotTestKit;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.LogSpec;

/**
 * Owners over a journal in memory that serializes, with device work that runs when the test says so. One log per stage;
 * {@link #restart} replays it.
 */
final class OwnerStage implements AutoCloseable {
    private static final long GONE = 1;
    static final InstanceId A = new InstanceId("boot-a", 1);
    static final InstanceId B = new InstanceId("boot-b", 1);
    static final UUID JOURNAL = new UUID(1, 2);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Config CONFIG = ConfigFactory.parseString("""
            akka.actor.provider = local
            akka.coordinated-shutdown.exit-jvm = off
            mirrorlog.data-dir = /nowhere
            """).withFallback(PersistenceTestKitPlugin.config()).withFallback(PersistenceTestKitSnapshotPlugin.config())
            .withFallback(ConfigFactory.load()).resolve();

    final ActorTestKit kit = ActorTestKit.create("owner", CONFIG);
    final PersistenceTestKit journal = PersistenceTestKit.create(kit.system());
    final SnapshotTestKit snapshots = SnapshotTestKit.create(kit.system());
    final Deque<Runnable> deviceWork = new ArrayDeque<>();
    final TestProbe<RoundAnswer> answers = kit.createTestProbe(RoundAnswer.class);
    final TestProbe<Notice> notices = kit.createTestProbe(Notice.class);
    private final ActorRef<FromOwner> instances = kit.spawn(Behaviors.receiveMessage(said -> {
        if (said instanceof Notice notice) {
            notices.getRef().tell(notice);
        } else if (said instanceof RoundAnswer answer) {
            answers.getRef().tell(answer);
        }
        return Behaviors.same();
    }));
    final TestProbe<Object> watcher = kit.createTestProbe();
    String uuid;
    /** What owners hear of the journal's heads. */
    volatile Heads heads = id -> CompletableFuture.completedStage((long) commits().size());
    final LogDevices devices;
    final DeathList deaths = new DeathList();
    /** Of owners that begin from then on. */
    volatile Hearsay hearsay = Hearsay.NONE;
    /** Of owners that begin from then on. */
    volatile RescuePatience patience = RescuePatience.USUAL;
    final OwnerBackoff backoff = new OwnerBackoff(1);
    Optional<Duration> reactivation = Optional.empty();
    Set<String> adopted = Set.of();
    private boolean isDeviceHeld;
    private long number;
    private long session;
    ActorRef<OwnerCommand> owner;

    OwnerStage(String uuid) {
        this.uuid = uuid;
        this.devices = new LogDevices(this::run, true);
        this.owner = spawn(1_000);
    }

    /** Over devices of the test's own. */
    OwnerStage(String uuid, LogDevices devices) {
        this.uuid = uuid;
        this.devices = devices;
        this.owner = spawn(1_000);
    }

    /** Goes on with another log. */
    void beginLog(String another) {
        kit.stop(owner, PATIENCE);
        uuid = another;
        session = 0;
        owner = spawn(1_000);
    }

    /** As {@link #beginLog}, with an owner that is started again when it stops, as sharding does. */
    void beginShardedLog(String another) {
        beginLog(another);
        owner = kit.spawn(restarting());
    }

    /** As {@link #restart}, with owners that are started again when they stop. */
    void restartSharded() {
        kit.stop(owner, PATIENCE);
        owner = kit.spawn(restarting());
    }

    private Behavior<OwnerCommand> restarting() {
        return Behaviors.setup(context -> {
            ActorRef<OwnerCommand> child = context.spawnAnonymous(behavior(1_000));
            context.watch(child);
            return Behaviors.receive(OwnerCommand.class).onMessage(OwnerCommand.class, message -> {
                child.tell(message);
                return Behaviors.same();
            }).onSignal(Terminated.class, signal -> restarting()).build();
        });
    }

    /** Asks until it is answered, as an instance does: again under its own number, and anew where it is held. */
    RoundAnswer insist(Ask ask) {
        Round round = round(A, session, ask, 0);
        long until = System.nanoTime() + PATIENCE.toNanos();
        send(round);
        while (System.nanoTime() < until) {
            try {
                RoundAnswer answer = answers.receiveMessage(Duration.ofMillis(200));
                if (answer.number() == round.number() && !(answer.answer() instanceof Answer.Held)) {
                    return answer;
                }
                if (answer.number() == round.number()) {
                    round = round(A, session, ask, 0);
                    send(round);
                }
            } catch (AssertionError e) {
                // No answer yet.
                send(round);
            }
        }
        throw new AssertionError("never answered: " + ask);
    }

    void insistOnResume(LogSpec spec) {
        session = ((Answer.Joined) insist(new Ask.Resume(spec)).answer()).session();
    }

    private synchronized void run(Runnable work) {
        if (isDeviceHeld) {
            deviceWork.add(work);
        } else {
            work.run();
        }
    }

    /** From here on the device is slow: its work waits in {@link #deviceWork}. */
    synchronized void holdDevice() {
        isDeviceHeld = true;
    }

    synchronized int heldWork() {
        return deviceWork.size();
    }

    void releaseDevice() {
        Deque<Runnable> held;
        synchronized (this) {
            isDeviceHeld = false;
            held = new ArrayDeque<>(deviceWork);
            deviceWork.clear();
        }
        held.forEach(Runnable::run);
    }

    private ActorRef<OwnerCommand> spawn(int commitsPerSnapshot) {
        return kit.spawn(behavior(commitsPerSnapshot));
    }

    private Behavior<OwnerCommand> behavior(int commitsPerSnapshot) {
        return LogOwner.create(uuid, settings(commitsPerSnapshot), new OwnerPorts(devices, deaths,
                Placement.NONE, backoff, new HeadsOfNow(), hearsay), patience);
    }

    /** Whatever the stage has for them at that moment. */
    private final class HeadsOfNow implements Heads {
        @Override
        public CompletionStage<Long> of(String persistenceId) {
            return heads.of(persistenceId);
        }

        @Override
        public boolean isLost(Throwable failure) {
            return heads.isLost(failure);
        }

        @Override
        public CompletionStage<Void> remains(String persistenceId, Consumer<Commit> commit) {
            return heads.remains(persistenceId, commit);
        }
    }

    private OwnerSettings settings(int commitsPerSnapshot) {
        return new OwnerSettings("node-a#1", A.incarnation(), "test", JOURNAL, true, adopted, reactivation,
                commitsPerSnapshot, Duration.ofHours(1));
    }

    /** Another owner takes the log over from what is in the journal. */
    void restart(int commitsPerSnapshot) {
        kit.stop(owner, PATIENCE);
        owner = spawn(commitsPerSnapshot);
    }

    /** Another owner takes the log over; the rounds are sent while it still replays, so that they wait together. */
    void restartBefore(Round... rounds) {
        CountDownLatch sent = new CountDownLatch(1);
        kit.stop(owner, PATIENCE);
        journal.withPolicy(new ReplayWaitsFor(sent));
        owner = spawn(1_000);
        for (Round round : rounds) {
            send(round);
        }
        sent.countDown();
    }

    /** A journal that reads nothing until the latch is open. */
    private record ReplayWaitsFor(CountDownLatch latch) implements ProcessingPolicy<JournalOperation> {
        @Override
        public ProcessingResult tryProcess(String persistenceId, JournalOperation operation) {
            if (operation instanceof ReadEvents) {
                try {
                    assertTrue(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "the rounds were never sent");
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return ProcessingSuccess.getInstance();
        }
    }

    /** Of an instance that has heard of so many commits, from an owner that is gone. */
    Round round(InstanceId by, long of, Ask ask, long seen) {
        return round(by, of, ask, seen, seen == 0 ? 0 : GONE);
    }

    Round round(InstanceId by, long of, Ask ask, long seen, long term) {
        return new Round(uuid, by, "node-" + by.incarnation(), 1, of, ++number, seen, term, RegionSet.empty(), ask);
    }

    /** A round of A that only hands clears on. */
    Round handOn(RegionSet clears) {
        return new Round(uuid, A, "node-" + A.incarnation(), 1, session, ++number, 0, 0, clears, new Ask.HandOn());
    }

    void send(Round round) {
        owner.tell(new OwnerCommand.Ask(round, devices.has(uuid, round.by()), new ActorRecipient<>(instances)));
    }

    /** Where answers go. */
    ActorRef<FromOwner> instances() {
        return instances;
    }

    RoundAnswer ask(Ask ask) {
        send(round(A, session, ask, 0));
        return answer();
    }

    RoundAnswer answer() {
        RoundAnswer answer = answers.receiveMessage(PATIENCE);
        return answer.uuid().equals(uuid) ? answer : answer();
    }

    void resume(LogSpec spec) {
        session = ((Answer.Joined) ask(new Ask.Resume(spec)).answer()).session();
    }

    void mark(long... regions) {
        assertEquals(new Answer.Done(), ask(new Ask.Mark(RegionSet.of(regions))).answer());
    }

    long session() {
        return session;
    }

    /** The operator adopts the log; what it is like then. */
    LogState adopt() {
        return adopt(true);
    }

    LogState adopt(boolean isForced) {
        TestProbe<LogState> probe = kit.createTestProbe(LogState.class);
        owner.tell(new OwnerCommand.Adopt(isForced, new ActorRecipient<>(probe.getRef())));
        return probe.expectMessageClass(LogState.class, PATIENCE);
    }

    LogState inspect() {
        TestProbe<LogState> probe = kit.createTestProbe(LogState.class);
        owner.tell(new OwnerCommand.Inspect(new ActorRecipient<>(probe.getRef())));
        return probe.expectMessageClass(LogState.class, PATIENCE);
    }

    String persistenceId() {
        return "mirrorlog|" + uuid;
    }

    List<Commit> commits() {
        return journal.persistedInStorage(persistenceId()).stream().map(Commit.class::cast).toList();
    }

    void assertSilent() {
        RoundAnswer said;
        try {
            said = answers.receiveMessage(Duration.ofMillis(300));
        } catch (AssertionError e) {
            return;
        }
        assertNotEquals(uuid, said.uuid(), said.toString());
        assertSilent();
    }

    void assertStops() {
        watcher.expectTerminated(owner, PATIENCE);
    }

    static LogSpec core() {
        return new LogSpec(65536, LogSpec.LogType.CORE, Optional.empty(), 1024, LogSpec.SyncMode.NOSYNC, false);
    }

    static LogSpec disk(String device) {
        return new LogSpec(65536, LogSpec.LogType.DISK, Optional.of(device), 1024, LogSpec.SyncMode.NOSYNC, false);
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
