package org.mirrorlog.cluster;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;

/**
 * An actor that goes on, as it is, whatever a message makes it throw: nobody starts it again, and what it does is
 * needed as long as the node runs. One line with the stack tells of it, at most once a minute, with a count.
 */
public final class GoesOn<T> extends BehaviorInterceptor<T, T> {
    private static final long TELL_EVERY_S = 60;

    private final String actor;
    private long untold;
    private long toldAtS;
    private boolean wasTold;

    private GoesOn(Class<T> messages, String actor) {
        super(messages);
        this.actor = actor;
    }

    /**
     * The behavior that goes on.
     *
     * @param actor its name, for people
     */
    public static <T> Behavior<T> of(Class<T> messages, String actor, Behavior<T> behavior) {
        return Behaviors.intercept(() -> new GoesOn<>(messages, actor), behavior);
    }

    @Override
    public Behavior<T> aroundReceive(TypedActorContext<T> context, T message, ReceiveTarget<T> target) {
        try {
            return target.apply(context, message);
        } catch (RuntimeException | StackOverflowError e) {
            tell(context, e);
            return Behaviors.same();
        }
    }

    private void tell(TypedActorContext<T> context, Throwable failure) {
        untold++;
        long now = context.asJava().getSystem().uptime();
        if (!wasTold || now - toldAtS >= TELL_EVERY_S) {
            context.asJava().getLog().error("{} could not deal with a message, and goes on ({} times since the last"
                    + " such line); please report this", actor, untold, failure);
            wasTold = true;
            toldAtS = now;
            untold = 0;
        }
    }
}
