package org.mirrorlog.owner;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.log.LogState;
import org.mirrorlog.owner.OwnerCommand.Adopt;
import org.mirrorlog.owner.OwnerCommand.DecideNow;
import org.mirrorlog.owner.OwnerCommand.HeadWasRead;
import org.mirrorlog.owner.OwnerCommand.Stop;

/**
 * An operator's order to adopt a log, where its owner finds that the journal has lost a part of its history (D21): no
 * owner of it could ever carry the order out. Then {@link Refounding} does, in that owner's place, but not before it
 * was seen twice: the journal's head is read, and the log replayed once more. A replay that meets another owner's
 * deletion may take it for a hole; and what is behind that head when the adoption is written was not decided on (D1).
 * Without an order the log is left alone for a moment, in which one may come, and the next owner tries again; where
 * the history can only not be read now, or the head, the next owner tries again at once, whatever was ordered.
 */
final class HistoryRescue extends BehaviorInterceptor<Object, OwnerCommand> {
    /** More orders are repetitions. */
    private static final int MOST_ORDERS = 16;
    /** What reaches an owner that ends is lost, and a replay of this log ends soon. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Refounding.Log log;
    /** What reached an owner that has not replayed is lost with it. */
    private final List<Adopt> orders = new ArrayList<>();
    /** Read before the replay that runs now; empty before the first. */
    private Optional<Long> head = Optional.empty();

    private HistoryRescue(Refounding.Log log) {
        super(Object.class);
        this.log = log;
    }

    /** The owner of a log, after the time that it has to wait, and what stands in for it. */
    static Behavior<OwnerCommand> around(Refounding.Log log) {
        Behavior<OwnerCommand> first = Behaviors.setup(context ->
                DelayedOwner.before(log.owner(), log.uuid(), log.around(), RoundQueue.MOST));
        return Behaviors.intercept(() -> new HistoryRescue(log), first).narrow();
    }

    @Override
    public Behavior<OwnerCommand> aroundStart(TypedActorContext<Object> context, PreStartTarget<OwnerCommand> target) {
        log.around().backoff().takeFailedReplay();
        return target.start(context);
    }

    @Override
    @SuppressWarnings("unchecked") // as EventSourcedBehavior does: what the journal answers is no command
    public Behavior<OwnerCommand> aroundReceive(TypedActorContext<Object> context, Object message,
            ReceiveTarget<OwnerCommand> target) {
        if (message instanceof Adopt order && orders.size() < MOST_ORDERS) {
            orders.add(order);
        }
        ReceiveTarget<Object> any = (ReceiveTarget<Object>) (ReceiveTarget<?>) target;
        Behavior<OwnerCommand> next = (Behavior<OwnerCommand>) (Behavior<?>) any.apply(context, message);
        if (Behavior.isAlive(next)) {
            return next;
        }
        Optional<LogState> replayed = log.around().backoff().takeFailedReplay()
                .filter(failed -> log.around().heads().isLost(failed.failure())).map(FailedReplay::replayed);
        if (replayed.isEmpty()) {
            return next;
        }
        if (orders.isEmpty()) {
            return pause();
        }
        List<Adopt> waiting = List.copyOf(orders);
        if (head.isEmpty()) {
            return lookAgain(waiting);
        }
        orders.clear();
        return Refounding.of(log, new Refounding.Basis(replayed.get(), head.get()), waiting);
    }

    /** Reads the head, then replays the log once more, with the orders. */
    private Behavior<OwnerCommand> lookAgain(List<Adopt> ordered) {
        return Behaviors.withStash(MOST_ORDERS, waiting -> Behaviors.setup(context -> {
            ordered.forEach(waiting::stash);
            context.pipeToSelf(log.around().heads().of(PersistenceIds.of(log.uuid()).id()).toCompletableFuture().copy()
                    .orTimeout(log.patience().head().toMillis(), TimeUnit.MILLISECONDS), (read, failure) ->
                    new HeadWasRead(0, failure == null ? read : HeadWasRead.NOT_KNOWN));
            return Behaviors.receive(OwnerCommand.class)
                    .onMessage(Adopt.class, order -> {
                        if (!waiting.isFull()) {
                            waiting.stash(order);
                        }
                        return Behaviors.same();
                    })
                    .onMessage(HeadWasRead.class, read -> {
                        if (read.head() == HeadWasRead.NOT_KNOWN) {
                            context.getLog().error("log {}: it could not be adopted ({}): order it again", log.uuid(),
                                    "the journal's head cannot be read");
                            return Behaviors.stopped();
                        }
                        head = Optional.of(read.head());
                        return waiting.unstashAll(log.owner());
                    })
                    .onMessageEquals(Stop.INSTANCE, Behaviors::stopped)
                    .onMessage(OwnerCommand.class, other -> Behaviors.same())
                    .build();
        }));
    }

    /** An order that comes is the next owner's, who looks first whether the history is back. */
    private Behavior<OwnerCommand> pause() {
        return Behaviors.withTimers(timers -> {
            timers.startSingleTimer(DecideNow.INSTANCE, PAUSE);
            return Behaviors.receive(OwnerCommand.class)
                    .onMessage(Adopt.class, order -> {
                        timers.cancel(DecideNow.INSTANCE);
                        return lookAgain(List.of(order));
                    })
                    .onMessageEquals(DecideNow.INSTANCE, Behaviors::stopped)
                    .onMessageEquals(Stop.INSTANCE, Behaviors::stopped)
                    .onMessage(OwnerCommand.class, other -> Behaviors.same())
                    .build();
        });
    }
}
