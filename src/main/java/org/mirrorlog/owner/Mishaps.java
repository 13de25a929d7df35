package org.mirrorlog.owner;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;

/**
 * An owner that throws ends, and nothing of what it had in hand was answered: the next one replays the log, after a
 * delay that grows. One line tells of it, with the stack; the same again is counted. Sees everything that reaches the
 * owner, its journal's answers as well.
 */
final class Mishaps extends BehaviorInterceptor<Object, OwnerCommand> {
    private final String uuid;
    private final OwnerBackoff backoff;

    private Mishaps(String uuid, OwnerBackoff backoff) {
        super(Object.class);
        this.uuid = uuid;
        this.backoff = backoff;
    }

    static Behavior<OwnerCommand> endWith(String uuid, OwnerBackoff backoff, Behavior<OwnerCommand> owner) {
        return Behaviors.intercept(() -> new Mishaps(uuid, backoff), owner).narrow();
    }

    @Override
    @SuppressWarnings("unchecked") // as EventSourcedBehavior does: what the journal answers is no command
    public Behavior<OwnerCommand> aroundReceive(TypedActorContext<Object> context, Object message,
            ReceiveTarget<OwnerCommand> target) {
        try {
            ReceiveTarget<Object> any = (ReceiveTarget<Object>) (ReceiveTarget<?>) target;
            return (Behavior<OwnerCommand>) (Behavior<?>) any.apply(context, message);
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            backoff.fromMishap(uuid, e, context.asJava().getLog());
            return Behaviors.stopped();
        }
    }
}
