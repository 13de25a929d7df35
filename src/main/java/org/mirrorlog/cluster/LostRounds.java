package org.mirrorlog.cluster;

import akka.actor.AllDeadLetters;
import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.sharding.typed.ShardingEnvelope;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.mirrorlog.log.Round;
import org.mirrorlog.owner.OwnerCommand.Ask;

/**
 * Sends rounds once more that Akka has dropped on this node: what a shard region had buffered when a hand-over began,
 * and what an owner that stopped had not read yet. They need not wait for their own time to be repeated; nothing is
 * executed twice (D5). A few times only, a little later each time: whoever drops it again may not be ready yet.
 */
final class LostRounds {
    private static final List<Duration> DELAYS =
            List.of(Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofMillis(250));
    /** Rounds whose losses are remembered; the oldest make room. */
    private static final int MOST = 4096;

    /** What was lost, or is due. */
    sealed interface Message { }

    private record Lost(AllDeadLetters what) implements Message { }

    private record Due(Ask ask) implements Message { }

    private record Key(String uuid, Object by, long daemonStart, long number) { }

    private final TimerScheduler<Message> timers;
    private final Consumer<Ask> sender;
    private final Map<Key, Integer> losses = new LinkedHashMap<>();

    private LostRounds(ActorContext<Message> context, TimerScheduler<Message> timers, Consumer<Ask> sender) {
        this.timers = timers;
        this.sender = sender;
        context.getSystem().eventStream().tell(new EventStream.Subscribe<>(AllDeadLetters.class,
                context.messageAdapter(AllDeadLetters.class, Lost::new)));
    }

    /** @param sender sends a round to the owner of its log, wherever that is */
    static Behavior<Message> create(Consumer<Ask> sender) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            LostRounds rounds = new LostRounds(context, timers, sender);
            return Behaviors.receive(Message.class)
                    .onMessage(Lost.class, lost -> {
                        ask(lost.what().message()).ifPresent(rounds::lost);
                        return Behaviors.same();
                    })
                    .onMessage(Due.class, due -> {
                        rounds.sender.accept(due.ask());
                        return Behaviors.same();
                    })
                    .build();
        }));
    }

    /** A region's buffer comes as a dead letter about what was dropped. */
    private static Optional<Ask> ask(Object message) {
        if (message instanceof AllDeadLetters wrapped) {
            return ask(wrapped.message());
        }
        Object inner = message instanceof ShardingEnvelope<?> envelope ? envelope.message() : message;
        return inner instanceof Ask ask ? Optional.of(ask) : Optional.empty();
    }

    private void lost(Ask ask) {
        Round round = ask.round();
        Key key = new Key(round.uuid(), round.by(), round.daemonStart(), round.number());
        int before = losses.getOrDefault(key, 0);
        losses.remove(key);
        losses.put(key, before + 1);
        if (losses.size() > MOST) {
            losses.remove(losses.keySet().iterator().next());
        }
        if (before < DELAYS.size()) {
            timers.startSingleTimer(key, new Due(ask), DELAYS.get(before));
        }
    }
}
