package org.mirrorlog.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.pubsub.Topic;
import java.util.function.Consumer;
import org.mirrorlog.owner.RollCall;

/** How the owner of an adopted log asks all nodes at once, those that do not use the log as well. */
final class Roll {
    private static final String NAME = "mirrorlog-roll-call";

    private Roll() {
    }

    /**
     * Starts this node's part of it.
     *
     * @param whenCalled must not block
     * @return what an owner here tells to ask all nodes, this one among them
     */
    static Consumer<RollCall> start(ActorSystem<?> system, Consumer<RollCall> whenCalled) {
        ActorRef<Topic.Command<RollCall>> topic =
                system.systemActorOf(Topic.create(RollCall.class, NAME), NAME, Props.empty());
        ActorRef<RollCall> here = system.systemActorOf(Behaviors.<RollCall>receiveMessage(call -> {
            whenCalled.accept(call);
            return Behaviors.same();
        }), NAME + "-here", Props.empty());
        topic.tell(Topic.subscribe(here));
        return call -> topic.tell(Topic.publish(call));
    }
}
