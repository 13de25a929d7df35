package org.mirrorlog.cluster;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;

/** News of members that have left or were removed: their logs go to others. */
public final class LostMembers {
    private LostMembers() {
    }

    /**
     * Starts looking for them.
     *
     * @param name of who looks, unlike all others
     * @param watcher told after each of them, on some thread; must not block
     */
    public static void watch(ActorSystem<?> system, String name, Runnable watcher) {
        system.systemActorOf(GoesOn.of(MemberRemoved.class, "who looks for lost members", Behaviors.setup(context -> {
            Cluster.get(context.getSystem()).subscriptions()
                    .tell(Subscribe.create(context.getSelf(), MemberRemoved.class));
            return Behaviors.receiveMessage(removed -> {
                watcher.run();
                return Behaviors.same();
            });
        })), name, Props.empty());
    }
}
