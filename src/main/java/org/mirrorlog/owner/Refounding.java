package org.mirrorlog.owner;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.StashBuffer;
import akka.actor.typed.javadsl.TimerScheduler;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.log.LogState;
import org.mirrorlog.owner.OwnerCommand.Adopt;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.AskOthers;
import org.mirrorlog.owner.OwnerCommand.HeardAnswer;
import org.mirrorlog.owner.OwnerCommand.Refounded;
import org.mirrorlog.owner.OwnerCommand.RemainsRead;
import org.mirrorlog.owner.OwnerCommand.Stop;

/**
 * Stands in for the owner of a log whose history is lost in part, while that is adopted as the operator has ordered:
 * reads who comes up in what is left of it, asks what the nodes within reach have heard of it, has a {@link Refounder}
 * write the adoption, then lets an owner begin. What comes meanwhile is that owner's, the order too, which finds itself
 * carried out.
 */
final class Refounding {
    /**
     * The log.
     *
     * @param owner of it, from its replay on
     */
    record Log(String uuid, OwnerSettings settings, OwnerPorts around, Behavior<OwnerCommand> owner,
            RescuePatience patience) { }

    /**
     * What an adoption is decided on.
     *
     * @param replayed as far as the log could be read
     * @param head number of the journal's last commit of the log, read before that
     */
    record Basis(LogState replayed, long head) { }

    private final ActorContext<OwnerCommand> context;
    private final TimerScheduler<OwnerCommand> timers;
    private final StashBuffer<OwnerCommand> waiting;
    private final Log log;
    private final Basis basis;
    private final Set<String> answered = new HashSet<>();
    /** By incarnation, who may be in a session. */
    private final Map<String, String> nodes = new LinkedHashMap<>();
    private long heard;
    private boolean isRead;
    private boolean isPatienceOver;
    private boolean isWriting;

    private Refounding(ActorContext<OwnerCommand> context, TimerScheduler<OwnerCommand> timers,
            StashBuffer<OwnerCommand> waiting, Log log, Basis basis) {
        this.context = context;
        this.timers = timers;
        this.waiting = waiting;
        this.log = log;
        this.basis = basis;
    }

    /** Carries orders out. */
    static Behavior<OwnerCommand> of(Log log, Basis basis, List<Adopt> orders) {
        return Behaviors.withTimers(timers -> Behaviors.withStash(RoundQueue.MOST, waiting ->
                Behaviors.setup(context -> {
                    orders.forEach(waiting::stash);
                    return new Refounding(context, timers, waiting, log, basis).begin();
                })));
    }

    private Behavior<OwnerCommand> begin() {
        Optional<String> tooOld = Builds.get(context.getSystem()).tooOldFor(Adopting.FORMAT);
        if (tooOld.isPresent()) {
            context.getLog().error("log {}: it cannot be adopted {}", log.uuid(), tooOld.get());
            return Behaviors.stopped();
        }
        nodes.putAll(log.around().hearsay().nodes().get());
        Remains remains = new Remains();
        context.pipeToSelf(log.around().heads().remains(PersistenceIds.of(log.uuid()).id(), remains::take)
                        .toCompletableFuture().copy()
                        .orTimeout(log.patience().remains().toMillis(), TimeUnit.MILLISECONDS),
                (read, failure) -> new RemainsRead(remains, Optional.ofNullable(failure)));
        timers.startSingleTimer(AskOthers.INSTANCE, log.patience().others());
        log.around().hearsay().question().accept(new HeardQuestion(log.uuid(),
                new ActorRecipient<>(context.getSelf())));
        return Behaviors.receive(OwnerCommand.class)
                .onMessage(Ask.class, this::keep)
                .onMessage(Adopt.class, this::keep)
                .onMessage(HeardAnswer.class, this::heard)
                .onMessageEquals(AskOthers.INSTANCE, this::patienceIsOver)
                .onMessage(RemainsRead.class, this::read)
                .onMessage(Refounded.class, this::written)
                .onMessageEquals(Stop.INSTANCE, () -> DelayedOwner.passOn(waiting, log.uuid(),
                        log.around().placement()))
                .onMessage(OwnerCommand.class, other -> Behaviors.same())
                .build();
    }

    private Behavior<OwnerCommand> keep(OwnerCommand message) {
        if (message instanceof Ask ask) {
            heard = Math.max(heard, ask.round().seen());
            nodes.put(ask.round().by().incarnation(), ask.round().node());
        }
        if (!waiting.isFull()) {
            waiting.stash(message);
        }
        return Behaviors.same();
    }

    private Behavior<OwnerCommand> heard(HeardAnswer answer) {
        heard = Math.max(heard, answer.number());
        answered.add(answer.incarnation());
        return goOn();
    }

    private Behavior<OwnerCommand> read(RemainsRead read) {
        if (read.failure().isPresent()) {
            return failed(read.failure().get());
        }
        heard = Math.max(heard, read.remains().number());
        Remains.merge(read.remains().nodes(), nodes);
        isRead = true;
        return goOn();
    }

    private Behavior<OwnerCommand> patienceIsOver() {
        isPatienceOver = true;
        return goOn();
    }

    /** Writes, once, and nothing where somebody else has written since the basis was read (D1). */
    private Behavior<OwnerCommand> goOn() {
        boolean isHeard = isPatienceOver
                || answered.containsAll(log.around().hearsay().withinReach().get().keySet());
        if (isWriting || !isRead || !isHeard) {
            return Behaviors.same();
        }
        isWriting = true;
        // Who has come up since it began.
        Remains.merge(log.around().hearsay().nodes().get(), nodes);
        timers.cancel(AskOthers.INSTANCE);
        CompletableFuture<LogState> result = new CompletableFuture<>();
        Adapter.actorOf(context, Refounder.props(PersistenceIds.of(log.uuid()).id(), new Refounder.Order(basis,
                log.settings().name(), Math.max(heard, log.around().backoff().highestHeard()), nodes), result));
        context.pipeToSelf(result, (state, failure) -> new Refounded(Optional.ofNullable(failure)));
        return Behaviors.same();
    }

    private Behavior<OwnerCommand> written(Refounded end) {
        if (end.failure().isPresent()) {
            return failed(end.failure().get());
        }
        Adopting.tell(log.uuid(), context.getLog());
        return waiting.unstashAll(log.owner());
    }

    private Behavior<OwnerCommand> failed(Throwable why) {
        context.getLog().error("log {}: it could not be adopted ({}): order it again", log.uuid(), why.toString());
        return Behaviors.stopped();
    }
}
