package org.mirrorlog.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.pubsub.Topic;
import java.util.function.Consumer;

/** How the owner of a log asks all nodes at once, those that do not use the log as well. */
final class Roll {
    private Roll() {
    }

    /**
     * Starts this node's part of it.
     *
     * @param calls what is asked
     * @param name of this kind of question, the same on all nodes
     * @param whenCalled must not block
     * @return what an owner here tells to ask all nodes, this one among them
     */
    static <T> Consumer<T> start(ActorSystem<?> system, Class<T> calls, String name, Consumer<T> whenCalled) {
        ActorRef<Topic.Command<T>> topic = system.systemActorOf(Topic.create(calls, name), name, Props.empty());
        ActorRef<T> here = system.systemActorOf(GoesOn.of(calls, "who answers " + name,
                Behaviors.<T>receiveMessage(call -> {
                    whenCalled.accept(call);
                    return Behaviors.same();
                })), name + "-here", Props.empty());
        topic.tell(Topic.subscribe(here));
        return call -> topic.tell(Topic.publish(call));
    }
}
