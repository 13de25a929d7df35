package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.instance.RecordChange;
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
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/** Where planted holes sit: between the real parts, never in them. Without a hole everything passes unchanged. */
final class Holes {
    private Holes() {
    }

    // --- between journal and owner

    static LogState replayed(Simulation sim, LogState state) {
        boolean forgetsMarks = sim.has(Hole.H1_MARKS_FORGOTTEN_AT_TAKEOVER);
        if (!forgetsMarks && !sim.has(Hole.H2_HINTS_FORGOTTEN_AT_TAKEOVER)) {
            return state;
        }
        Map<InstanceId, Member> members = new LinkedHashMap<>();
        state.members().forEach((id, m) -> members.put(id, new Member(m.node(), m.jvm(), m.executed(), m.session(),
                m.presence(), forgetsMarks ? m.hint() : 0, forgetsMarks ? RegionSet.empty() : m.marks(), m.grants())));
        return new LogState(state.number(), state.geometry(), state.dirty(), state.unsynced(), state.doomed(),
                state.abandoned(), state.abandonedAt(), state.doubted(), members, state.recovery(), state.owner(),
                state.health(), state.failedBy(), state.lastLoss(), state.daemons(), state.dead(), state.isReactivating());
    }

    // --- between instance and log

    static Round asked(Simulation sim, LogState state, Round round) {
        if (sim.has(Hole.D5_OLD_ROUNDS_EXECUTED)) {
            Member member = state.members().get(round.by());
            boolean isOld = member != null && member.jvm() == round.jvm() && round.number() < member.executed();
            return isOld ? with(round, member.executed(), round.ask()) : round;
        }
        if (sim.has(Hole.H18_REJOIN_WITHOUT_MARKS) && round.ask() instanceof Ask.Rejoin rejoin) {
            return with(round, round.number(), new Ask.Rejoin(rejoin.spec(), rejoin.session(), RegionSet.empty(),
                    rejoin.hint(), rejoin.grants()));
        }
        return round;
    }

    private static Round with(Round round, long number, Ask ask) {
        return new Round(round.uuid(), round.by(), round.node(), round.jvm(), round.session(), number, round.seen(),
                round.clears(), ask);
    }

    static Decision decided(Simulation sim, LogState state, Round round, Decision decision) {
        if (sim.has(Hole.NONE)) {
            return decision;
        }
        List<LogEvent> events = new ArrayList<>();
        Answer answer = decision.answer();
        if (sim.has(Hole.D16_UNREACHABLE_IS_DEAD)) {
            declareDead(sim, state, round, events);
        }
        for (LogEvent event : decision.events()) {
            tamper(sim, state, event, events);
        }
        if (round.ask() instanceof Ask.SetSync set) {
            boolean isOthers = state.recovery().filter(r -> !r.recoverer().equals(round.by())).isPresent();
            if (sim.has(Hole.H3_ANY_REPORT_FREES_SLOT) && isOthers) {
                events.add(new LogEvent.ResyncReleased(state.recovery().orElseThrow().recoverer()));
            }
            if (sim.has(Hole.S7_SYNCED_BY_ANYBODY) && set.isInSync()) {
                events.add(new LogEvent.RegionSynced(round.by(), set.region()));
            }
        }
        if (sim.has(Hole.H9_MARK_DURING_RECOVERY) && round.ask() instanceof Ask.Mark mark && answer instanceof Answer.Held) {
            events.add(new LogEvent.Marked(round.by(), mark.regions()));
            events.add(new LogEvent.RoundExecuted(round.by(), round.jvm(), round.number()));
            answer = new Answer.Done();
        }
        boolean isWithoutWork = round.ask() instanceof Ask.NextResync && answer instanceof Answer.NoWork;
        if (sim.has(Hole.H9_RECOVERY_IGNORES_MARKS) && isWithoutWork && state.recovery().isEmpty()
                && !state.unsynced().isEmpty()) {
            long region = state.unsynced().first();
            events.add(new LogEvent.ResyncAssigned(round.by(), region));
            events.add(new LogEvent.RoundExecuted(round.by(), round.jvm(), round.number()));
            answer = new Answer.Work(region);
        }
        return events.isEmpty() && !answer.isDenial() ? decision : new Decision(events, answer);
    }

    private static void tamper(Simulation sim, LogState state, LogEvent event, List<LogEvent> events) {
        if (sim.has(Hole.D10_GRANTS_FORGOTTEN) && event instanceof LogEvent.Granted
                || sim.has(Hole.H13_FAILURE_NOT_RECORDED) && event instanceof LogEvent.SyncLost) {
            return;
        }
        if (event instanceof LogEvent.Died died && sim.has(Hole.H5_TORN_WRITES_IN_SYNC)) {
            state.members().keySet().stream().filter(id -> id.incarnation().equals(died.incarnation()))
                    .forEach(id -> events.add(new LogEvent.Forgotten(id)));
            return;
        }
        events.add(event);
        Optional<Recovery> recovery = state.recovery();
        if (event instanceof LogEvent.Died died && sim.has(Hole.H4_DEAD_RECOVERER_KEEPS_SLOT) && recovery.isPresent()
                && recovery.get().recoverer().incarnation().equals(died.incarnation())) {
            events.add(new LogEvent.ResyncAssigned(recovery.get().recoverer(), recovery.get().region()));
        }
        if (event instanceof LogEvent.Cleared cleared && sim.has(Hole.S10_CLEAR_MAKES_SYNCED)) {
            cleared.regions().and(state.unsynced()).forEach(r -> events.add(new LogEvent.RegionSynced(cleared.by(), r)));
        }
    }

    private static void declareDead(Simulation sim, LogState state, Round round, List<LogEvent> events) {
        for (Machine machine : sim.machines()) {
            boolean isSilent = machine.isUp() && (machine.daemon().isEmpty() || machine.daemon().get().isPaused());
            boolean isMember = state.members().keySet().stream().anyMatch(id -> id.incarnation().equals(machine.incarnation()));
            if (isSilent && isMember && !machine.incarnation().equals(round.by().incarnation())) {
                events.add(new LogEvent.Died(machine.incarnation()));
            }
        }
    }

    // --- between kernel and instance

    static UlogRequest requested(Simulation sim, Machine machine, UlogRequest request) {
        RequestType type = request.type().orElseThrow();
        if (sim.has(Hole.H15_FLUSH_PAYLOAD_IGNORED) && type == RequestType.FLUSH) {
            return new UlogRequest(request.luid(), request.uuid(), request.version(), request.seq(), request.wireType(),
                    new byte[0]);
        }
        if (sim.has(Hole.H26_DTR_OF_ANOTHER_TABLE) && type == RequestType.DTR) {
            long used = sim.mirror(request.uuid()).device(machine).active().map(EmulatedMirror::luid).orElse(request.luid());
            return new UlogRequest(used, request.uuid(), request.version(), request.seq(), request.wireType(),
                    request.payload());
        }
        return request;
    }

    static Reply replied(Simulation sim, Machine machine, UlogRequest request, Reply reply) {
        if (sim.has(Hole.NONE)) {
            return reply;
        }
        RequestType type = request.type().orElseThrow();
        if (sim.has(Hole.D15_UNKNOWN_TABLE) && reply.error() == -Errno.ESRCH.number()) {
            return Reply.failure(Errno.EINVAL);
        }
        boolean isReconnect = type == RequestType.CTR && request.payload()[request.payload().length - 1] == 0;
        if (sim.has(Hole.H14_RECONNECT_REFUSED) && isReconnect) {
            return Reply.failure(Errno.EINVAL);
        }
        return reply.error() == 0 ? answered(sim, machine, request, type, reply) : reply;
    }

    private static Reply answered(Simulation sim, Machine machine, UlogRequest request, RequestType type, Reply reply) {
        long all = machine.isUp()
                ? sim.mirror(request.uuid()).device(machine).active().map(EmulatedMirror::regionCount).orElse(0L) : 0;
        if (type == RequestType.IS_REMOTE_RECOVERING && sim.has(Hole.D7_HIGHER_HINT) && word(reply, 0) == 0) {
            return Reply.remoteRecovering(false, all);
        }
        if (type == RequestType.IN_SYNC && sim.has(Hole.D8_NOT_IN_SYNC) && sim.dice().chance(0.02)) {
            return Reply.flag(false);
        }
        if (type != RequestType.GET_SYNC_COUNT || all == 0) {
            return reply;
        }
        boolean isResumed = sim.journal().truth(request.uuid()).members()
                .containsKey(new InstanceId(machine.incarnation(), request.luid()));
        if (sim.has(Hole.D9_ALL_IN_SYNC) && isResumed && sim.dice().chance(0.05)
                || sim.has(Hole.H27_COUNT_BEFORE_RESUME) && !isResumed
                || sim.has(Hole.S13_COUNT_TOO_HIGH) && isResumed && word(reply, 0) == all - 1) {
            return Reply.number(all);
        }
        return reply;
    }

    private static long word(Reply reply, int index) {
        return ByteBuffer.wrap(reply.payload()).order(ByteOrder.nativeOrder()).getLong(index * Long.BYTES);
    }

    // --- between instance and record

    static boolean isForgotten(Simulation sim, RecordChange change) {
        return sim.has(Hole.D14_MARKS_NOT_IN_RECORD)
                && (change instanceof RecordChange.Pending || change instanceof RecordChange.Committed);
    }
}
