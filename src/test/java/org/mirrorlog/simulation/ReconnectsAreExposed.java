package org.mirrorlog.simulation;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * 1.7, S1: before a running table is told that its reconnect may go on, the log has every region marked, but for one
 * that another kernel copies: the RESUME that follows may find nobody listening.
 */
final class ReconnectsAreExposed extends Checker {
    /** What was wrong when the daemon replied; by machine and seq. */
    private final Map<String, String> problems = new HashMap<>();

    /** What others copied when the log last heard of a reconnect. */
    private final Map<InstanceId, RegionSet> copiedBeside = new HashMap<>();

    ReconnectsAreExposed(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    private static String key(Machine machine, UlogRequest request) {
        return machine.incarnation() + ' ' + request.seq();
    }

    @Override
    void committed(String uuid, LogState before, LogState after, Commit commit) {
        for (LogEvent event : commit.events()) {
            if (event instanceof LogEvent.Exposed exposed && exposed.isExposed()) {
                copiedBeside.put(exposed.by(), copied(before, exposed.by()).with(copied(after, exposed.by())));
            }
        }
    }

    private static RegionSet copied(LogState state, InstanceId beside) {
        return state.recovery().filter(r -> !r.recoverer().equals(beside)).map(r -> RegionSet.of(r.region()))
                .orElse(RegionSet.empty());
    }

    @Override
    void replied(Machine machine, UlogRequest request) {
        if (isReconnect(request)) {
            problem(machine, request).ifPresent(problem -> problems.put(key(machine, request), problem));
        }
    }

    private Optional<String> problem(Machine machine, UlogRequest request) {
        Optional<EmulatedMirror> running = machine.isUp() && !mirror().device(machine).isSuspended()
                ? mirror().device(machine).active().filter(table -> table.luid() == request.luid()) : Optional.empty();
        Optional<Member> member = running.flatMap(table -> member(machine));
        SurvivingRecord record = machine.records().get(new InstanceKey(request.uuid(), request.luid()));
        // Its record was lost while it counted as suspended: nobody knows which session it was (docs/safety.md).
        boolean isForgotten = record == null || record.memory().session() <= 0;
        if (member.isEmpty() || isForgotten) {
            return Optional.empty();
        }
        RegionSet copied = copiedBeside.getOrDefault(id(machine, running.get()), RegionSet.empty());
        RegionSet due = RegionSet.range(0, truth().regionCount()).minus(copied);
        boolean isExposed = member.get().isExposed() && member.get().marks().containsAll(due);
        return isExposed ? Optional.empty() : Optional.of(machine + " may go on, but the log knows " + member.get());
    }

    @Override
    void answering(Machine machine, UlogRequest request, UlogAnswer answer) {
        String problem = problems.remove(key(machine, request));
        if (problem != null && answer.error() == 0) {
            throw violation(problem);
        }
    }
}
