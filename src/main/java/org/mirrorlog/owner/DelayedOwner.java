package org.mirrorlog.owner;

import akka.actor.typed.BackoffSupervisorStrategy;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.StashBuffer;
import java.time.Duration;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.DecideNow;
import org.mirrorlog.owner.OwnerCommand.Stop;

/**
 * An owner before its replay: it keeps away from the one that took the log from the former owner here, then begins.
 * Waiting comes before the replay, for afterwards its history would be old again (D3).
 */
final class DelayedOwner {
    /**
     * An owner whose append or replay fails stops, without a line of Akka's: the journal has told why it takes no
     * commit, or another owner has gone on, and then each of many attempts fails alike.
     */
    static final BackoffSupervisorStrategy STOP = SupervisorStrategy.restartWithBackoff(Duration.ofSeconds(1),
            Duration.ofSeconds(1), 0).withMaxRestarts(0).withLoggingEnabled(false);

    private DelayedOwner() {
    }

    /**
     * The owner, after the time that it is to wait, if any.
     *
     * @param most messages that wait; more are lost and come again
     */
    static Behavior<OwnerCommand> before(Behavior<OwnerCommand> owner, String uuid, OwnerPorts around, int most) {
        Duration delay = around.backoff().delay();
        return delay.isZero() ? owner : waiting(owner, uuid, delay, around.placement(), most);
    }

    private static Behavior<OwnerCommand> waiting(Behavior<OwnerCommand> owner, String uuid, Duration delay,
            Placement placement, int most) {
        return Behaviors.withTimers(timers -> Behaviors.withStash(most, waiting -> {
            timers.startSingleTimer(DecideNow.INSTANCE, delay);
            return Behaviors.receive(OwnerCommand.class)
                    .onMessageEquals(DecideNow.INSTANCE, () -> waiting.unstashAll(owner))
                    .onMessageEquals(Stop.INSTANCE, () -> passOn(waiting, uuid, placement))
                    .onMessage(OwnerCommand.class, message -> {
                        if (!waiting.isFull()) {
                            waiting.stash(message);
                        }
                        return Behaviors.same();
                    })
                    .build();
        }));
    }

    /** The rounds that wait are the next owner's. */
    static Behavior<OwnerCommand> passOn(StashBuffer<OwnerCommand> waiting, String uuid, Placement placement) {
        waiting.forEach(message -> {
            if (message instanceof Ask ask) {
                placement.pass(uuid, ask);
            }
        });
        return Behaviors.stopped();
    }
}
