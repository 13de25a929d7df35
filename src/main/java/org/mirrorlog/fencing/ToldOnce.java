package org.mirrorlog.fencing;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.concurrent.atomic.AtomicLong;
import org.mirrorlog.cluster.GoesOn;

/**
 * Tells of what an actor throws, and lets its supervisor start it again: one line with the stack, then one of each
 * power of ten. Sees everything that reaches the actor, its journal's answers as well.
 */
final class ToldOnce<T> extends BehaviorInterceptor<Object, T> {
    private final String actor;
    private final AtomicLong times;

    private ToldOnce(String actor, AtomicLong times) {
        super(Object.class);
        this.actor = actor;
        this.times = times;
    }

    /** The behavior that is told of, however often it starts again. */
    static <T> Behavior<T> of(String actor, Behavior<T> behavior) {
        AtomicLong times = new AtomicLong();
        return Behaviors.intercept(() -> new ToldOnce<T>(actor, times), behavior).narrow();
    }

    @Override
    @SuppressWarnings("unchecked") // what the journal answers is no command
    public Behavior<T> aroundReceive(TypedActorContext<Object> context, Object message, ReceiveTarget<T> target) {
        try {
            ReceiveTarget<Object> any = (ReceiveTarget<Object>) (ReceiveTarget<?>) target;
            return (Behavior<T>) (Behavior<?>) any.apply(context, message);
        } catch (RuntimeException | StackOverflowError e) {
            GoesOn.tellRarely(times.incrementAndGet(), actor, e);
            throw e;
        }
    }
}
