package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.SharedJournal;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.LogSpec;

/**
 * Two owners of one log, both alive and both asked: each one's append makes the other's fail. That costs time and
 * nothing else (D1, D3): every round is answered, and the log knows exactly what was answered.
 */
@Tag("slow")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class TwoOwnersTest {
    private static final String UUID_OF_LOG = "LVM-two-owners";
    private static final LogSpec SPEC =
            new LogSpec(65536, LogSpec.LogType.CORE, Optional.empty(), 1024, LogSpec.SyncMode.NOSYNC, false);
    private static final int INSTANCES = 4;
    private static final int ROUNDS = 200;
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final ActorTestKit kit = ActorTestKit.create("two-owners", ConfigFactory.parseString("""
            akka.actor.provider = local
            akka.coordinated-shutdown.exit-jvm = off
            mirrorlog.data-dir = /nowhere
            shared-journal.name = two-owners
            """ + SharedJournal.CONFIG).withFallback(ConfigFactory.load()).resolve());
    private final Random random = new Random(SEED);
    private final Queue<RoundAnswer> said = new ConcurrentLinkedQueue<>();
    private final Queue<ActorRef<OwnerCommand>> stopped = new ConcurrentLinkedQueue<>();
    private final ActorRef<FromOwner> answers = kit.spawn(Behaviors.receiveMessage(one -> {
        said.add((RoundAnswer) one);
        return Behaviors.same();
    }));
    private final LogDevices devices = new LogDevices(Runnable::run, true);
    private final List<OwnerBackoff> retreats = List.of(new OwnerBackoff(SEED), new OwnerBackoff(SEED + 1));
    private final Map<Integer, ActorRef<OwnerCommand>> owners = new HashMap<>();
    private int starts;

    /** One instance as its machine sees it: one round at a time, sent again until answered. */
    private final class Asker {
        final InstanceId id;
        long session;
        long number;
        long seen;
        long term;
        RegionSet marks = RegionSet.empty();
        Round underWay;

        Asker(int i) {
            id = new InstanceId("boot-" + i, 7);
        }

        private Round next(RegionSet clears, Ask ask) {
            underWay = new Round(UUID_OF_LOG, id, "node-" + id.incarnation(), 1, session, ++number, seen, term, clears,
                    ask);
            return underWay;
        }

        Round begin() {
            if (session == 0) {
                return next(RegionSet.empty(), new Ask.Resume(SPEC));
            }
            RegionSet clears = random.nextInt(3) == 0 ? marks : RegionSet.empty();
            RegionSet regions = RegionSet.of(random.nextInt(64), random.nextInt(64));
            marks = marks.minus(clears).with(regions);
            return next(clears, new Ask.Mark(regions));
        }

        void end(RoundAnswer answer) {
            assertTrue(answer.logNumber() >= seen, "the log only grows");
            seen = answer.logNumber();
            term = answer.term();
            if (answer.answer() instanceof Answer.Joined joined) {
                session = joined.session();
            } else {
                assertEquals(new Answer.Done(), answer.answer());
            }
            underWay = null;
        }
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    /** An owner that stopped is started again by the next message, as sharding does. */
    private void send(Round round) {
        int which = random.nextInt(2);
        owners.computeIfAbsent(which, i -> spawn(which)).tell(new OwnerCommand.Ask(round, false,
                new ActorRecipient<>(answers)));
    }

    private ActorRef<OwnerCommand> spawn(int which) {
        starts++;
        OwnerSettings settings = new OwnerSettings("node-" + which + "#1", "boot-" + which, "test", new UUID(1, 2),
                true, Set.of(), Optional.empty(), 1_000_000, Duration.ofHours(1));
        ActorRef<OwnerCommand> owner = kit.spawn(LogOwner.create(UUID_OF_LOG, settings,
                new OwnerPorts(devices, new DeathList(), Placement.NONE, retreats.get(which))));
        kit.spawn(Behaviors.<Void>setup(context -> {
            context.watch(owner);
            return Behaviors.receive(Void.class).onSignal(Terminated.class, signal -> {
                stopped.add(owner);
                return Behaviors.stopped();
            }).build();
        }));
        return owner;
    }

    @Test
    void d1ShouldCostTimeAndNothingElse() {
        System.out.println("seed " + SEED);
        List<Asker> directory = new ArrayList<>();
        for (int i = 0; i < INSTANCES; i++) {
            directory.add(new Asker(i));
        }
        int answered = 0;
        long began = System.nanoTime();
        while (answered < ROUNDS) {
            owners.values().removeAll(stopped);
            for (Asker asker : directory) {
                send(asker.underWay == null ? asker.begin() : asker.underWay);
            }
            answered += take(directory);
        }
        while (directory.stream().anyMatch(asker -> asker.underWay != null)) {
            owners.values().removeAll(stopped);
            directory.stream().filter(asker -> asker.underWay != null).forEach(asker -> send(asker.underWay));
            take(directory);
        }
        System.out.println(ROUNDS + " rounds in " + (System.nanoTime() - began) / 1_000_000 + " ms by " + starts
                + " owners");

        TestProbe<LogState> probe = kit.createTestProbe(LogState.class);
        spawn(0).tell(new OwnerCommand.Inspect(new ActorRecipient<>(probe.getRef())));
        LogState state = probe.receiveMessage(Duration.ofSeconds(20));
        state.check();
        for (Asker asker : directory) {
            assertEquals(asker.marks, state.members().get(asker.id).marks(), asker.id.toString());
            assertEquals(asker.number, state.members().get(asker.id).executed());
            assertEquals(asker.session, state.members().get(asker.id).session());
        }
        assertEquals(SharedJournal.commits("two-owners", "mirrorlog|" + UUID_OF_LOG), state.number());
        assertTrue(starts > 3, "the owners did get in each other's way");
    }

    /** Takes what answers come within a moment; how many ended a round. */
    private int take(List<Asker> directory) {
        int ended = 0;
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
        while (System.nanoTime() < until && directory.stream().anyMatch(asker -> asker.underWay != null)) {
            RoundAnswer answer = said.poll();
            if (answer == null) {
                Thread.onSpinWait();
                continue;
            }
            for (Asker asker : directory) {
                if (asker.underWay != null && asker.id.equals(answer.to())
                        && asker.underWay.number() == answer.number()) {
                    asker.end(answer);
                    ended++;
                }
            }
        }
        return ended;
    }
}
