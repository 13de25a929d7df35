package org.mirrorlog.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.instance.HeardNumbers;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.owner.HeardQuestion;
import org.mirrorlog.owner.Hearsay;
import org.mirrorlog.owner.OwnerBackoff;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.owner.OwnerCore;
import org.mirrorlog.owner.OwnerEffect;
import org.mirrorlog.owner.OwnerPorts;
import org.mirrorlog.owner.OwnerRuntime;
import org.mirrorlog.owner.OwnerSettings;
import org.mirrorlog.owner.Placement;
import org.mirrorlog.owner.Recipient;
import org.mirrorlog.owner.RollCall;
import org.mirrorlog.owner.Wire;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/**
 * The real owner of one log on one daemon, run by the simulation where a daemon has an actor: a mailbox, timers, and
 * the journal's answers between two commands.
 */
final class Owner implements OwnerRuntime, Placement, Recipient<OwnerCommand> {
    private static final long HEAD_READ_US = 500;
    private static final long PASS_AGAIN_US = 10_000;

    private final Simulation sim;
    private final Daemon daemon;
    private final String uuid;
    private final String name;
    private final String incarnation;
    private final OwnerCore core;
    private final Deque<OwnerCommand> mailbox = new ArrayDeque<>();
    /** What is under way for each timer. */
    private final Map<OwnerCommand, Timer> timers = new LinkedHashMap<>();
    /** Before the last commit, and its events: what a planted hole needs to know. */
    private LogState before;
    private List<LogEvent> lastEvents = List.of();
    private LogState state;
    private boolean isAtWork;
    private boolean isAppending;
    private boolean isStopped;

    /** @param asker who asks first */
    Owner(Simulation sim, Daemon daemon, String uuid, Machine asker) {
        this.sim = sim;
        this.daemon = daemon;
        this.uuid = uuid;
        this.name = daemon.name() + '#' + sim.nextOwner();
        this.incarnation = sim.has(Hole.D20_OWNER_ANYWHERE) ? asker.incarnation() : daemon.incarnation();
        OwnerBackoff backoff = daemon.backoff(uuid);
        this.core = new OwnerCore(uuid, settings(), new OwnerPorts(new OwnerDevice(sim, daemon, this),
                daemon.deaths(), this, backoff, id -> head(), hearsay()), this,
                (log, requests, rules, round, device) -> Decider
                        .decide(log, requests, Holes.rules(sim, rules), round, device)
                        .map(decision -> DecisionHoles.decided(sim, log, round, decision)));
        daemon.soon(sim.dice().between(100, 20_000) + backoff.delay().toNanos() / 1_000, () -> {
            if (!isStopped) {
                state = Holes.replayed(sim, Wire.state(sim.journal().replay(uuid)));
                before = state;
                core.replayed(state);
                workSoon();
            }
        });
    }

    private OwnerSettings settings() {
        boolean isReadBack = sim.mirror(uuid).shape().isDisk() && sim.machines().size() > 1;
        long readBackUs = isReadBack ? sim.dice().between(2_000_000, 20_000_000) : 60_000_000;
        Optional<Duration> reactivation = sim.plan().isReactivating()
                ? Optional.of(micros(sim.dice().between(5_000_000, 60_000_000))) : Optional.empty();
        return new OwnerSettings(name, incarnation, "simulated", new UUID(0, sim.journal().id()),
                sim.plan().isBootProofOfDeath(), Set.of(), reactivation, 1, micros(readBackUs));
    }

    private static Duration micros(long us) {
        return Duration.ofNanos(us * 1_000);
    }

    String uuid() {
        return uuid;
    }

    String name() {
        return name;
    }

    /** After the last commit. */
    LogState state() {
        return state;
    }

    /** Before the last commit. */
    LogState before() {
        return before;
    }

    /** Those of the last commit. */
    List<LogEvent> lastEvents() {
        return lastEvents;
    }

    boolean isStopped() {
        return isStopped;
    }

    /** It ends as it is; appends under way still arrive. */
    void end() {
        isStopped = true;
        timers.clear();
        mailbox.clear();
        core.ended();
    }

    // --- asked

    void gather(OwnerCommand.Ask sent, Machine from) {
        Round round = sent.round();
        Round asked = state == null ? round : Holes.asked(sim, state, round);
        tell(new OwnerCommand.Ask(asked, sent.device(), new Asker(round, from)));
        if (sim.has(Hole.D3_DEPOSED_SAYS_CLEAN) && state != null && round.ask() instanceof Ask.IsClean clean
                && !state.dirty().contains(clean.region())) {
            new Asker(round, from).tell(new RoundAnswer(uuid, round.by(), round.daemonStart(), round.number(),
                    state.number(), 0, state.syncCount(), state.provableHint(), state.lastLoss(), state.health(),
                    new Answer.Clean()));
        }
    }

    void adopt() {
        tell(new OwnerCommand.Adopt(true, new Recipient<>() {
            @Override
            public void tell(LogState adopted) {
                if (lastEvents.stream().noneMatch(LogEvent.Adopted.class::isInstance)) {
                    sim.hit(Fault.ADOPTED_TWICE);
                }
            }

            @Override
            public boolean isElsewhere() {
                return false;
            }
        }));
    }

    /** Whoever has sent a round, or is told something besides. */
    private final class Asker implements Recipient<FromOwner> {
        private final Round round;
        private final Machine from;

        Asker(Round round, Machine from) {
            this.round = round;
            this.from = from;
        }

        @Override
        public void tell(FromOwner message) {
            if (message instanceof Notice notice) {
                sim.network().send(daemon.machine(), from, () -> from.tell(notice));
                return;
            }
            RoundAnswer answer = Holes.answered((RoundAnswer) message, round);
            sim.trace().add(daemon.name(), "owner answers", round.by(), round.ask(), "no", round.number(),
                    answer.answer(), "at", answer.logNumber());
            if (answer.answer() instanceof Answer.Held held && held.reason().contains("please report this")) {
                throw new Violation("Rules", held.reason());
            }
            if (answer.answer() instanceof Answer.Held held && held.reason().contains("mirrorlogctl adopt")) {
                sim.hit(Fault.JOURNAL_DOUBTED);
                sim.operator().hearsOfDoubt(uuid);
            }
            sim.mirror(uuid).checkers().ownerAnswers(round, answer);
            RoundAnswer received = isElsewhere() ? Wire.answer(answer) : answer;
            sim.network().send(daemon.machine(), from, () -> from.answer(received));
        }

        @Override
        public boolean isElsewhere() {
            return from != daemon.machine();
        }
    }

    // --- at work

    @Override
    public void tell(OwnerCommand command) {
        if (isStopped) {
            return;
        }
        if (command instanceof OwnerCommand.HeardAnswer answer && state != null) {
            boolean isMore = answer.number() > state.number();
            if (isMore) {
                sim.hit(state.geometry().isEmpty() ? Fault.HEARD_ELSEWHERE : Fault.HEARD_OF_MORE);
            }
        }
        mailbox.add(command);
        workSoon();
    }

    private void workSoon() {
        if (state != null && !isAtWork && !isAppending && !isStopped && !mailbox.isEmpty()) {
            isAtWork = true;
            daemon.soon(EventQueue.Kind.TURN, sim.dice().between(1, 300), this::work);
        }
    }

    /** What has come so far, up to the decision. */
    private void work() {
        isAtWork = false;
        boolean hasDecided = false;
        while (!isStopped && !isAppending && !hasDecided && !mailbox.isEmpty()) {
            OwnerCommand command = mailbox.poll();
            hasDecided = command instanceof OwnerCommand.DecideNow;
            follow(command, core.handle(state, command));
        }
        workSoon();
    }

    private void follow(OwnerCommand command, OwnerEffect effect) {
        if (effect instanceof OwnerEffect.Persist persist) {
            append(persist.commit());
        } else if (effect instanceof OwnerEffect.Stop) {
            if (command instanceof OwnerCommand.DecideNow) {
                sim.operator().hearsOfShortHistory(uuid);
            }
            end();
        }
    }

    private void append(Commit commit) {
        isAppending = true;
        LogState now = state;
        if (sim.has(Hole.D3_ANSWER_BEFORE_APPEND)) {
            persisted(now, commit);
        }
        sim.journal().append(uuid, now.number(), Wire.commit(commit), outcome -> daemon.soon(0, () -> {
            if (isStopped) {
                return;
            }
            if (outcome != Journal.Outcome.ACCEPTED) {
                sim.trace().add(daemon.name(), "owner", name, "stops: its append failed");
                end();
                return;
            }
            isAppending = false;
            if (!sim.has(Hole.D3_ANSWER_BEFORE_APPEND)) {
                persisted(now, commit);
            }
            workSoon();
        }));
    }

    private void persisted(LogState then, Commit commit) {
        before = then;
        lastEvents = commit.events();
        state = Holes.after(sim, then, commit);
        core.persisted(state);
    }

    // --- what the core finds around it

    @Override
    public Recipient<OwnerCommand> self() {
        return this;
    }

    @Override
    public boolean isElsewhere() {
        return false;
    }

    @Override
    public void startTimer(OwnerCommand command, Duration after) {
        schedule(command, after, false);
    }

    @Override
    public void repeat(OwnerCommand command, Duration every) {
        schedule(command, every, true);
    }

    private void schedule(OwnerCommand command, Duration after, boolean isRepeated) {
        Timer timer = new Timer(after, isRepeated);
        timers.put(command, timer);
        daemon.soon(EventQueue.Kind.TIMER, after.toNanos() / 1_000, () -> {
            if (timers.get(command) == timer) {
                fire(command);
            }
        });
    }

    /** What has timers under way. */
    List<OwnerCommand> timed() {
        return List.copyOf(timers.keySet());
    }

    void fire(OwnerCommand command) {
        Timer timer = timers.remove(command);
        if (timer.isRepeated) {
            schedule(command, timer.after, true);
        }
        tell(command);
    }

    /** Each one is another. */
    private static final class Timer {
        private final Duration after;
        private final boolean isRepeated;

        Timer(Duration after, boolean isRepeated) {
            this.after = after;
            this.isRepeated = isRepeated;
        }
    }

    @Override
    public void cancelTimer(OwnerCommand command) {
        timers.remove(command);
    }

    @Override
    public boolean isTimerActive(OwnerCommand command) {
        return timers.containsKey(command);
    }

    @Override
    public String persistenceId() {
        return uuid;
    }

    @Override
    public long sequenceNumber() {
        return state.number();
    }

    @Override
    public Optional<String> tooOldFor(int format) {
        return Optional.empty();
    }

    @Override
    public Logger log() {
        return NOPLogger.NOP_LOGGER;
    }

    /** Only who is not deposed rewrites the device (D3). */
    private CompletionStage<Long> head() {
        CompletableFuture<Long> head = new CompletableFuture<>();
        daemon.soon(HEAD_READ_US, () -> head.complete(sim.has(Hole.D3_UNPROVEN_READ_BACK) ? state.number()
                : sim.journal().truth(uuid).number()));
        return head;
    }

    private Hearsay hearsay() {
        return new Hearsay(() -> sim.has(Hole.D2_ASKS_NOBODY) ? Map.of() : sim.operator().nodes(), this::withinReach,
                this::callTheRoll, this::question, sim.journal().isAnother());
    }

    private Map<String, String> withinReach() {
        if (sim.plan().mayForgetUnnoticed() && !sim.has(Hole.D2_TRUSTS_WHAT_IT_KNOWS)) {
            // Who is not, will soon be (FaultInjector.outage), and is awaited.
            return sim.operator().nodes();
        }
        Map<String, String> within = new LinkedHashMap<>();
        if (!sim.has(Hole.D2_TRUSTS_WHAT_IT_KNOWS)) {
            sim.machines().stream().filter(m -> m.daemon().isPresent()
                            && sim.network().isCut(m) == sim.network().isCut(daemon.machine()))
                    .forEach(m -> within.put(m.incarnation(), m.node()));
        }
        return within;
    }

    private void question(HeardQuestion question) {
        for (Machine machine : sim.machines()) {
            sim.network().send(daemon.machine(), machine, () -> machine.daemon()
                    .ifPresent(there -> there.soon(0, () -> {
                // Each of the two rules alone would be enough: the device is doubted, and others have heard of more.
                var heard = sim.has(Hole.D21_ANY_JOURNAL) ? HeardNumbers.Last.NEVER : there.whatItHasHeardOf(uuid);
                var answer = new OwnerCommand.HeardAnswer(there.incarnation(), heard.number() > 0, heard.number(),
                        heard.term());
                sim.network().send(machine, daemon.machine(),
                        () -> daemon.soon(0, () -> question.replyTo().tell(answer)));
            })));
        }
    }

    private void callTheRoll(RollCall call) {
        for (Machine machine : sim.machines()) {
            sim.network().send(daemon.machine(), machine, () ->
                    machine.daemon().filter(there -> there.isWithout(uuid) && !there.isPaused()).ifPresent(there -> {
                        var none = new OwnerCommand.NoTable(machine.node(), machine.incarnation(), call.adoptedAt(),
                                machine.former());
                        sim.network().send(machine, daemon.machine(), () -> daemon.hearAbsent(uuid, none));
                    }));
        }
    }

    // --- placed

    @Override
    public void move(String log, Recipient<FromOwner> user) {
        Machine next = ((Asker) user).from;
        if (next.daemon().isEmpty()) {
            // Not a member: sharding leaves the log where it is.
            return;
        }
        sim.trace().add(daemon.name(), "owner", name, "belongs on", next);
        sim.placement().moveTo(log, daemon, next);
        daemon.soon(sim.dice().between(100, 50_000), () -> daemon.handOver(log, this));
    }

    @Override
    public void stay(String log) {
        sim.placement().stay(log, daemon);
    }

    @Override
    public void pass(String log, OwnerCommand.Ask ask) {
        Asker asker = (Asker) ask.replyTo();
        daemon.soon(PASS_AGAIN_US, () -> {
            Machine next = sim.placement().ownerOf(log, daemon.machine());
            sim.network().send(daemon.machine(), next, () -> next.ask(
                    new OwnerCommand.Ask(asker.round, ask.device(), ask.replyTo()), asker.from));
        });
    }
}
