package org.mirrorlog.simulation;

import java.util.Optional;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/** Watches one rule: told of everything that happens, throws a Violation where the rule is broken. */
abstract class Checker {
    private final Simulation sim;

    Checker(Simulation sim) {
        this.sim = sim;
    }

    final Simulation sim() {
        return sim;
    }

    /** Legs or journal have changed. */
    void changed() { }

    /** The journal took a commit. */
    void committed(String uuid, LogState before, LogState after, Commit commit) { }

    /** A kernel has issued a read or write of a leg. */
    void legIoIssued(Machine machine, LegIo io) { }

    /** A kernel sent a request that was received. */
    void requested(Machine machine, UlogRequest request) { }

    /** A daemon replied; the kernel may never see it. */
    void replied(Machine machine, UlogRequest request) { }

    /** A kernel took an answer; what follows from it has happened. */
    void answered(Machine machine, UlogRequest request, UlogAnswer answer) { }

    /** An answer is about to reach the kernel. */
    void answering(Machine machine, UlogRequest request, UlogAnswer answer) { }

    /** An owner answered a round. */
    void ownerAnswers(Round round, RoundAnswer answer) { }

    /** The run is over, everything is idle. */
    void atTheEnd() { }

    final Violation violation(String what) {
        return new Violation(getClass().getSimpleName(), what);
    }

    final LogState truth() {
        return sim.journal().truth(Workload.UUID);
    }

    /** What the log knows of the table that a machine uses. */
    final Optional<Member> member(Machine machine) {
        return machine.device().active().map(mirror -> truth().members().get(id(machine, mirror)));
    }

    static InstanceId id(Machine machine, EmulatedMirror mirror) {
        return new InstanceId(machine.incarnation(), mirror.luid());
    }

    /** Whether the log says "in sync" and nobody in a session has a mark. */
    static boolean isCalledClean(LogState truth, long region) {
        return !truth.unsynced().contains(region)
                && truth.members().values().stream().noneMatch(m -> m.isActive() && m.marks().contains(region));
    }

    static boolean isWrite(LegIo io) {
        return io.kind() == LegIo.Kind.WRITE;
    }

    static boolean isCopy(LegIo io) {
        return io.kind() == LegIo.Kind.COPY_READ || io.kind() == LegIo.Kind.COPY_WRITE;
    }
}
