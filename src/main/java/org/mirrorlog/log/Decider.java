package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a log may answer: a pure function of its history and the round. Positive answers carry at least one event, so
 * that they follow an append made after the round arrived (D3).
 */
public final class Decider {
    private Decider() {
    }

    /**
     * Whether this round begins an epoch of a disk log, so that the device must be read before {@link #decide}: nobody
     * else will be in a session then, and the instance that asks has the device open (D20). Never for an old copy: to
     * read a device in use ends its takeover.
     */
    public static boolean needsDevice(LogState state, Rules rules, Round round) {
        return round.ask() instanceof Ask.Resume resume && resume.spec().device()
                .isPresent() && !isRepeated(state, round)
                && !isOld(state, round) && !JoiningRules.isFromBefore(state, round)
                && !state.with(JoiningRules.endOlder(state, rules, round)).hasActiveBeside(round.by());
    }

    /**
     * Whether this round begins a log clean only because nobody is known to have heard of it: others are to be asked
     * before {@link #decide}, or {@link Rules#isUnheardOf} must not be said.
     */
    public static boolean needsWordOfOthers(LogState state, Rules rules, Round round) {
        return round.ask() instanceof Ask.Resume resume && resume.spec().isNosync() && state.geometry().isEmpty()
                && state.adoption().isEmpty() && !rules.isForgetful() && round.seen() == 0 && !isOld(state, round);
    }

    /**
     * Whether this round is judged by what the journal knows of a log: others are to be asked before whether they have
     * heard of more of it, for the journal may be an older copy (D2). Not after an adoption, which makes all dirty.
     */
    public static boolean reliesOnJournal(LogState state, Round round) {
        return round.ask() instanceof Ask.Resume && state.geometry().isPresent() && !isOld(state, round)
                && !isRepeated(state, round) && state.adoption().filter(Adoption::isFresh).isEmpty();
    }

    /**
     * Decides one round.
     *
     * @param state opened for the commit, with the events of the rounds decided before in it
     * @param device what the log device showed; present if {@link #needsDevice}
     * @return empty: an old copy, not to be executed and not to be answered
     */
    public static Optional<Decision> decide(LogState state, ResyncRequests requests, Rules rules, Round round,
                                            Optional<DeviceReport> device) {
        if (isOld(state, round)) {
            return Optional.empty();
        }
        LogState.Daemon daemon = state.daemons().get(round.by().incarnation());
        if (state.dead().contains(round.by().incarnation())) {
            return Optional.of(Decision.deny(new Answer.DeclaredDead()));
        }
        if (round.ask() instanceof Ask.Unknown unknown) {
            return Optional.of(Decision.deny(new Answer.Held("unsupported: the build of the log's owner does not know"
                    + " rounds of kind " + unknown.kind() + "; upgrade the other nodes")));
        }
        Member member = state.members().get(round.by());
        boolean handsOn = round.ask() instanceof Ask.HandOn;
        if (handsOn && member != null && member.isUnheard() && JoiningRules.isFromBefore(state, round)) {
            // Its stream begins anew: clears that were on their way before may be of marks that it has since (D5, D6).
            return Optional.of(JoiningRules.notHeardYet(state));
        }
        if (round.ask() instanceof Ask.Resume || round.ask() instanceof Ask.Rejoin) {
            boolean isGhost = member == null && daemon != null && daemon.daemonStart() == round.daemonStart()
                    && round.number() <= daemon.forgotten();
            return Optional.of(isGhost ? Decision.deny(new Answer.UnknownSession())
                    : JoiningRules.decide(state, requests, rules, round, device));
        }
        if (round.ask() instanceof Ask.Forget && member == null) {
            return Optional.of(new Decision(List.of(executed(round)), new Answer.Done()));
        }
        boolean isForgottenLater = round.ask() instanceof Ask.Forget && member != null && member.daemonStart()
                < round.daemonStart();
        if (isForgottenLater) {
            return Optional.of(inSession(state, requests, round));
        }
        if (member == null || member.session() != round.session() || isFromUnknownStart(round, member)) {
            // It lets a kernel go on unmarked, so a stale owner must not say it: an event first.
            boolean letsGo = round.ask() instanceof Ask.Expose;
            return Optional.of(letsGo ? new Decision(List.of(executed(round)), new Answer.UnknownSession())
                    : Decision.deny(new Answer.UnknownSession()));
        }
        return Optional.of(inSession(state, requests, round));
    }

    /** Of an earlier daemon start, or overtaken in its stream (D5). */
    private static boolean isOld(LogState state, Round round) {
        LogState.Daemon daemon = state.daemons().get(round.by().incarnation());
        Member member = state.members().get(round.by());
        if (daemon != null && round.daemonStart() < daemon.daemonStart()) {
            return true;
        }
        if (member == null || member.daemonStart() != round.daemonStart()) {
            return false;
        }
        // A session that was begun and ended between two copies of its RESUME: another table of the kernel ended it.
        boolean isOver = round.number() == member.executed() && round.ask() instanceof Ask.Resume && !member.isActive();
        return round.number() < member.executed() || isOver;
    }

    /** A restarted daemon rejoins before it asks for anything; it may give up without that. */
    private static boolean isFromUnknownStart(Round round, Member member) {
        boolean givesUp = round.ask() instanceof Ask.Leave || round.ask() instanceof Ask.Forget
                || round.ask() instanceof Ask.HandOn;
        return member.isActive() && member.daemonStart() != round.daemonStart() && !givesUp;
    }

    /** Whether the round is a repetition of the last one executed: the answer got lost, not the round. */
    static boolean isRepeated(LogState state, Round round) {
        Member member = state.members().get(round.by());
        return member != null && member.isActive() && member.daemonStart() == round.daemonStart()
                && member.executed() == round.number();
    }

    static LogEvent executed(Round round) {
        return new LogEvent.RoundExecuted(round.by(), round.daemonStart(), round.number());
    }

    private static Decision inSession(LogState state, ResyncRequests requests, Round round) {
        List<LogEvent> events = new ArrayList<>(3);
        LogState then = state;
        if (!round.clears().isEmpty()) {
            LogEvent cleared = new LogEvent.Cleared(round.by(), round.clears());
            events.add(cleared);
            then = state.with(List.of(cleared));
        }
        Decision decision = answer(then, requests, round, then.members().get(round.by()));
        events.addAll(decision.events());
        if (!events.isEmpty() && !events.contains(executed(round))) {
            events.add(executed(round));
        }
        return new Decision(events, decision.answer());
    }

    /** The answer, with its own events; an event that tells nothing but "executed" is added by the caller. */
    private static Decision answer(LogState state, ResyncRequests requests, Round round, Member member) {
        InstanceId by = round.by();
        Ask ask = round.ask();
        if (ask instanceof Ask.HandOn) {
            return done(round);
        }
        if (ask instanceof Ask.Forget) {
            return done(new LogEvent.Forgotten(by));
        }
        if (ask instanceof Ask.Leave) {
            return member.isActive() ? done(new LogEvent.Left(by)) : done(round);
        }
        if (ask instanceof Ask.Expose) {
            return expose(state, requests, by, member);
        }
        if (ask instanceof Ask.Conceal) {
            return done(new LogEvent.Exposed(by, false));
        }
        if (!member.isActive()) {
            return Decision.deny(new Answer.UnknownSession());
        }
        if (ask instanceof Ask.Mark mark) {
            return mark(state, round, mark.regions(), member);
        }
        if (ask instanceof Ask.MayWrite write) {
            return WritingRules.mayWrite(state, requests, by, write, round);
        }
        if (ask instanceof Ask.NextResync) {
            return ResyncRules.next(state, requests, by);
        }
        if (ask instanceof Ask.SetSync set) {
            return ResyncRules.setSync(state, round, set);
        }
        if (ask instanceof Ask.SyncCount) {
            return state.unsynced().isEmpty()
                    ? new Decision(List.of(new LogEvent.Hinted(by, state.regionCount())), new Answer.AllInSync())
                    : Decision.deny(new Answer.NotAllInSync());
        }
        if (ask instanceof Ask.IsClean clean) {
            boolean isClean = clean.region() < state.regionCount() && !state.dirty().contains(clean.region());
            return isClean ? new Decision(List.of(executed(round)), new Answer.Clean())
                    : Decision.deny(new Answer.NotClean());
        }
        if (ask instanceof Ask.Halt) {
            return state.recovery().filter(r -> r.recoverer().equals(by)).isPresent()
                    ? done(new LogEvent.ResyncReleased(by)) : done(round);
        }
        throw new IllegalStateException("no rule for " + ask);
    }

    /**
     * Everything counts as marked, also for a table that has left: its RESUME may have got lost. But not beside the
     * copy of a region that fell out of sync after the session began: its kernel may have been told before that it need
     * not ask there.
     */
    private static Decision expose(LogState state, ResyncRequests requests, InstanceId by, Member member) {
        RegionSet copied = copiedBeside(state, by);
        if (!copied.isEmpty() && state.lastLoss() > member.session()) {
            requests.makeWay();
            return Decision.deny(new Answer.Held("it reconnects, and region " + state.recovery().get().region()
                    + " is being copied"));
        }
        requests.goOn();
        LogEvent marked = new LogEvent.Marked(by,
                RegionSet.range(0, state.regionCount()).minus(copied).minus(member.marks()));
        return new Decision(List.of(marked, new LogEvent.Exposed(by, true)), new Answer.Done());
    }

    /** The region that somebody else recovers: it is above its hint (S12), where a kernel asks before it writes. */
    static RegionSet copiedBeside(LogState state, InstanceId by) {
        return state.recovery().filter(recovery -> !recovery.recoverer().equals(by))
                .map(recovery -> RegionSet.of(recovery.region())).orElse(RegionSet.empty());
    }

    /** R3: a mark waits for a copy of the same region by somebody else. */
    private static Decision mark(LogState state, Round round, RegionSet regions, Member member) {
        Optional<Recovery> recovery = state.recovery();
        if (recovery.isPresent() && !recovery.get().recoverer().equals(round.by())
                && regions.contains(recovery.get().region())) {
            return Decision.deny(new Answer.Held("region " + recovery.get().region() + " is being recovered by "
                    + recovery.get().recoverer()));
        }
        return member.marks().containsAll(regions) ? done(round)
                : done(new LogEvent.Marked(round.by(), regions.minus(member.marks())));
    }

    private static Decision done(LogEvent event) {
        return new Decision(List.of(event), new Answer.Done());
    }

    /** Nothing to tell but that the round was executed. */
    private static Decision done(Round round) {
        return done(executed(round));
    }
}
