package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.RecordChange;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.log.Rules;
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
        state.members().forEach((id, m) ->
                members.put(id, new Member(m.node(), m.daemonStart(), m.executed(), m.session(),
                m.presence(), forgetsMarks ? m.hint() : 0, forgetsMarks ? RegionSet.empty() : m.marks(), m.grants())));
        return new LogState(state.number(), state.geometry(), state.dirty(), state.unsynced(), state.unsyncedByDeath(),
                state.abandoned(), state.abandonedAt(), state.orphanedMarks(), members, state.recovery(), state.owner(),
                state.health(), state.failedBy(), state.lastLoss(), state.daemons(), state.dead(),
                state.isReactivating(), state.adoption());
    }

    /** What a commit leads to, for owners and for the journal alike. */
    static LogState after(Simulation sim, LogState before, Commit commit) {
        LogState after = before.after(commit);
        return sim.has(Hole.H28_FAILURE_LEAVES_CLEAN) && after.unsynced().minus(before.unsynced())
                .intersects(after.dirty())
                && commit.events().stream().anyMatch(LogEvent.SyncLost.class::isInstance)
                ? with(after, after.dirty().minus(after.unsynced().minus(before.unsynced()))) : after;
    }

    private static LogState with(LogState s, RegionSet dirty) {
        return new LogState(s.number(), s.geometry(), dirty, s.unsynced(), s.unsyncedByDeath(), s.abandoned(),
                s.abandonedAt(),
                s.orphanedMarks(), s.members(), s.recovery(), s.owner(), s.health(), s.failedBy(), s.lastLoss(),
                s.daemons(),
                s.dead(), s.isReactivating(), s.adoption());
    }

    // --- between instance and log

    static Round asked(Simulation sim, LogState state, Round round) {
        if (sim.has(Hole.D5_OLD_ROUNDS_EXECUTED)) {
            Member member = state.members().get(round.by());
            boolean isOld = member != null && member.daemonStart() == round.daemonStart() && round.number()
                    < member.executed();
            return isOld ? with(round, member.executed(), round.ask()) : round;
        }
        if (sim.has(Hole.D2_SHORT_HISTORY)) {
            return new Round(round.uuid(), round.by(), round.node(), round.daemonStart(), round.session(),
                    round.number(), 0, 0, round.clears(), round.ask());
        }
        boolean carriesClears = !(round.ask() instanceof Ask.Resume || round.ask() instanceof Ask.Rejoin);
        Member asker = state.members().get(round.by());
        boolean clearsExposed = sim.has(Hole.S1_CLEARED_DURING_RECONNECT) && asker != null && asker.isExposed();
        if ((sim.has(Hole.D6_CLEARED_BEFORE_DROPPED) || clearsExposed) && carriesClears) {
            return new Round(round.uuid(), round.by(), round.node(), round.daemonStart(), round.session(),
                    round.number(),
                    round.seen(), round.term(), round.clears().with(heldLazily(sim, round)), round.ask());
        }
        if (sim.has(Hole.H18_REJOIN_WITHOUT_MARKS) && round.ask() instanceof Ask.Rejoin rejoin) {
            return with(round, round.number(), new Ask.Rejoin(rejoin.spec(), rejoin.session(), RegionSet.empty(),
                    rejoin.hint(), rejoin.grants()));
        }
        return round;
    }

    /** What the kernel has cleared and its daemon's record still holds. */
    private static RegionSet heldLazily(Simulation sim, Round round) {
        RegionSet held = RegionSet.empty();
        for (Machine machine : sim.machines()) {
            SurvivingRecord record = machine.records().get(new InstanceKey(round.uuid(), round.by().luid()));
            if (record != null && machine.incarnation().equals(round.by().incarnation())) {
                held = record.memory().cleared().and(record.memory().held());
            }
        }
        return held;
    }

    private static Round with(Round round, long number, Ask ask) {
        return new Round(round.uuid(), round.by(), round.node(), round.daemonStart(), round.session(), number,
                round.seen(),
                round.term(), round.clears(), ask);
    }

    /** Who has heard of more begins all dirty, whatever the device says: that alone would hide that it is believed. */
    static Rules rules(Simulation sim, Rules rules) {
        return sim.has(Hole.D21_ANY_JOURNAL) ? new Rules(rules.isNewBootProofOfDeath(), false, rules.isUnheardOf())
                : rules;
    }

    /** To the round as it was sent. */
    static RoundAnswer answered(RoundAnswer answer, Round round) {
        return answer.number() == round.number() ? answer : new RoundAnswer(answer.uuid(), answer.to(),
                answer.daemonStart(), round.number(), answer.logNumber(), answer.term(), answer.syncCount(),
                answer.provableHint(), answer.lastLoss(), answer.health(), answer.answer());
    }

    // --- between kernel and instance

    static UlogRequest requested(Simulation sim, Machine machine, UlogRequest request) {
        RequestType type = request.type().orElseThrow();
        if (sim.has(Hole.H15_FLUSH_PAYLOAD_IGNORED) && type == RequestType.FLUSH) {
            return new UlogRequest(request.luid(), request.uuid(), request.version(), request.seq(), request.wireType(),
                    new byte[0]);
        }
        if (sim.has(Hole.H26_DTR_OF_ANOTHER_TABLE) && type == RequestType.DTR) {
            long used = sim.mirror(request.uuid()).device(machine).active().map(EmulatedMirror::luid)
                    .orElse(request.luid());
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
        if (sim.has(Hole.H14_RECONNECT_REFUSED) && Checker.isReconnect(request)) {
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
        if (type == RequestType.IS_REMOTE_RECOVERING && sim.has(Hole.H12_HALTED_OWNER)
                && isOwnerBeingSuspended(sim, request.uuid())) {
            return Reply.remoteRecovering(false, all);
        }
        if (type == RequestType.IN_SYNC && sim.has(Hole.H11_IN_SYNC_FOLLOWS_TRUTH)) {
            long region = ByteBuffer.wrap(request.payload()).order(ByteOrder.nativeOrder()).getLong();
            return Reply.flag(!sim.journal().truth(request.uuid()).unsynced().contains(region));
        }
        if (type == RequestType.IN_SYNC && sim.has(Hole.D8_NOT_IN_SYNC) && sim.dice().chance(0.02)) {
            return Reply.flag(false);
        }
        if (type != RequestType.GET_SYNC_COUNT || all == 0) {
            return reply;
        }
        boolean isResumed = sim.journal().truth(request.uuid()).members()
                .containsKey(new InstanceId(machine.incarnation(), request.luid()));
        if (sim.has(Hole.S13_COUNT_ABOVE_TRUTH) && isResumed && word(reply, 0) < all - 1) {
            return Reply.number(word(reply, 0) + 1);
        }
        if (sim.has(Hole.D9_ALL_IN_SYNC) && isResumed && sim.dice().chance(0.05)
                || sim.has(Hole.H27_COUNT_BEFORE_RESUME) && !isResumed
                || sim.has(Hole.S13_COUNT_TOO_HIGH) && isResumed && word(reply, 0) == all - 1) {
            return Reply.number(all);
        }
        return reply;
    }

    private static boolean isOwnerBeingSuspended(Simulation sim, String uuid) {
        return sim.machines().stream().anyMatch(m -> m.daemon().filter(d -> d.owns(uuid)).isPresent()
                && sim.mirror(uuid).device(m).isBusy() && !sim.mirror(uuid).device(m).isSuspended());
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
