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
import org.mirrorlog.owner.DeathList;

/**
 * Tells every node which incarnations were declared dead: a set that only grows, gossiped, also to nodes that come
 * later. The {@link DeathRegister} is its memory; to hear of a death late is harmless.
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

    static Behavior<Message> create(DeathList deaths) {
        return Behaviors.setup(context -> DistributedData.withReplicatorMessageAdapter(
                (ReplicatorMessageAdapter<Message, GSet<String>> replicator) -> {
                    replicator.subscribe(KEY, Heard::new);
                    return Behaviors.receive(Message.class)
                            .onMessage(Tell.class, tell -> {
                                deaths.add(tell.incarnations());
                                if (!tell.incarnations().isEmpty()) {
                                    replicator.askUpdate(reply -> update(tell.incarnations(), reply), Told::new);
                                }
                                return Behaviors.same();
                            })
                            .onMessage(Heard.class, heard -> {
                                if (heard.response() instanceof Replicator.Changed<GSet<String>> changed) {
                                    deaths.add(changed.get(KEY).getElements());
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
