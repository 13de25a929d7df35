package org.mirrorlog.simulation;

import java.util.List;
import java.util.function.Consumer;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/** All checkers of a run. */
final class Checkers {
    private final Simulation sim;
    private final ReadsSeeWrites reads;
    private final List<Checker> all;
    private long seenLegs;
    private long seenCommits;

    Checkers(Simulation sim) {
        this.sim = sim;
        this.reads = new ReadsSeeWrites(sim);
        this.all = List.of(new NoFalseClean(sim), new DoubtIsDurable(sim), new NeverCopiedAndWritten(sim),
                new RecoveryIsAlone(sim), new WriteIsPermitted(sim), new HintsAreRecorded(sim), new FlushIsDurable(sim),
                new AnswersAreWellFormed(sim), new AnswersFollowCommits(sim), new LogIsSound(sim), reads);
    }

    private void tell(Consumer<Checker> news) {
        all.forEach(news);
    }

    void afterStep() {
        long legs = sim.storage().changes();
        long commits = sim.journal().changes();
        if (legs != seenLegs || commits != seenCommits) {
            seenLegs = legs;
            seenCommits = commits;
            tell(Checker::changed);
        }
    }

    void committed(String uuid, LogState before, LogState after, Commit commit) {
        tell(checker -> checker.committed(uuid, before, after, commit));
    }

    void legIoIssued(Machine machine, LegIo io) {
        tell(checker -> checker.legIoIssued(machine, io));
    }

    void requested(Machine machine, UlogRequest request) {
        tell(checker -> checker.requested(machine, request));
    }

    void replied(Machine machine, UlogRequest request, Reply reply) {
        tell(checker -> checker.replied(machine, request));
    }

    void answering(Machine machine, UlogRequest request, UlogAnswer answer) {
        tell(checker -> checker.answering(machine, request, answer));
    }

    void answered(Machine machine, UlogRequest request, UlogAnswer answer) {
        tell(checker -> checker.answered(machine, request, answer));
    }

    void ownerAnswers(Round round, RoundAnswer answer) {
        tell(checker -> checker.ownerAnswers(round, answer));
    }

    void read(int sector, long version) {
        reads.read(sector, version);
    }

    void atTheEnd() {
        tell(Checker::atTheEnd);
    }

    /** For violations of liveness: what everybody waits for. */
    String situation() {
        StringBuilder text = new StringBuilder("log ").append(sim.journal().truth(Workload.UUID));
        for (Machine machine : sim.machines()) {
            text.append("; ").append(machine).append(' ').append(machine.incarnation());
            if (machine.isUp()) {
                text.append(machine.device().isBusy() ? " busy" : "").append(machine.device().isSuspended() ? " suspended" : "")
                        .append(" open ").append(machine.kernel().openRequests());
                machine.device().active().ifPresent(mirror -> text.append(" waits for ").append(mirror.workerWaitsFor())
                        .append(" hint ").append(mirror.inSyncHint()).append(" held ").append(mirror.heldWrites()));
            }
        }
        return text.toString();
    }
}
