package org.mirrorlog.fencing;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ddata.GSet;
import akka.cluster.ddata.GSetKey;
import akka.cluster.ddata.Key;
import akka.cluster.ddata.typed.javadsl.DistributedData;
import akka.cluster.ddata.typed.javadsl.Replicator;
import akka.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Tells every node which incarnations were declared dead: a set that only grows, gossiped, also to nodes that come
 * later. It is news, and no proof: whoever hears of a death looks it up in the {@link DeathRegister}, which is the
 * memory of it. To hear of a death late is harmless.
 */
final class DeathNews {
    private static final Key<GSet<String>> KEY = GSetKey.create("mirrorlog-deaths");

    private DeathNews() {
    }

    /** What it is told. */
    sealed interface Message { }

    /** These were declared dead. */
    record Tell(Set<String> incarnations) implements Message {
        Tell {
            incarnations = Set.copyOf(incarnations);
        }
    }

    private record Heard(Replicator.SubscribeResponse<GSet<String>> response) implements Message { }

    private record Told(Replicator.UpdateResponse<GSet<String>> response) implements Message { }

    /**
     * The news.
     *
     * @param heard told, on the actor's thread, of all boot ids that somebody says were declared dead
     */
    static Behavior<Message> create(Consumer<Set<String>> heard) {
        return Behaviors.setup(context -> DistributedData.withReplicatorMessageAdapter(
                (ReplicatorMessageAdapter<Message, GSet<String>> replicator) -> {
                    replicator.subscribe(KEY, Heard::new);
                    return Behaviors.receive(Message.class)
                            .onMessage(Tell.class, tell -> {
                                if (!tell.incarnations().isEmpty()) {
                                    replicator.askUpdate(reply -> update(tell.incarnations(), reply), Told::new);
                                }
                                return Behaviors.same();
                            })
                            .onMessage(Heard.class, news -> {
                                if (news.response() instanceof Replicator.Changed<GSet<String>> changed) {
                                    heard.accept(changed.get(KEY).getElements());
                                }
                                return Behaviors.same();
                            })
                            .onMessage(Told.class, told -> Behaviors.same())
                            .build();
                }));
    }

    private static Replicator.Update<GSet<String>> update(Set<String> incarnations,
                                                          ActorRef<Replicator.UpdateResponse<GSet<String>>> replyTo) {
        return new Replicator.Update<>(KEY, GSet.empty(), Replicator.writeLocal(), replyTo, set -> {
            GSet<String> all = set;
            for (String incarnation : incarnations) {
                all = all.add(incarnation);
            }
            return all;
        });
    }
}
