package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.mirrorlog.protocol.LogSpec;

/** RESUME and rejoin: who comes in, from which bits an epoch starts (protocol 5.2; D13, D16–D19, D21). */
final class JoiningRules {
    private JoiningRules() {
    }

    static Decision decide(LogState state, ResyncRequests requests, Rules rules, Round round,
            Optional<DeviceReport> device) {
        if (isFromBefore(state, round)) {
            return notHeardYet(state);
        }
        if (round.ask() instanceof Ask.Resume resume) {
            return resume(state, rules, round, resume.spec(), device);
        }
        Decision decision = rejoin(state, round, (Ask.Rejoin) round.ask());
        if (decision.answer() instanceof Answer.Joined) {
            requests.goOn();
        } else if (decision.answer() instanceof Answer.Held && state.recovery().isPresent()) {
            requests.makeWay();
        }
        return decision;
    }

    /** The answer tells the asker of the adoption. */
    static Decision notHeardYet(LogState state) {
        return Decision.deny(new Answer.Held("the log was adopted by commit " + state.adoption().orElseThrow().at()
                + ": it comes in with its next attempt"));
    }

    /**
     * Whether the asker has not heard of the adoption: what it asked before may arrive long after, and the log has
     * forgotten what it had executed (D5). Asked again, it has.
     */
    static boolean isFromBefore(LogState state, Round round) {
        return state.adoption().isPresent() && round.seen() < state.adoption().get().at();
    }

    private static Decision resume(LogState state, Rules rules, Round round, LogSpec spec,
            Optional<DeviceReport> device) {
        InstanceId by = round.by();
        if (Decider.isRepeated(state, round)) {
            return joined(state, round, List.of(Decider.executed(round)));
        }
        List<LogEvent> events = new ArrayList<>(endOlder(state, rules, round));
        boolean isOtherTable = round.session() == 0 && state.members().containsKey(by);
        if (isOtherTable) {
            // The kernel gives an address away only after the table that had it was destroyed; nobody heard of that.
            events.add(new LogEvent.Forgotten(by));
        }
        LogState then = state.with(events);
        Geometry geometry = Geometry.of(spec);
        if (then.hasActiveBeside(by)) {
            if (!then.geometry().equals(Optional.of(geometry))) {
                return Decision.deny(new Answer.Held("the log is in use with another geometry: "
                        + then.geometry().map(Geometry::toString).orElse("none") + "; asked for " + geometry));
            }
        } else {
            events.add(new LogEvent.EpochBegan(geometry, dirtyAtStart(then, rules, round, spec, device)));
        }
        events.add(new LogEvent.Joined(by, round.node(), round.daemonStart()));
        events.add(Decider.executed(round));
        return joined(state, round, events);
    }

    /**
     * Earlier runs of the asker's kernel, which are over. The machine says so itself: a node name that is the same
     * proves nothing, for another machine may have been given it (D16). The log need not have heard of such a run: a
     * RESUME of it may still be under way, and must not be executed.
     */
    private static Stream<String> former(LogState state, Round round, Ask.Resume resume) {
        return resume.former().stream()
                .filter(incarnation -> !incarnation.equals(round.by().incarnation())
                        && !state.dead().contains(incarnation) && isOfNode(state, incarnation, round.node()))
                .distinct().sorted();
    }

    /** Whether nothing that the log knows of an incarnation says that it runs on another node. */
    private static boolean isOfNode(LogState state, String incarnation, String node) {
        return state.members().entrySet().stream().filter(e -> e.getKey().incarnation().equals(incarnation))
                .allMatch(e -> e.getValue().node().equals(node))
                && state.adoption().map(a -> a.awaited().get(incarnation))
                        .filter(name -> !name.equals(node) && !name.equals(incarnation)).isEmpty();
    }

    /** Sessions that this RESUME proves to be over: an older boot of the same machine, another table of this kernel. */
    static List<LogEvent> endOlder(LogState state, Rules rules, Round round) {
        List<LogEvent> events = new ArrayList<>();
        if (rules.isNewBootProofOfDeath() && round.ask() instanceof Ask.Resume resume) {
            former(state, round, resume).forEach(incarnation -> events.add(new LogEvent.Died(incarnation)));
        }
        state.members().forEach((id, member) -> {
            if (member.mayRun() && id.incarnation().equals(round.by().incarnation())) {
                events.add(new LogEvent.Left(id));
            }
        });
        return events;
    }

    /** The bits of an epoch: dirty regions, which are out of sync from the start. */
    private static RegionSet dirtyAtStart(LogState state, Rules rules, Round round, LogSpec spec,
            Optional<DeviceReport> device) {
        Geometry now = Geometry.of(spec);
        RegionSet all = now.allRegions();
        boolean isForgotten = state.geometry().isEmpty() && (rules.isForgetful() || round.seen() > 0
                || spec.isNosync() && !rules.isUnheardOf());
        if (isForgotten || state.adoption().filter(Adoption::isFresh).isPresent()) {
            return all;
        }
        RegionSet unknown = spec.isNosync() ? RegionSet.empty() : all;
        RegionSet told;
        if (spec.type() == LogSpec.LogType.DISK) {
            told = dirtyOnDevice(device.orElseThrow(() ->
                    new IllegalStateException("the log device was not read")), all,
                    unknown);
        } else {
            boolean keepsItsBits = state.members().containsKey(round.by()) && state.geometry().equals(Optional.of(now));
            told = keepsItsBits ? RegionSet.empty() : unknown;
        }
        if (state.geometry().isEmpty()) {
            return told;
        }
        Geometry before = state.geometry().get();
        if (Retirement.isUnknown(state)) {
            return all;
        }
        RegionSet grown = unknown.and(now.regionsNewSince(before));
        if (before.regionSizeSectors() != now.regionSizeSectors()) {
            boolean wasWhollyClean = state.dirty().isEmpty() && told.minus(grown).isEmpty();
            return wasWhollyClean ? grown : all;
        }
        return told.with(grown).with(state.dirty().below(now.regionCount()));
    }

    private static RegionSet dirtyOnDevice(DeviceReport report, RegionSet all, RegionSet unknown) {
        if (report instanceof DeviceReport.Readable readable) {
            boolean isPartial = Long.compareUnsigned(readable.knownRegions(), all.size()) < 0;
            RegionSet known = isPartial ? all.below(readable.knownRegions()) : all;
            return known.minus(readable.clean()).with(unknown.minus(known));
        }
        return report instanceof DeviceReport.Blank ? unknown : all;
    }

    private static Decision joined(LogState state, Round round, List<LogEvent> events) {
        LogState then = state.with(events);
        Member member = then.members().get(round.by());
        return new Decision(events,
                new Answer.Joined(member.session(), then.unsynced(), member.grants(), member.hint()));
    }

    /**
     * A restarted daemon of a running kernel. What its record holds is what the kernel holds; what the log has beyond
     * it was given up before the crash (D6). Without a record everything counts as marked and every hint as given
     * (D15).
     */
    private static Decision rejoin(LogState state, Round round, Ask.Rejoin ask) {
        InstanceId by = round.by();
        Member member = state.members().get(by);
        Geometry geometry = Geometry.of(ask.spec());
        boolean isRecordLost = ask.session() == 0;
        boolean isKnown = member != null && member.isActive() && (isRecordLost || member.session() == ask.session());
        boolean isCopyElsewhere = state.recovery().filter(recovery -> !recovery.recoverer().equals(by)).isPresent();
        boolean isOfBefore = isOfBefore(state, member, ask);
        if ((isKnown || isOfBefore) && isRecordLost && isCopyElsewhere) {
            // Whoever is taken to hold every mark and hint may write where it likes: not beside a copy.
            return Decision.deny(new Answer.Held("its record is lost, and region "
                    + state.recovery().get().region() + " is being copied"));
        }
        if (isOfBefore) {
            return restore(state, round, ask);
        }
        if (isKnown) {
            return state.geometry().equals(Optional.of(geometry)) ? readmit(state, round, ask, isRecordLost)
                    : Decision.deny(new Answer.Held("the record says " + geometry + ", the journal "
                            + state.geometry().map(Geometry::toString).orElse("nothing")));
        }
        // A session that the journal has ended is over. One that it has not heard of yet was begun in a longer history.
        boolean isJournalOlder = state.geometry().isEmpty()
                || !isRecordLost && (member == null || member.session() < ask.session());
        if (isJournalOlder) {
            return unknown(state, ask);
        }
        // It ends the session of a running table, and who has lost its record cannot tell a short history (D2): an
        // event first.
        return new Decision(List.of(Decider.executed(round)), new Answer.UnknownSession());
    }

    /** A running table whose session is not in this journal: the journal was lost, exchanged, or put back (D2, D21). */
    private static Decision unknown(LogState state, Ask.Rejoin ask) {
        return Decision.deny(new Answer.Held("the journal knows nothing of this running table"
                + (state.geometry().isEmpty() ? "" : "'s session " + ask.session() + ", though it goes on to commit "
                + (state.number() - 1))
                + "; it may belong to another journal, or to a later copy of this one: bring"
                + " that one back, or adopt the log (mirrorlogctl adopt)"));
    }

    /**
     * Whether a running table is in a session that was begun before the adoption. None that comes late, after regions
     * may have been recovered: its kernel may have written there, and the log has to be adopted once more.
     */
    private static boolean isOfBefore(LogState state, Member member, Ask.Rejoin ask) {
        boolean isNewHere = member != null && !state.isBeforeAdoption(member.session());
        return state.isBeforeAdoption(ask.session()) && !isNewHere
                && (state.isAwaiting() || state.adoption().get().isFresh());
    }

    /**
     * It goes on as its record says. The log takes it for marking everything and asking about nothing; and where the
     * record is lost, for writing everything on one leg (D15).
     */
    private static Decision restore(LogState state, Round round, Ask.Rejoin ask) {
        InstanceId by = round.by();
        Geometry geometry = Geometry.of(ask.spec());
        boolean isOtherGeometry = !state.geometry().equals(Optional.of(geometry));
        boolean isAlone = state.members().entrySet().stream()
                .allMatch(e -> e.getKey().equals(by) || !e.getValue().isActive() || e.getValue().isUnheard());
        if (isOtherGeometry && !isAlone) {
            return Decision.deny(new Answer.Held("to be taken up once all others use " + geometry));
        }
        List<LogEvent> events = new ArrayList<>();
        if (isOtherGeometry) {
            events.add(new LogEvent.EpochBegan(geometry, geometry.allRegions()));
        }
        boolean isRecordLost = ask.session() == 0;
        long session = isRecordLost ? state.adoption().get().at() : ask.session();
        RegionSet all = geometry.allRegions();
        RegionSet grants = isRecordLost ? all : ask.grants().below(geometry.regionCount());
        events.add(new LogEvent.TakenUp(by, round.node(), round.daemonStart(), session,
                all.minus(Decider.copiedBeside(state.with(events), by)), geometry.regionCount(), grants));
        events.add(Decider.executed(round));
        LogState then = state.with(events);
        return new Decision(events, new Answer.Joined(session, then.unsynced(), then.members().get(by).grants(),
                isRecordLost ? geometry.regionCount() : ask.hint()));
    }

    private static Decision readmit(LogState state, Round round, Ask.Rejoin ask, boolean assumeAll) {
        InstanceId by = round.by();
        Geometry geometry = Geometry.of(ask.spec());
        List<LogEvent> events = new ArrayList<>();
        // Nothing is in flight where somebody else copies: a mark there was never flushed, or is only feared (R3, 1.7).
        RegionSet marks = assumeAll ? geometry.allRegions() : ask.marks().minus(Decider.copiedBeside(state, by));
        events.add(new LogEvent.Rejoined(by, round.daemonStart(), marks));
        events.add(new LogEvent.Hinted(by, assumeAll ? geometry.regionCount() : ask.hint()));
        RegionSet grants = assumeAll ? ask.grants().with(state.unsynced()) : ask.grants();
        if (!grants.isEmpty()) {
            events.add(new LogEvent.Granted(by, grants));
        }
        events.add(Decider.executed(round));
        return joined(state, round, events);
    }
}
