package org.mirrorlog.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.cluster.sharding.typed.ShardingEnvelope;
import akka.cluster.sharding.typed.ShardingMessageExtractor;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityRef;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.LogOwner;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.owner.OwnerSettings;

/** The owners of all logs: one entity per log, one shard per log, so that each log moves by itself. Thread-safe. */
public final class LogSharding {
    private static final EntityTypeKey<OwnerCommand> TYPE = EntityTypeKey.create(OwnerCommand.class, "log");
    private static final String HOT = "mirrorlog.dispatchers.hot";
    /** A log of no mirror: asking it once loads classes and finds coordinators before the first kernel waits for them. */
    private static final String WARM_UP = "no-log-warm-up";

    private final ClusterSharding sharding;
    private final Map<String, EntityRef<OwnerCommand>> owners = new ConcurrentHashMap<>();

    private LogSharding(ClusterSharding sharding) {
        this.sharding = sharding;
    }

    /** Starts sharding on this node. */
    public static LogSharding start(ActorSystem<?> system, OwnerSettings settings, LogDevices devices, DeathList deaths) {
        ClusterSharding sharding = ClusterSharding.get(system);
        sharding.init(Entity.of(TYPE, entity -> LogOwner.create(entity.getEntityId(), settings, devices, deaths))
                .withMessageExtractor(new OneShardPerLog())
                .withStopMessage(OwnerCommand.Stop.INSTANCE)
                .withEntityProps(DispatcherSelector.fromConfig(HOT)));
        return new LogSharding(sharding);
    }

    /** Sends a round to the owner of its log. */
    public void send(Round round, ActorRef<RoundAnswer> replyTo) {
        owner(round.uuid()).tell(new OwnerCommand.Ask(round, replyTo));
    }

    /** What the owner knows of its log; fails after the timeout. */
    public CompletionStage<LogState> inspect(String uuid, Duration timeout) {
        return owner(uuid).ask(OwnerCommand.Inspect::new, timeout);
    }

    /** The operator takes the log over (D21); what its owner knew before, or a failure after the timeout. */
    public CompletionStage<LogState> adopt(String uuid, Duration timeout) {
        return owner(uuid).ask(OwnerCommand.Adopt::new, timeout);
    }

    /** Completes when an owner has answered for the first time; fails after the timeout. */
    public CompletionStage<LogState> warmUp(Duration timeout) {
        EntityRef<OwnerCommand> nobody = sharding.entityRefFor(TYPE, WARM_UP);
        return nobody.<LogState>ask(OwnerCommand.Inspect::new, timeout)
                .whenComplete((state, failure) -> nobody.tell(OwnerCommand.Stop.INSTANCE));
    }

    private EntityRef<OwnerCommand> owner(String uuid) {
        return owners.computeIfAbsent(uuid, id -> sharding.entityRefFor(TYPE, id));
    }

    private static final class OneShardPerLog
            extends ShardingMessageExtractor<ShardingEnvelope<OwnerCommand>, OwnerCommand> {
        @Override
        public String entityId(ShardingEnvelope<OwnerCommand> envelope) {
            return envelope.entityId();
        }

        @Override
        public String shardId(String entityId) {
            return entityId;
        }

        @Override
        public OwnerCommand unwrapMessage(ShardingEnvelope<OwnerCommand> envelope) {
            return envelope.message();
        }
    }
}
