package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.emulator.EmulatedMirror;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/** Watches one rule: told of everything that happens, throws a Violation where the rule is broken. */
abstract class Checker {
    private final Simulation sim;
    private final Mirror mirror;

    Checker(Simulation sim, Mirror mirror) {
        this.sim = sim;
        this.mirror = mirror;
    }

    final Simulation sim() {
        return sim;
    }

    /** The mirror that it watches; it is told of nothing else. */
    final Mirror mirror() {
        return mirror;
    }

    /** Legs, journal or log device have changed. */
    void changed() { }

    /** The journal took a commit. */
    void committed(String uuid, LogState before, LogState after, Commit commit) { }

    /** After the last session the device was brought to this state and says that nobody uses the log. */
    void deviceSettled(LogState settled) { }

    /** An owner begins to read the log device back, and to rewrite what differs: rightful is who owns the log now. */
    void readBackBegins(boolean isRightful, String owner) { }

    /** The journal was lost, or an older copy took its place (D2, D21); no machine was up. */
    void journalReplaced() { }

    /** Whether the journal at hand has begun an epoch: an older copy of it counts for nothing before that. */
    final boolean isJournalCurrent() {
        return sim.journal().isCurrent(mirror.uuid());
    }

    /** A kernel has issued a read or write of a leg. */
    void legIoIssued(Machine machine, LegIo io) { }

    /** A kernel sent a request that was received. */
    void requested(Machine machine, UlogRequest request) { }

    /** The kernel hears now that the daemon has lost what it sent under this number (2.3), and sends it again. */
    void askedAgain(Machine machine, int seq) { }

    /** A request found nobody listening. */
    void refused(Machine machine, UlogRequest request) { }

    /** A daemon has found that it knows nothing of a table that its kernel runs (D15). */
    void recordLost(Machine machine, long luid) { }

    /** The operator has confirmed that this kernel is off for good (D16). */
    void declaredDead(String incarnation) { }

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
        return mirror.truth();
    }

    /** What the log knows of the table that a machine uses. */
    final Optional<Member> member(Machine machine) {
        return mirror.device(machine).active().map(table -> truth().members().get(id(machine, table)));
    }

    /** What the mirror's kernel on this machine has issued and not yet done; nothing while it is down. */
    final List<LegIo> pending(Machine machine) {
        List<LegIo> pending = new ArrayList<>();
        if (machine.isUp()) {
            for (LegIo io : machine.kernel().legIo()) {
                if (io.uuid().equals(mirror.uuid())) {
                    pending.add(io);
                }
            }
        }
        return pending;
    }

    static InstanceId id(Machine machine, EmulatedMirror mirror) {
        return new InstanceId(machine.incarnation(), mirror.luid());
    }

    /** Whether the log says "in sync" and nobody who is or may be in use has a mark. */
    static boolean isCalledClean(LogState truth, long region) {
        return !truth.unsynced().contains(region) && truth.members().values().stream()
                .noneMatch(m -> m.mayRun() && m.marks().contains(region));
    }

    /** Whether this is the first request of a reconnect: the second form of CTR (1.7). */
    static boolean isReconnect(UlogRequest request) {
        return request.type().orElseThrow() == RequestType.CTR && request.payload()[request.payload().length - 1] == 0;
    }

    static boolean isWrite(LegIo io) {
        return io.kind() == LegIo.Kind.WRITE;
    }

    static boolean isCopy(LegIo io) {
        return io.kind() == LegIo.Kind.COPY_READ || io.kind() == LegIo.Kind.COPY_WRITE;
    }
}
