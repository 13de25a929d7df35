package org.mirrorlog.membership;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.logging.Failures;

/** Has {@link StayRule} decide about the journal's row, as long as this node is a member, and does it. */
public final class ClusterKeeper extends AbstractBehavior<ClusterKeeper.Message> {
    /** How often it looks whether something is due. */
    static final Duration TICK = Duration.ofSeconds(1);
    private static final long TICKS = RowView.RENEWED_EVERY.dividedBy(TICK);
    /** A stop does not wait longer for the journal: then the row expires. */
    private static final Duration LEAVE_WITHIN = Duration.ofSeconds(2);
    private static final int LEAVE_ATTEMPTS = 5;
    private static final Set<MemberStatus> STAYING =
            Set.of(MemberStatus.joining(), MemberStatus.weaklyUp(), MemberStatus.up());

    private final Cluster cluster;
    private final ClusterRow row;
    private final Consumer<LivingCluster> outlived;
    private String id = "";
    private boolean wasNamed;
    private boolean wasMissed;
    private boolean isAsking;
    private boolean isEnding;
    private boolean isTroubled;
    private long ticks = TICKS;
    private Set<Seat> written = Set.of();

    /** What it hears. */
    sealed interface Message { }

    private enum Tick implements Message { INSTANCE }

    private record Read(ClusterRow.Seen seen) implements Message { }

    private record Written(String id, Set<Seat> members) implements Message { }

    private record Failed(String why) implements Message {
        static Failed of(Throwable failure) {
            return new Failed(String.valueOf(Failures.cause(failure).getMessage()));
        }
    }

    private ClusterKeeper(ActorContext<Message> context, ClusterRow row, Consumer<LivingCluster> outlived) {
        super(context);
        this.cluster = Cluster.get(context.getSystem());
        this.row = row;
        this.outlived = outlived;
    }

    /**
     * Begins, on a node that is a member.
     *
     * @param outlived told once, on some thread, if another cluster goes on, or this one without this node
     */
    public static void start(ActorSystem<?> system, ClusterRow row, Consumer<LivingCluster> outlived) {
        Behavior<Message> behavior = Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
            return new ClusterKeeper(context, row, outlived);
        }));
        system.systemActorOf(GoesOn.of(Message.class, "who keeps the row of the cluster", behavior), "cluster-keeper",
                Props.empty());
    }

    @Override
    public Receive<Message> createReceive() {
        return newReceiveBuilder().onMessageEquals(Tick.INSTANCE, this::tick).onMessage(Read.class, this::read)
                .onMessage(Written.class, this::written).onMessage(Failed.class, this::failed).build();
    }

    private Behavior<Message> tick() {
        ticks++;
        StayRule.Own own = own();
        boolean isDue = ticks >= TICKS || own.isWriter() && !own.members().equals(written);
        if (!isAsking && !isEnding && isDue && own.members().contains(own.self())) {
            ticks = 0;
            isAsking = true;
            getContext().pipeToSelf(row.read(), (seen, failure) ->
                    failure == null ? new Read(seen) : Failed.of(failure));
        }
        return this;
    }

    private StayRule.Own own() {
        CurrentClusterState state = cluster.state();
        Member member = cluster.selfMember();
        Set<Seat> members = new HashSet<>();
        for (Member other : state.getMembers()) {
            if (STAYING.contains(other.status())) {
                members.add(SharedStart.seat(other.uniqueAddress()));
            }
        }
        boolean isWriter = cluster.selfAddress().equals(state.getLeader()) && member.status() == MemberStatus.up();
        return new StayRule.Own(id, SharedStart.seat(member.uniqueAddress()), members, isWriter, wasNamed,
                wasMissed);
    }

    private Behavior<Message> read(Read message) {
        isAsking = false;
        isTroubled = false;
        RowView view = RowView.of(message.seen().text(), message.seen().left());
        StayRule.Own own = own();
        if (!own.members().contains(own.self())) {
            return this; // it leaves, or was removed
        }
        StayRule.Step step = StayRule.next(own, view);
        wasMissed = step instanceof StayRule.Missed;
        if (step instanceof StayRule.End end) {
            isEnding = true;
            outlived.accept(end.others());
        } else if (step instanceof StayRule.Write write) {
            write(message.seen(), write.id().isEmpty() ? UUID.randomUUID().toString() : write.id(), write.members());
        } else if (step instanceof StayRule.Stay stay) {
            id = stay.id();
            if (view instanceof RowView.Living living) {
                written = living.cluster().members();
                wasNamed |= written.contains(own.self());
            }
        }
        return this;
    }

    private void write(ClusterRow.Seen seen, String as, Set<Seat> members) {
        isAsking = true;
        String text = LivingCluster.of(as, members).text();
        getContext().pipeToSelf(row.replace(seen, text, Optional.of(RowView.LIFE)), (now, failure) ->
                failure != null ? Failed.of(failure)
                        : new Written(as, now.text().filter(text::equals).isPresent() ? members : Set.of()));
    }

    /** Where somebody else was quicker it is read again, at once. */
    private Behavior<Message> written(Written message) {
        isAsking = false;
        written = message.members();
        if (!written.isEmpty()) {
            id = message.id();
            wasNamed = true;
        } else {
            ticks = TICKS;
        }
        return this;
    }

    private Behavior<Message> failed(Failed message) {
        isAsking = false;
        if (!isTroubled) {
            getContext().getLog().warn("the journal is not told that this cluster lives ({}), and this is tried again:"
                    + " {}", row.where(), message.why());
        }
        isTroubled = true;
        return this;
    }

    /** Has this start struck out of the row when it ends in order: then nobody waits for it. */
    static void leaveInOrder(ActorSystem<?> system, ClusterRow row) {
        Seat self = SharedStart.seat(Cluster.get(system).selfMember().uniqueAddress());
        CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
        shutdown.addTask(CoordinatedShutdown.PhaseClusterExitingDone(), "leaving the journal's row", () ->
                strikeOut(row, self, LEAVE_ATTEMPTS).toCompletableFuture()
                        .completeOnTimeout(Done.getInstance(), LEAVE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                        .exceptionally(failure -> Done.getInstance()));
    }

    private static CompletionStage<Done> strikeOut(ClusterRow row, Seat self, int attempts) {
        return row.read().thenCompose(seen -> {
            Optional<LivingCluster> named = seen.text().flatMap(LivingCluster::parse)
                    .filter(cluster -> attempts > 0 && cluster.seats().contains(self));
            return named.isEmpty() ? CompletableFuture.completedStage(Done.getInstance())
                    : row.replace(seen, named.get().without(self.address()).text(), Optional.empty())
                            .thenCompose(now -> strikeOut(row, self, attempts - 1));
        });
    }
}
