package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Decision;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Recovery;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;

/** Planted holes between the log's decision and its owner: other events, another answer. */
final class DecisionHoles {
    private final Simulation sim;
    private final LogState state;
    private final Round round;
    private final List<LogEvent> events = new ArrayList<>();
    private Answer answer;

    private DecisionHoles(Simulation sim, LogState state, Round round) {
        this.sim = sim;
        this.state = state;
        this.round = round;
    }

    static Decision decided(Simulation sim, LogState state, Round round, Decision decision) {
        return sim.has(Hole.NONE) ? decision : new DecisionHoles(sim, state, round).tamper(decision);
    }

    private Decision tamper(Decision decision) {
        answer = decision.answer();
        if (sim.has(Hole.D16_UNREACHABLE_IS_DEAD)) {
            declareDead();
        }
        if (sim.has(Hole.D16_NAME_IS_MACHINE) && round.ask() instanceof Ask.Resume) {
            state.members().forEach((id, member) -> {
                boolean isOther = !id.incarnation().equals(round.by().incarnation());
                if (isOther && member.node().equals(round.node())) {
                    events.add(new LogEvent.Died(id.incarnation()));
                }
            });
        }
        decision.events().forEach(this::tamper);
        if (sim.has(Hole.S7_D5_LATE_REPORT_COUNTS) && !decision.answer().isDenial() && sim.dice().chance(0.02)) {
            executeLateReport();
        }
        if (round.ask() instanceof Ask.SetSync set) {
            tamper(set);
        } else if (round.ask() instanceof Ask.NextResync) {
            tamperWithWork();
            tamperWithAdoption();
        } else if (round.ask() instanceof Ask.MayWrite write) {
            tamper(write);
        } else if (round.ask() instanceof Ask.Mark mark && answer instanceof Answer.Held
                && sim.has(Hole.H9_MARK_DURING_RECOVERY)) {
            instead(new LogEvent.Marked(round.by(), mark.regions()), new Answer.Done());
        }
        return events.isEmpty() && !answer.isDenial() ? decision : new Decision(events, answer);
    }

    private void tamperWithAdoption() {
        if (sim.has(Hole.D21_RECOVERED_BEFORE_ALL_RESUMED) && state.isAwaiting() && answer instanceof Answer.NoWork
                && state.recovery().isEmpty() && !state.unsynced().isEmpty()) {
            long region = state.unsynced().first();
            instead(new LogEvent.ResyncAssigned(round.by(), region), new Answer.Work(region));
        }
    }

    private void instead(LogEvent event, Answer positive) {
        events.add(event);
        events.add(new LogEvent.RoundExecuted(round.by(), round.daemonStart(), round.number()));
        answer = positive;
    }

    private void tamper(Ask.SetSync set) {
        boolean isOthers = state.recovery().filter(r -> !r.recoverer().equals(round.by())).isPresent();
        if (sim.has(Hole.H3_ANY_REPORT_FREES_SLOT) && isOthers) {
            events.add(new LogEvent.ResyncReleased(state.recovery().orElseThrow().recoverer()));
        }
        if (sim.has(Hole.S7_SYNCED_BY_ANYBODY) && set.isInSync()) {
            events.add(new LogEvent.RegionSynced(round.by(), set.region()));
        }
    }

    /**
     * An old copy of a report arrives, is executed (D5), and is believed (S7): each rule alone would have stopped it.
     */
    private void executeLateReport() {
        sim.journal().history(round.uuid()).stream().flatMap(commit -> commit.events().stream())
                .filter(event -> event instanceof LogEvent.RegionSynced synced
                        && state.members().containsKey(synced.by())
                        && state.unsynced().contains(synced.region()))
                .findFirst().ifPresent(events::add);
    }

    // --- who may copy what

    private void tamperWithWork() {
        if (!(answer instanceof Answer.NoWork) || state.unsynced().isEmpty()) {
            return;
        }
        if (sim.has(Hole.D12_WORK_IS_HELD)) {
            answer = new Answer.Held("there is no work now");
        }
        if (state.recovery().isPresent()) {
            if (sim.has(Hole.S5_TWO_RECOVERERS)) {
                long region = state.recovery().get().region();
                instead(new LogEvent.ResyncAssigned(round.by(), region), new Answer.Work(region));
            }
            return;
        }
        boolean ignoresMarks = sim.has(Hole.H9_RECOVERY_IGNORES_MARKS);
        boolean ignoresHints = sim.has(Hole.H10_HINTS_IGNORED) || ignoresMarks;
        boolean ignoresGrants = sim.has(Hole.R4_GRANTS_IGNORED) || ignoresMarks;
        if (ignoresMarks || ignoresHints || ignoresGrants) {
            RegionSet candidates = state.unsynced();
            for (var entry : state.members().entrySet()) {
                Member other = entry.getValue();
                if (!entry.getKey().equals(round.by())) {
                    candidates = ignoresMarks || !other.isActive() ? candidates : candidates.minus(other.marks());
                    candidates = ignoresGrants ? candidates : candidates.minus(other.grants());
                    candidates = ignoresHints || !other.isActive()
                            ? candidates : candidates.minus(RegionSet.range(0, other.hint()));
                }
            }
            if (!candidates.isEmpty()) {
                instead(new LogEvent.ResyncAssigned(round.by(), candidates.first()),
                        new Answer.Work(candidates.first()));
            }
        }
    }

    private void tamper(Ask.MayWrite write) {
        boolean isBeingCopied = state.recovery().filter(r -> r.region() == write.region()).isPresent();
        if (sim.has(Hole.S11_WRITE_DURING_COPY) && answer instanceof Answer.Wait && isBeingCopied) {
            instead(new LogEvent.RoundExecuted(round.by(), round.daemonStart(), round.number()),
                    new Answer.Write(false, state.members().get(round.by()).hint(), RegionSet.empty()));
        }
        if (sim.has(Hole.D11_DOOMED_WAITS) && state.unsyncedByDeath().contains(write.region())
                && answer instanceof Answer.Write) {
            events.clear();
            answer = new Answer.Wait();
        }
    }

    // --- what becomes of the state

    private void tamper(LogEvent event) {
        if (sim.has(Hole.D10_GRANTS_FORGOTTEN) && event instanceof LogEvent.Granted
                || sim.has(Hole.H13_FAILURE_NOT_RECORDED) && event instanceof LogEvent.SyncLost) {
            return;
        }
        boolean isOfReconnect = round != null && round.ask() instanceof Ask.Expose;
        if (isOfReconnect && sim.has(Hole.S1_RECONNECT_UNMARKED) && event instanceof LogEvent.Marked
                || isOfReconnect && sim.has(Hole.S8_INTERRUPTED_STAYS_IN_SYNC) && event instanceof LogEvent.Exposed) {
            return;
        }
        if (event instanceof LogEvent.Died died && sim.has(Hole.H5_TORN_WRITES_IN_SYNC)) {
            state.members().keySet().stream().filter(id -> id.incarnation().equals(died.incarnation()))
                    .forEach(id -> events.add(new LogEvent.Forgotten(id)));
            return;
        }
        if (event instanceof LogEvent.EpochBegan epoch) {
            events.add(tamper(epoch));
            return;
        }
        if (event instanceof LogEvent.Left left && sim.has(Hole.D13_DOUBT_ENDS_AT_LEAVE)
                && state.members().containsKey(left.by())) {
            events.add(new LogEvent.Cleared(left.by(), state.members().get(left.by()).marks()));
        }
        events.add(event);
        Optional<Recovery> recovery = state.recovery();
        if (event instanceof LogEvent.Died died && sim.has(Hole.H4_DEAD_RECOVERER_KEEPS_SLOT) && recovery.isPresent()
                && recovery.get().recoverer().incarnation().equals(died.incarnation())) {
            events.add(new LogEvent.ResyncAssigned(recovery.get().recoverer(), recovery.get().region()));
        }
        if (event instanceof LogEvent.Cleared cleared && sim.has(Hole.S10_CLEAR_MAKES_SYNCED)) {
            cleared.regions().and(state.unsynced())
                    .forEach(r -> events.add(new LogEvent.RegionSynced(cleared.by(), r)));
        }
    }

    private LogEvent tamper(LogEvent.EpochBegan epoch) {
        long count = epoch.geometry().regionCount();
        if (sim.has(Hole.S23_BITS_BEYOND_COUNT)) {
            return new LogEvent.EpochBegan(epoch.geometry(), epoch.dirty().with(count));
        }
        if (state.geometry().isEmpty() || !(round.ask() instanceof Ask.Resume resume)) {
            return epoch;
        }
        if (sim.has(Hole.D18_DOUBT_ENDS_WITH_EPOCH) && resume.spec().isNosync()) {
            return new LogEvent.EpochBegan(epoch.geometry(), RegionSet.empty());
        }
        boolean isResized = state.geometry().get().regionSizeSectors() != epoch.geometry().regionSizeSectors();
        if (sim.has(Hole.D19_REGION_SIZE_IGNORED) && isResized) {
            return new LogEvent.EpochBegan(epoch.geometry(), state.dirty().below(count));
        }
        boolean isGrown = state.regionCount() < count;
        if (sim.has(Hole.S19_GROWTH_IS_CLEAN) && isGrown && !isResized) {
            return new LogEvent.EpochBegan(epoch.geometry(), epoch.dirty().below(state.regionCount()));
        }
        return epoch;
    }

    private void declareDead() {
        for (Machine machine : sim.machines()) {
            boolean isSilent = machine.isUp() && (machine.daemon().isEmpty() || machine.daemon().get().isPaused());
            boolean isMember = state.members().keySet().stream().map(InstanceId::incarnation)
                    .anyMatch(machine.incarnation()::equals);
            if (isSilent && isMember && !machine.incarnation().equals(round.by().incarnation())) {
                events.add(new LogEvent.Died(machine.incarnation()));
            }
        }
    }
}
