package org.mirrorlog.cluster;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.concurrent.atomic.AtomicLong;
import org.mirrorlog.logging.Defects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An actor that goes on, as it is, whatever a message makes it throw: nobody starts it again, and what it does is
 * needed as long as the node runs. One line with the stack tells of it, at most once a minute, with a count.
 */
public final class GoesOn<T> extends BehaviorInterceptor<T, T> {
    private static final long TELL_EVERY_S = 60;
    private static final Logger LOG = LoggerFactory.getLogger(GoesOn.class);

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

    /**
     * Work that is done again and again, by a scheduler that would give it up over what it throws. One line with the
     * stack tells of the first time, and another one of the tenth, the hundredth and so on.
     *
     * @param who for people
     */
    public static Runnable task(String who, Runnable work) {
        AtomicLong times = new AtomicLong();
        return () -> {
            try {
                work.run();
            } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
                tellRarely(times.incrementAndGet(), who, e);
            }
        };
    }

    /** Only of the first time, the tenth, the hundredth and so on. The node's health has it each time. */
    public static void tellRarely(long times, String who, Throwable failure) {
        Defects.HERE.threw(who + " could not go on", failure);
        boolean isRound = times == Math.round(Math.pow(10, Math.floor(Math.log10(times))));
        if (isRound) {
            LOG.error("{} could not go on, and tries again ({} times so far); please report this", who, times, failure);
        }
    }

    @Override
    public Behavior<T> aroundReceive(TypedActorContext<T> context, T message, ReceiveTarget<T> target) {
        try {
            return target.apply(context, message);
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            tell(context, e);
            return Behaviors.same();
        }
    }

    private void tell(TypedActorContext<T> context, Throwable failure) {
        Defects.HERE.threw(actor + " could not deal with a message", failure);
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
