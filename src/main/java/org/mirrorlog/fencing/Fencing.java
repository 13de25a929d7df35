package org.mirrorlog.fencing;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent.MemberDowned;
import akka.cluster.ClusterEvent.MemberEvent;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.ClusterEvent.MemberUp;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.KnownNodes;
import org.mirrorlog.cluster.NodeIdentity;

/**
 * Follows each node that the cluster removes against its will until it is known to be dead, or is back (D16). The
 * incarnation is taken from the member that was removed, before anything is done; the death is declared after that
 * succeeded. Every node follows, the leader acts: if it goes away, however much later, the next one begins anew, and to
 * fence twice harms nobody.
 */
public final class Fencing extends AbstractBehavior<Fencing.Message> {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final int MANY_LOOKS = 3_600;
    /**
     * A node that comes back at its own address makes Akka remove its former daemon, and is itself a member only then:
     * so long after the removal it is taken for lost, and not before.
     */
    private static final Duration SETTLING = Duration.ofSeconds(5);
    /** Looks at a former member that is not removed yet, for others do not hear of it. */
    private static final int MOST_SETTLING = 15;
    /** Looks at a member that was fenced, and speaks: it may have been seen just before it was off. */
    private static final int MOST_ALIVE = 5;
    private static final Set<MemberStatus> JOINING =
            Set.of(MemberStatus.joining(), MemberStatus.weaklyUp(), MemberStatus.up());

    private final FencingManner manner;
    private final FencingPolicy policy;
    private final DeathService deaths;
    private final UndecidedNodes undecided;
    private final TimerScheduler<Message> timers;
    private final FencingCases cases = new FencingCases();

    /** What it is told. */
    sealed interface Message { }

    private record Changed(MemberEvent event) implements Message { }

    private record Look(String incarnation) implements Message { }

    private record Asked(String incarnation, Optional<String> objection) implements Message { }

    private record Fenced(String incarnation, Throwable failure) implements Message { }

    private record Declared(String incarnation, Throwable failure) implements Message { }

    private Fencing(ActorContext<Message> context, TimerScheduler<Message> timers, FencingManner manner,
            DeathService deaths) {
        super(context);
        this.timers = timers;
        this.manner = manner;
        this.policy = manner.policy();
        this.deaths = deaths;
        this.undecided = new UndecidedNodes(context.getLog(), deaths);
        Cluster.get(context.getSystem()).subscriptions().tell(Subscribe.create(
                context.messageAdapter(MemberEvent.class, Changed::new), MemberEvent.class));
    }

    /**
     * Starts following.
     *
     * @param objection why this node may not act for its cluster now, empty if it may; asked before each act, and
     *     answers in bounded time
     */
    public static void start(ActorSystem<?> system, FencingPolicy policy, DeathService deaths,
            Supplier<CompletionStage<Optional<String>>> objection) {
        start(system, new FencingManner(policy, objection, LOOK_AGAIN, MANY_LOOKS), deaths);
    }

    static void start(ActorSystem<?> system, FencingManner manner, DeathService deaths) {
        system.systemActorOf(GoesOn.of(Message.class, "fencing", Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Fencing(context, timers, manner, deaths)))), "fencing", Props.empty());
    }

    @Override
    public Receive<Message> createReceive() {
        return newReceiveBuilder()
                .onMessage(Changed.class, this::changed)
                .onMessage(Look.class, this::look)
                .onMessage(Asked.class, this::asked)
                .onMessage(Fenced.class, this::fenced)
                .onMessage(Declared.class, this::declared)
                .build();
    }

    private Behavior<Message> changed(Changed message) {
        MemberEvent event = message.event();
        if (event instanceof MemberRemoved) {
            NodeIdentity.of(event.member()).map(who -> cases.get(who.incarnation())).ifPresent(this::settle);
        }
        boolean isLost = event instanceof MemberDowned
                || event instanceof MemberRemoved removed && MemberStatus.down().equals(removed.previousStatus());
        if (isLost && deaths.isInside()) {
            NodeIdentity.of(event.member()).filter(who -> !cases.isKnown(who.incarnation())
                    && !deaths.isDeclared(who.incarnation())
                    && !deaths.isSelf(who) && !deaths.isConnectedBesides(who, event.member()))
                    .ifPresent(who -> open(who, event.member()));
        } else if (JOINING.contains(event.member().status())) {
            NodeIdentity.of(event.member()).ifPresent(who -> cases.mayComeAgain(who.incarnation()));
            if (policy instanceof FencingPolicy.DowningIsFencing) {
                cases.all().forEach(one -> succeed(one, event.member()));
            }
        }
        if (event instanceof MemberUp) {
            undecided.twins(event.member(), cases::isOpen);
        }
        return this;
    }

    /** Whoever else fences acts on what the cluster decides, not on a daemon that takes its former self's place. */
    private void succeed(FencingCase one, Member newcomer) {
        if (NodeIdentity.of(newcomer).filter(one.who()::equals).isPresent()) {
            getContext().getLog().info("node {} is a member again: only its next removal is fencing", one.who().node());
            cases.forget(one.who().incarnation());
            deaths.isHeldBackNoMore(one.who().incarnation());
            timers.cancel(one.who().incarnation());
        } else if (newcomer.address().equals(one.former().address())) {
            one.successor = newcomer;
        }
    }

    private void open(NodeIdentity who, Member former) {
        if (policy instanceof FencingPolicy.Manual) {
            cases.close(who.incarnation());
            undecided.removed(who, former);
            return;
        }
        FencingCase one = new FencingCase(who, former);
        cases.open(one).ifPresent(oldest -> alarm(oldest, "too many others were removed since"));
        if (policy instanceof FencingPolicy.DowningIsFencing downing) {
            lookAfter(who.incarnation(), downing.bound());
        } else {
            settle(one);
        }
    }

    /** From now on, if nothing was done yet. */
    private void settle(FencingCase one) {
        one.takeClearance();
        if (policy instanceof FencingPolicy.Commanded && one.attempts == 0) {
            lookAfter(one.who().incarnation(), SETTLING);
        }
    }

    /** Whether the one that may have come back cannot be seen yet. */
    private boolean isSettling(FencingCase one) {
        boolean isSettling = policy instanceof FencingPolicy.Commanded && one.attempts == 0
                && one.looks <= MOST_SETTLING && deaths.isListed(one.former());
        if (isSettling) {
            lookAfter(one.who().incarnation(), manner.lookAgain());
        }
        return isSettling;
    }

    private void lookAfter(String incarnation, Duration delay) {
        timers.startSingleTimer(incarnation, new Look(incarnation), delay);
    }

    private Behavior<Message> look(Look look) {
        FencingCase one = cases.get(look.incarnation());
        if (one == null || one.isBusy) {
            return this;
        }
        boolean isCleared = one.takeClearance();
        int more = isCleared ? 0 : 1;
        if (one.isLate(more, manner.manyLooks())) {
            undecided.alarm(one.who(), "nobody declared it dead for too long");
        }
        if (deaths.isDeclared(look.incarnation())) {
            close(one);
        } else if (!one.isFenced && deaths.isConnected(look.incarnation())) {
            getContext().getLog().info("node {} is back: it is not fenced", one.who().node());
            close(one);
        } else if (one.isFenced && deaths.isConnected(look.incarnation()) && (one.looksAlive += more) > MOST_ALIVE) {
            alarm(one, "the fencing command has said that it is done, but the node is a member, and its machine has not"
                    + " booted since");
        } else if (isSettling(one) || isSpared(one) || isSucceeded(one)) {
            return this;
        } else if (!deaths.isLeader()) {
            deaths.isHeldBack(look.incarnation(), "that is for the cluster's leader, " + deaths.leader());
            lookAfter(look.incarnation(), manner.lookAgain());
        } else if (!isCleared) {
            CompletionStage<Optional<String>> question = manner.objection().get();
            one.isBusy = true;
            getContext().pipeToSelf(question, (found, failure) -> new Asked(look.incarnation(),
                    failure == null ? found : Optional.of(failure.toString())));
        } else if (one.isFenced || policy instanceof FencingPolicy.DowningIsFencing) {
            declare(one);
        } else if (one.attempts >= ((FencingPolicy.Commanded) policy).attempts()) {
            alarm(one, "fencing failed " + one.attempts + " times, at last: " + one.lastFailure);
        } else {
            fence(one, (FencingPolicy.Commanded) policy);
        }
        return this;
    }

    /** Of two sides that have removed each other the journal knows which one goes on; what it holds up is no look. */
    private Behavior<Message> asked(Asked asked) {
        FencingCase one = cases.get(asked.incarnation());
        if (one == null) {
            return this;
        }
        if (one.isNews(asked.objection())) {
            getContext().getLog().warn("node {} (boot id {}) is neither fenced nor declared dead by this node yet: {}",
                    one.who().node(), asked.incarnation(), asked.objection().get());
        }
        asked.objection().ifPresent(why -> deaths.isHeldBack(asked.incarnation(), why));
        lookAfter(asked.incarnation(), asked.objection().isEmpty() ? Duration.ZERO : manner.lookAgain());
        return this;
    }

    /**
     * A program that is given a name powers off whoever has it now. Not so a machine that has booted since, for what is
     * to be fenced is over with that; nor another one that was given the name, which only an operator can tell apart:
     * where that one has come while the program ran, it may be the one that is off.
     */
    private boolean isSpared(FencingCase one) {
        if (!(policy instanceof FencingPolicy.Commanded)) {
            return false;
        }
        KnownNodes.Namesake namesake = deaths.namesake(one.former());
        boolean isOther = namesake == KnownNodes.Namesake.TWIN || namesake == KnownNodes.Namesake.UNCLEAR;
        if (namesake == KnownNodes.Namesake.NONE || one.isFenced && !isOther) {
            return false;
        } else if (namesake == KnownNodes.Namesake.UNCLEAR) {
            lookAfter(one.who().incarnation(), manner.lookAgain());
        } else if (namesake == KnownNodes.Namesake.TWIN) {
            alarm(one, "another node has its name by now, and nothing proves that it is the same machine, booted again:"
                    + (one.isFenced ? " the program, which was given the name, may have powered off that one"
                    : " a program that is given the name might power off that one"));
        } else if (deaths.isNewBootProofOfDeath()) {
            isOver(one);
        } else {
            alarm(one, "a machine of that name has booted again, which proves nothing here"
                    + " (mirrorlog.new-boot-proves-death) and must not be fenced");
        }
        return true;
    }

    /** Whether a removal that may be Akka's own is left to others to decide. */
    private boolean isSucceeded(FencingCase one) {
        if (one.successor == null) {
            return false;
        }
        if (deaths.isNewBootProofOfDeath() && deaths.isOver(one.who(), one.successor)) {
            isOver(one);
        } else {
            alarm(one, "the node at " + one.successor.address() + " came from its address, and nothing proves that it"
                    + " is the same machine, booted again: it may have been removed for that, and fenced by nobody");
        }
        return true;
    }

    private void isOver(FencingCase one) {
        undecided.over(one.who());
        close(one);
    }

    private void close(FencingCase one) {
        cases.close(one.who().incarnation());
        deaths.isHeldBackNoMore(one.who().incarnation());
        timers.cancel(one.who().incarnation());
    }

    private void alarm(FencingCase one, String why) {
        undecided.alarm(one.who(), why);
        close(one);
    }

    private void fence(FencingCase one, FencingPolicy.Commanded command) {
        deaths.isHeldBackNoMore(one.who().incarnation());
        one.isBusy = true;
        one.attempts++;
        getContext().getLog().warn("fencing node {} (boot id {}), attempt {} of {}", one.who().node(),
                one.who().incarnation(), one.attempts, command.attempts());
        getContext().pipeToSelf(command.agent().fence(one.who(), one.address()),
                (done, failure) -> new Fenced(one.who().incarnation(), failure));
    }

    private Behavior<Message> fenced(Fenced fenced) {
        FencingCase one = cases.get(fenced.incarnation());
        if (one == null) {
            return this; // declared dead meanwhile
        }
        FencingPolicy.Commanded command = (FencingPolicy.Commanded) policy;
        one.isBusy = false;
        if (fenced.failure() == null) {
            one.isFenced = true;
            lookAfter(fenced.incarnation(), Duration.ZERO);
        } else {
            one.lastFailure = fenced.failure().getMessage();
            getContext().getLog().warn("fencing of node {} failed: {}", one.who().node(), one.lastFailure);
            boolean isLast = one.attempts >= command.attempts();
            lookAfter(fenced.incarnation(), isLast ? Duration.ZERO : command.retryAfter());
        }
        return this;
    }

    private void declare(FencingCase one) {
        one.isBusy = true;
        String how = policy instanceof FencingPolicy.Commanded ? "fencing command" : "downing is fencing";
        getContext().pipeToSelf(deaths.declare(List.of(one.who()), how),
                (done, failure) -> new Declared(one.who().incarnation(), failure));
    }

    private Behavior<Message> declared(Declared declared) {
        FencingCase one = cases.get(declared.incarnation());
        if (one == null) {
            return this;
        }
        one.isBusy = false;
        if (declared.failure() == null) {
            getContext().getLog().warn("node {} (boot id {}) is declared dead", one.who().node(),
                    one.who().incarnation());
            close(one);
        } else {
            String why = declared.failure().getMessage();
            if (one.isUndeclaredNews()) {
                getContext().getLog().warn("node {} cannot be declared dead yet ({} attempts so far): {}",
                        one.who().node(), one.undeclared, why);
            }
            deaths.isHeldBack(declared.incarnation(), "it cannot be declared dead: " + why);
            lookAfter(declared.incarnation(), manner.lookAgain());
        }
        return this;
    }
}
