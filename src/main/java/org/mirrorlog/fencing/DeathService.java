package org.mirrorlog.fencing;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.ClusterDomainEvent;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.KnownNodes;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.owner.Death;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.DeclaredDeaths;

/** Who is dead, known to the whole cluster and for ever (D16). Thread-safe; nothing blocks. */
public final class DeathService {
    private static final Duration SHOW_TIMEOUT = Duration.ofMillis(1_250);
    /**
     * A copy of the register that was behind starts again from the journal meanwhile; mirrors wait, so it is asked anew
     * soon.
     */
    private static final Duration DECLARE_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 10;

    private final ActorSystem<?> system;
    private final ActorRef<DeathRegister.Command> register;
    private final KnownNodes nodes;
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final DeathList deaths;
    private final boolean isNewBootProofOfDeath;
    private final LongSupplier wallClockMs;
    /** By incarnation, what is to be fenced or declared dead and is not; as many as are followed. */
    private final Map<String, HeldBack> heldBack = new ConcurrentHashMap<>();

    private record HeldBack(String why, long sinceMs) { }

    private DeathService(ActorSystem<?> system, DeathList deaths, boolean isNewBootProofOfDeath,
            LongSupplier wallClockMs) {
        this.system = system;
        this.deaths = deaths;
        this.isNewBootProofOfDeath = isNewBootProofOfDeath;
        this.wallClockMs = wallClockMs;
        this.nodes = new KnownNodes(system, isNewBootProofOfDeath, wallClockMs);
        ActorRef<DeathNews.Message> news = system.systemActorOf(
                GoesOn.of(DeathNews.Message.class, "the news of deaths", DeathNews.create(this::lookUp)), "deaths-news",
                Props.empty());
        this.register = system.systemActorOf(DeathRegister.create(record -> {
            deaths.add(record.incarnations());
            news.tell(new DeathNews.Tell(record.incarnations()));
            loaded.complete(null);
        }), "deaths", Props.empty());
        system.systemActorOf(GoesOn.of(ClusterDomainEvent.class, "who remembers nodes", remember(nodes)), "known-nodes",
                Props.empty());
    }

    /**
     * Starts this node's copy of the register.
     *
     * @param deaths filled with what was and will be declared
     * @param isNewBootProofOfDeath whether a new boot under the name of a node says that its former kernel is over
     * @param wallClockMs milliseconds since 1970
     */
    public static DeathService start(ActorSystem<?> system, DeathList deaths, boolean isNewBootProofOfDeath,
            LongSupplier wallClockMs) {
        return new DeathService(system, deaths, isNewBootProofOfDeath, wallClockMs);
    }

    private static Behavior<ClusterDomainEvent> remember(KnownNodes nodes) {
        return Behaviors.setup(context -> {
            Cluster.get(context.getSystem()).subscriptions()
                    .tell(Subscribe.create(context.getSelf(), ClusterDomainEvent.class));
            return Behaviors.receiveMessage(event -> {
                nodes.heard(event);
                return Behaviors.same();
            });
        });
    }

    /** Whoever is told of a death looks into the register: dead is what stands there, and nothing else. */
    private void lookUp(Set<String> told) {
        if (!deaths.declared().containsAll(told)) {
            register.tell(new DeathRegister.Show(told, system.ignoreRef()));
        }
    }

    /** Completes when the register has been read from the journal. */
    public CompletionStage<Void> loaded() {
        return loaded;
    }

    /** All declared deaths, oldest first; fails when the journal does not answer in time. */
    public CompletionStage<List<Death>> declared() {
        return ask(replyTo -> new DeathRegister.Show(deaths.declared(), replyTo), SHOW_TIMEOUT)
                // Behind, and read again meanwhile; or so much was declared that the register has dropped the oldest
                // ones.
                .exceptionallyCompose(behind -> ask(replyTo -> new DeathRegister.Show(Set.of(), replyTo), SHOW_TIMEOUT))
                .thenApply(DeclaredDeaths::deaths);
    }

    /** Incarnations that were members since this node started, oldest first. */
    public Collection<NodeIdentity> known() {
        return nodes.all();
    }

    /**
     * The state of a run of a machine's kernel.
     *
     * @param mayWrite a log counts on it, or one that does not answer may
     */
    public NodeState state(NodeIdentity who, boolean mayWrite) {
        return NodeState.of(nodes.facts(who), deaths.declared().contains(who.incarnation()), mayWrite);
    }

    /** Whether it was declared dead, as far as this node has heard. */
    public boolean isDeclared(String incarnation) {
        return deaths.declared().contains(incarnation);
    }

    /** For people, to go on from the name of the node: its state, and what holds back what is to be done about it. */
    public String says(NodeIdentity who, NodeState state) {
        return state.says(Optional.ofNullable(heldBack.get(who.incarnation())).map(held -> "since "
                + Instant.ofEpochMilli(held.sinceMs()).truncatedTo(ChronoUnit.SECONDS) + ": " + held.why()));
    }

    /** It is neither fenced nor declared dead as long as this is so. */
    void isHeldBack(String incarnation, String why) {
        heldBack.merge(incarnation, new HeldBack(why, wallClockMs.getAsLong()),
                (before, now) -> new HeldBack(now.why(), before.sinceMs()));
    }

    void isHeldBackNoMore(String incarnation) {
        heldBack.remove(incarnation);
    }

    /** Whose turn it is to act, for people. */
    String leader() {
        return nodes.leader();
    }

    /** Since when nothing is heard of it, in milliseconds since 1970; 0 if it is heard, or that is not known. */
    public long silentSinceMs(String incarnation) {
        return nodes.silentSinceMs(incarnation);
    }

    /** Which version of the program serves it, or did so last; empty if that is not known. */
    public Optional<String> release(String incarnation) {
        return nodes.release(incarnation);
    }

    /** Whether a member of this incarnation is within reach: then it is not dead. */
    public boolean isConnected(String incarnation) {
        return nodes.isConnected(incarnation);
    }

    /** Whether it is this node's turn to act; never once it has left or was removed itself. */
    boolean isLeader() {
        return nodes.isInside() && nodes.isLeader();
    }

    /** Whether this node may still say that it goes on and another one does not. */
    boolean isInside() {
        return nodes.isInside();
    }

    /** Whether it is within reach by another daemon than the one that the cluster says is gone. */
    boolean isConnectedBesides(NodeIdentity who, Member gone) {
        return nodes.isConnectedBesides(who, gone);
    }

    boolean isListed(Member daemon) {
        return nodes.isListed(daemon);
    }

    /** Whether that is this node itself. */
    public boolean isSelf(NodeIdentity who) {
        return nodes.isSelf(who);
    }

    /** Nodes of other names that have the machine id of this one: it proves nothing then (D16). */
    public List<NodeIdentity> othersOnThisMachine() {
        return nodes.othersOnThisMachine();
    }

    List<NodeIdentity> lostNamesakes(Member newcomer) {
        return nodes.lostNamesakes(newcomer);
    }

    /** Whether that member's machine has booted since, and may be believed. */
    boolean isOver(NodeIdentity former, Member later) {
        return nodes.hasEnded(later, former.incarnation());
    }

    KnownNodes.Namesake namesake(Member former) {
        return nodes.namesake(former);
    }

    /** Whether a machine that has booted again has ended what its former kernel was doing (a setting, D16). */
    boolean isNewBootProofOfDeath() {
        return isNewBootProofOfDeath;
    }

    /**
     * Declares these dead. Whoever calls knows that their fencing has succeeded; nothing can be taken back. When the
     * stage completes it is durable, and all owners on this node have been told. Repeating it changes nothing.
     *
     * @param by who says so, for people
     * @return all declared deaths; fails with {@link StillConnectedException} if one of them is connected (then none is
     *     declared), and when the journal does not answer in time (then declare again)
     */
    public CompletionStage<List<Death>> declare(Collection<NodeIdentity> who, String by) {
        Optional<NodeIdentity> alive = who.stream().filter(one -> isConnected(one.incarnation())).findFirst();
        if (alive.isPresent()) {
            return CompletableFuture.failedStage(new StillConnectedException(alive.get()));
        }
        long now = wallClockMs.getAsLong();
        List<Death> dying = who.stream().map(one -> new Death(one.incarnation(), one.node(), now, by)).toList();
        return declare(dying, ATTEMPTS).thenApply(record -> {
            who.forEach(one -> nodes.down(one.incarnation()));
            return record.deaths();
        });
    }

    private CompletionStage<DeclaredDeaths> declare(List<Death> dying, int attemptsLeft) {
        CompletionStage<DeclaredDeaths> attempt =
                ask(replyTo -> new DeathRegister.Declare(dying, replyTo), DECLARE_TIMEOUT);
        return attemptsLeft <= 1 ? attempt : attempt.exceptionallyCompose(failure -> declare(dying, attemptsLeft - 1));
    }

    private CompletionStage<DeclaredDeaths> ask(Function<ActorRef<DeclaredDeaths>, DeathRegister.Command> question,
            Duration timeout) {
        return AskPattern.ask(register, question::apply, timeout, system.scheduler());
    }
}
