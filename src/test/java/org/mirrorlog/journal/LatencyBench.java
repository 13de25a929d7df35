package org.mirrorlog.journal;

import akka.actor.ActorSystem;
import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Measures one small event, one at a time: raw write and fdatasync, {@link SegmentJournal}, and an event-sourced actor;
 * then events per second with several under way. Not a test: {@code main(directory, rounds)}; interleaves its
 * measurements, since absolute figures on a shared machine move.
 */
public final class LatencyBench {

    private static final int EVENT_BYTES = 64;
    private static final int SAMPLES = 2000;

    private LatencyBench() {
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Path.of(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        Files.createDirectories(directory);
        for (int round = 1; round <= rounds; round++) {
            System.out.println("round " + round);
            raw("raw, file grows", directory.resolve("raw-" + round), false);
            raw("raw, written before", directory.resolve("raw2-" + round), true);
            journal(directory.resolve("journal-" + round), 1);
            journal(directory.resolve("journal16-" + round), 16);
            journal(directory.resolve("journal128-" + round), 128);
            Files.createDirectories(directory.resolve("actor-" + round));
            actor(JournalSystem.config(directory.resolve("actor-" + round)));
        }
    }

    /** Appends one event to a log and says when it is durable. */
    @FunctionalInterface
    public interface Appender {
        void append(String log, long sequenceNr, byte[] event, Consumer<IOException> done);
    }

    public static void print(String what, long[] ns, long totalNs) {
        Arrays.sort(ns);
        System.out.printf("  %-34s p50 %6.0f  p90 %6.0f  p99 %6.0f µs  %8.0f /s%n", what, ns[ns.length / 2] / 1e3,
                ns[ns.length * 9 / 10] / 1e3, ns[ns.length * 99 / 100] / 1e3, ns.length * 1e9 / totalNs);
    }

    private static void raw(String what, Path file, boolean isPreallocated) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (isPreallocated) {
                channel.write(ByteBuffer.allocate(1 << 20), 0);
                channel.force(true);
            }
            ByteBuffer record = ByteBuffer.allocateDirect(200);
            long[] ns = new long[SAMPLES];
            long start = System.nanoTime();
            for (int i = 0; i < SAMPLES; i++) {
                long before = System.nanoTime();
                channel.write(record.clear(), i * 200L);
                channel.force(false);
                ns[i] = System.nanoTime() - before;
            }
            print(what, ns, System.nanoTime() - start);
        }
    }

    private static JournalOptions options() {
        return new JournalOptions(32 << 20, 4 << 20, 1 << 20, 25, 64 << 10, 64 << 20, Duration.ofSeconds(5));
    }

    private static void journal(Path directory, int logs) throws IOException, InterruptedException {
        try (SegmentJournal journal = SegmentJournal.open(directory, options(), new CoreFixture.Lines(),
                System::nanoTime, () -> CoreFixture.ID)) {
            measure(logs, journal, (log, sequenceNr, event, done) ->
                    journal.append(log, sequenceNr, List.of(event), done::accept));
        }
    }

    /** So many logs, each with one append under way. */
    public static void measure(int logs, Journal journal, Appender appender) throws InterruptedException {
        byte[] event = new byte[EVENT_BYTES];
        int samples = SAMPLES * (logs == 1 ? 1 : 10);
        long[] ns = new long[samples];
        AtomicLong next = new AtomicLong();
        CountDownLatch done = new CountDownLatch(samples);
        Semaphore free = new Semaphore(logs);
        long[] heads = new long[logs];
        Queue<Integer> idle = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < logs; i++) {
            idle.add(i);
        }
        Thread caller = Thread.currentThread();
        long start = System.nanoTime();
        for (int i = 0; i < samples; i++) {
            free.acquire();
            int log = idle.poll();
            int sample = (int) next.getAndIncrement();
            long before = System.nanoTime();
            appender.append("log" + log, ++heads[log], event, failure -> {
                if (failure != null) {
                    throw new IllegalStateException(failure);
                }
                ns[sample] = System.nanoTime() - before;
                idle.add(log);
                free.release();
                done.countDown();
                LockSupport.unpark(caller);
            });
        }
        done.await();
        print("journal, " + logs + " under way", ns, System.nanoTime() - start);
        System.out.println("    commit p50 " + journal.counters().commitP50Us() + " µs, "
                + journal.counters().commits() + " commits");
    }

    /** What the actor is told. */
    record Persist(ActorRef<Long> replyTo) {
    }

    private static final class Owner extends EventSourcedBehavior<Persist, byte[], Long> {

        Owner(String id) {
            super(PersistenceId.ofUniqueId(id));
        }

        @Override
        public Long emptyState() {
            return 0L;
        }

        @Override
        public CommandHandler<Persist, byte[], Long> commandHandler() {
            return newCommandHandlerBuilder().forAnyState().onAnyCommand((state, persist) ->
                    Effect().persist(new byte[EVENT_BYTES]).thenRun((Long now) -> persist.replyTo().tell(now)));
        }

        @Override
        public EventHandler<Long, byte[]> eventHandler() {
            return newEventHandlerBuilder().forAnyState().onAnyEvent((state, event) -> state + 1);
        }
    }

    /** One event-sourced actor, one event at a time. */
    public static void actor(Config config) throws InterruptedException {
        ActorSystem system = ActorSystem.create("bench", config);
        DispatcherSelector hot = DispatcherSelector.fromConfig("mirrorlog.dispatchers.hot");
        ActorRef<Persist> owner = Adapter.spawn(system, new Owner("log"), "owner",
                akka.actor.typed.Props.empty().withDispatcherFromConfig("mirrorlog.dispatchers.hot"));
        int samples = SAMPLES * 2;
        long[] ns = new long[samples];
        CountDownLatch done = new CountDownLatch(1);
        long start = System.nanoTime();
        Adapter.spawn(system, Behaviors.<Long>setup(context -> {
            int[] count = {0};
            long[] before = {System.nanoTime()};
            owner.tell(new Persist(context.getSelf()));
            return Behaviors.receiveMessage(answer -> {
                ns[count[0]++] = System.nanoTime() - before[0];
                if (count[0] == samples) {
                    done.countDown();
                    return Behaviors.stopped();
                }
                before[0] = System.nanoTime();
                owner.tell(new Persist(context.getSelf()));
                return Behaviors.same();
            });
        }), "asker", hot);
        done.await();
        print("event-sourced actor, first half", Arrays.copyOf(ns, samples / 2), System.nanoTime() - start);
        print("event-sourced actor, second half", Arrays.copyOfRange(ns, samples / 2, samples),
                System.nanoTime() - start);
        if (config.getString("akka.persistence.journal.plugin").startsWith("mirrorlog.")) {
            System.out.println("    commit p50 "
                    + JournalExtension.get(system).journal().counters().commitP50Us() + " µs");
        }
        system.terminate();
        akka.testkit.javadsl.TestKit.shutdownActorSystem(system);
    }
}
