package org.mirrorlog.cluster;

import akka.actor.Cancellable;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.MemberEvent;
import akka.cluster.sharding.external.ExternalShardAllocationStrategy;
import akka.cluster.sharding.typed.ShardingEnvelope;
import akka.cluster.sharding.typed.ShardingMessageExtractor;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityRef;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mirrorlog.instance.HeardNumbers;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;
import org.mirrorlog.owner.ActorRecipient;
import org.mirrorlog.owner.Builds;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.DeviceStatus;
import org.mirrorlog.owner.Draining;
import org.mirrorlog.owner.Heads;
import org.mirrorlog.owner.HeardQuestion;
import org.mirrorlog.owner.Hearsay;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.LogOwner;
import org.mirrorlog.owner.OwnerBackoff;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.owner.OwnerPorts;
import org.mirrorlog.owner.OwnerSettings;
import org.mirrorlog.owner.Placement;
import org.mirrorlog.owner.Retirements;
import org.mirrorlog.owner.RollCall;

/** The owners of all logs: one entity per log, one shard per log, so that each log moves by itself. Thread-safe. */
public final class LogSharding {
    private static final EntityTypeKey<OwnerCommand> TYPE = EntityTypeKey.create(OwnerCommand.class, "log");
    private static final String HOT = "mirrorlog.dispatchers.hot";
    /**
     * A log of no mirror, for its name is longer than any: asking it once loads classes and finds coordinators before
     * the first kernel waits for them.
     */
    private static final String WARM_UP = "no-log-warm-up".repeat(10);
    private static final Duration RETIREMENT_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration REPEAT_AFTER = Duration.ofMillis(250);

    /**
     * What the owners on this node find.
     *
     * @param devices of this machine's tables
     * @param deaths that this node has heard of
     * @param heads of the journal
     * @param others to be awaited when a log is adopted
     */
    public record Around(LogDevices devices, DeathList deaths, Heads heads, Others others) {
        /** Nobody else is known. */
        public Around(LogDevices devices, DeathList deaths, Heads heads) {
            this(devices, deaths, heads, new Others(new NodeIdentity("", ""), List::of, Map::of, Witness.NONE, false));
        }
    }

    /**
     * Who may use a log beside those that the journal knows.
     *
     * @param self this node
     * @param former boot ids of earlier runs of this machine's kernel that are certain to be over, as of now (D16)
     * @param nodes by incarnation, the names of all nodes that may use logs, as far as is known here
     * @param witness of this node
     * @param isForgetful whether the journal follows a lost one: what it does not know may have been known before
     * @param isRestored whether it goes on from a backup: what it does not know is adopted
     */
    public record Others(NodeIdentity self, Supplier<List<String>> former, Supplier<Map<String, String>> nodes,
            Witness witness, boolean isForgetful, boolean isRestored) {
        /** Of a journal that goes on from no backup. */
        public Others(NodeIdentity self, Supplier<List<String>> former, Supplier<Map<String, String>> nodes,
                Witness witness, boolean isForgetful) {
            this(self, former, nodes, witness, isForgetful, false);
        }
    }

    /** What this node can say of a log, beside its journal. Must not block; a failure is no word. */
    public interface Witness {
        /** Never certain that it has no table; of no log has it heard. */
        Witness NONE = new Witness() {
            @Override
            public CompletionStage<Boolean> hasNoTable(String uuid) {
                return CompletableFuture.completedStage(false);
            }

            @Override
            public CompletionStage<HeardNumbers.Last> heardOf(String uuid) {
                return CompletableFuture.completedStage(HeardNumbers.Last.NEVER);
            }
        };

        /** Whether this node's kernel is known to have no table of the log. */
        CompletionStage<Boolean> hasNoTable(String uuid);

        /** What this machine has heard of the log, whenever that was. */
        CompletionStage<HeardNumbers.Last> heardOf(String uuid);
    }

    private final ActorSystem<?> system;
    private final ClusterSharding sharding;
    private final Around around;
    private final Draining draining;
    private volatile Retirements retirements;
    /** The owners of all logs that tables of this node have asked. */
    private final Map<String, EntityRef<OwnerCommand>> owners = new ConcurrentHashMap<>();
    /** Of logs whose owner has been on this node. */
    private final Map<String, OwnerBackoff> retreats = new ConcurrentHashMap<>();
    private volatile boolean hasBegun;

    /** Owners that are not there yet: what is asked before {@link #begin} is lost, and to be asked again. */
    public LogSharding(ActorSystem<?> system, Around around) {
        this.system = system;
        this.sharding = ClusterSharding.get(system);
        this.around = around;
        this.draining = new Draining(() -> KnownNodes.others(Cluster.get(system).state(),
                Cluster.get(system).selfMember().address()).keySet(), () -> system.uptime() * 1_000);
    }

    /**
     * Starts sharding on this node, once this machine's tables have been taken up and their devices asked for: an owner
     * decides as soon as it is there. A log is allocated to the node that asks first, and moved where its owner says.
     *
     * @param seed unlike that of other nodes and other starts
     */
    public void begin(OwnerSettings settings, long seed) {
        Placement placement = new Relocation(system, TYPE.name(),
                new Relocation.Next((uuid, ask) -> owner(uuid).tell(ask), this::ended), draining);
        Random seeds = new Random(seed);
        retirements = new Retirements(system, settings.name(), around.deaths(), RETIREMENT_TIMEOUT);
        system.systemActorOf(GoesOn.of(MemberEvent.class, "who looks at members' builds",
                admit(Builds.get(system))), "builds", Props.empty());
        Hearsay hearsay = new Hearsay(around.others().nodes(),
                () -> KnownNodes.withinReach(Cluster.get(system).state(), HeardQuestion.FORMAT),
                Roll.start(system, RollCall.class, "mirrorlog-roll-call", this::answerRoll),
                Roll.start(system, HeardQuestion.class, "mirrorlog-heard-question", this::answerHeard),
                around.others().isForgetful(), around.others().isRestored());
        Function<String, OwnerPorts> ports = uuid -> new OwnerPorts(around.devices(), around.deaths(), placement,
                backoff(uuid, seeds), around.heads(), hearsay);
        sharding.init(Entity.of(TYPE, entity -> LogOwner.create(EntityIds.logOf(entity.getEntityId()), settings,
                        ports.apply(EntityIds.logOf(entity.getEntityId()))))
                .withMessageExtractor(new OneShardPerLog())
                .withAllocationStrategy(ExternalShardAllocationStrategy.create(system, TYPE.name()))
                .withStopMessage(OwnerCommand.Stop.INSTANCE)
                .withEntityProps(DispatcherSelector.fromConfig(HOT)));
        hasBegun = true;
        system.systemActorOf(GoesOn.of(LostRounds.Message.class, "who looks for lost rounds",
                LostRounds.create(ask -> owner(ask.round().uuid()).tell(ask))), "lost-rounds", Props.empty());
    }

    /** Members of older builds are heard of as soon as they join. */
    private static Behavior<MemberEvent> admit(Builds builds) {
        return Behaviors.setup(context -> {
            Cluster.get(context.getSystem()).subscriptions()
                    .tell(Subscribe.create(context.getSelf(), MemberEvent.class));
            return Behaviors.receiveMessage(event -> {
                builds.admit(event.member());
                return Behaviors.same();
            });
        });
    }

    private OwnerBackoff backoff(String uuid, Random seeds) {
        return retreats.computeIfAbsent(uuid, id -> new OwnerBackoff(seeds.nextLong(),
                () -> system.startTime() + system.uptime() * 1_000));
    }

    /** What owners of this log have thrown on this node, of late. */
    public Optional<OwnerBackoff.Trouble> trouble(String uuid) {
        return Optional.ofNullable(retreats.get(uuid)).flatMap(OwnerBackoff::trouble);
    }

    /** No table uses the log. */
    private void ended(String uuid) {
        owners.remove(uuid);
        retreats.computeIfPresent(uuid, (id, backoff) -> backoff.isOver() ? null : backoff);
    }

    /** Whether this node gives its logs away. */
    public Draining draining() {
        return draining;
    }

    /** How logs end; null before {@link #begin}. */
    public Retirements retirements() {
        return retirements;
    }

    /** Sends a round to the owner of its log. */
    public void send(Round round, ActorRef<FromOwner> replyTo) {
        if (hasBegun) {
            DeviceStatus device = around.devices().status(round.uuid(), round.by());
            owner(round.uuid()).tell(new OwnerCommand.Ask(round, device, new ActorRecipient<>(replyTo)));
        }
    }

    /**
     * What the owner knows of its log; fails after the timeout. A log of which no table of this node has asked anything
     * is not asked about either: that alone could bring its owner here.
     */
    public CompletionStage<LogState> inspect(String uuid, Duration timeout) {
        return owners.containsKey(uuid) ? inspect(owner(uuid), timeout)
                : CompletableFuture.completedStage(LogState.unborn());
    }

    /**
     * Has the owner of a log give out nothing to copy for so many seconds, but what writers wait for; 0: it goes on.
     *
     * @return why it could not be said, for people: a member does not know of it
     */
    public Optional<String> pauseResync(String uuid, int seconds) {
        Optional<String> tooOld = Builds.get(system).tooOldFor(OwnerCommand.PauseResync.FORMAT);
        if (tooOld.isEmpty()) {
            owner(uuid).tell(new OwnerCommand.PauseResync(seconds));
        }
        return tooOld;
    }

    private void answerRoll(RollCall call) {
        around.others().witness().hasNoTable(call.uuid()).thenAccept(hasNone -> {
            if (hasNone) {
                NodeIdentity self = around.others().self();
                ref(call.uuid()).tell(new OwnerCommand.NoTable(self.node(),
                        self.incarnation(), call.adoptedAt(), around.others().former().get()));
            }
        });
    }

    private void answerHeard(HeardQuestion question) {
        around.others().witness().heardOf(question.uuid()).thenAccept(last -> question.replyTo()
                .tell(new OwnerCommand.HeardAnswer(around.others().self().incarnation(), last.number() > 0,
                        last.number(), last.term())));
    }

    /**
     * The operator takes the log over (D21).
     *
     * @param isForced also if it is in use and nobody is held
     * @return what the log is like then, without a fresh adoption if it was left alone; or a failure after the timeout
     */
    public CompletionStage<LogState> adopt(String uuid, boolean isForced, Duration timeout) {
        return owner(uuid).ask(replyTo -> new OwnerCommand.Adopt(isForced, new ActorRecipient<>(replyTo)), timeout);
    }

    /** Completes when an owner has answered for the first time; fails after the timeout. */
    public CompletionStage<LogState> warmUp(Duration timeout) {
        EntityRef<OwnerCommand> nobody = ref(WARM_UP);
        return inspect(nobody, timeout)
                .whenComplete((state, failure) -> nobody.tell(OwnerCommand.Stop.INSTANCE));
    }

    /**
     * Asks again and again until it is answered: Akka loses some of what is sent while a shard moves. Only for what
     * changes nothing, however late it arrives.
     */
    private CompletionStage<LogState> inspect(EntityRef<OwnerCommand> owner, Duration timeout) {
        AtomicReference<OwnerCommand> question = new AtomicReference<>();
        CompletionStage<LogState> answer = owner.ask(replyTo -> {
            question.set(new OwnerCommand.Inspect(new ActorRecipient<>(replyTo)));
            return question.get();
        }, timeout);
        Cancellable repetition = system.scheduler().scheduleWithFixedDelay(REPEAT_AFTER, REPEAT_AFTER,
                GoesOn.task("who asks an owner again", () -> owner.tell(question.get())), system.executionContext());
        return answer.whenComplete((state, failure) -> repetition.cancel());
    }

    private EntityRef<OwnerCommand> owner(String uuid) {
        return owners.computeIfAbsent(uuid, this::ref);
    }

    private EntityRef<OwnerCommand> ref(String uuid) {
        return sharding.entityRefFor(TYPE, EntityIds.of(uuid));
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
