package org.mirrorlog.daemon;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.kernel.ReceiveLoop;
import org.mirrorlog.process.ThreadLoop;
import org.mirrorlog.process.Watchdog;

/** The loops without which no request of the kernel is answered. */
final class TurningLoops {
    private static final String HOT_THREADS = "mirrorlog.dispatchers.hot";

    private TurningLoops() {
    }

    static List<Watchdog.Loop> of(ActorSystem<?> system, Journal journal, ReceiveLoop receiving,
            ActorRef<KernelBridge.Message> bridge) {
        return List.of(new ThreadLoop("the receive thread", ReceiveLoop.THREAD_NAME::equals, receiving::turns),
                new ThreadLoop("the thread of tables and owners", thread -> thread.contains(HOT_THREADS),
                        new Pulse(system, bridge)),
                // Connections of a journal have threads whose names begin alike.
                new ThreadLoop("the journal's thread", Journal.THREAD_NAME::equals, journal::turns));
    }

    /** How often the bridge has answered; asks it again each time. An even number. */
    private static final class Pulse implements LongSupplier {
        /** However busy it is; after that it is asked anew. */
        private static final Duration PATIENCE = Duration.ofMinutes(10);

        private final ActorSystem<?> system;
        private final ActorRef<KernelBridge.Message> bridge;
        private final AtomicLong answers = new AtomicLong();
        private final AtomicBoolean isAsked = new AtomicBoolean();

        Pulse(ActorSystem<?> system, ActorRef<KernelBridge.Message> bridge) {
            this.system = system;
            this.bridge = bridge;
        }

        @Override
        public long getAsLong() {
            if (isAsked.compareAndSet(false, true)) {
                AskPattern.ask(bridge, KernelBridge.Turn::new, PATIENCE, system.scheduler())
                        .whenComplete((turned, failure) -> {
                            answers.addAndGet(failure == null ? 2 : 0);
                            isAsked.set(false);
                        });
            }
            return answers.get();
        }
    }
}
