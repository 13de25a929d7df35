package org.mirrorlog.simulation;

import java.util.ArrayList;
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

/** All checkers of one mirror. */
final class Checkers {
    private final Simulation sim;
    private final Mirror mirror;
    private final ReadsSeeWrites reads;
    private final LogsAreApart apart;
    private final List<Checker> all;
    private long seenLegs;
    private long seenCommits;
    private long seenDisk;

    Checkers(Simulation sim, Mirror mirror) {
        this.sim = sim;
        this.mirror = mirror;
        this.reads = new ReadsSeeWrites(sim, mirror);
        this.apart = new LogsAreApart(sim, mirror);
        this.all = new ArrayList<>(List.of(new NoFalseClean(sim, mirror), new DoubtIsDurable(sim, mirror),
                new NeverCopiedAndWritten(sim, mirror), new RecoveryIsAlone(sim, mirror),
                new WriteIsPermitted(sim, mirror), new HintsAreRecorded(sim, mirror), new FlushIsDurable(sim, mirror),
                new AnswersAreWellFormed(sim, mirror), new AnswersFollowCommits(sim, mirror),
                new LogIsSound(sim, mirror), new DeviceIsSettled(sim, mirror), new EpochsFitTheirDevice(sim, mirror),
                new ReconnectsAreExposed(sim, mirror), reads));
        if (!sim.time().isExplored()) {
            // It remembers all that ever was.
            all.add(new AnswersHaveAnOrder(sim, mirror));
        }
    }

    private void tell(Consumer<Checker> news) {
        all.forEach(news);
    }

    void afterStep() {
        apart.afterStep();
        long legs = mirror.storage().changes();
        long commits = sim.journal().changes(mirror.uuid());
        long disk = mirror.disk().changes();
        if (legs != seenLegs || commits != seenCommits || disk != seenDisk) {
            seenDisk = disk;
            seenLegs = legs;
            seenCommits = commits;
            tell(Checker::changed);
        }
    }

    void committed(String uuid, LogState before, LogState after, Commit commit) {
        tell(checker -> checker.committed(uuid, before, after, commit));
    }

    void deviceSettled(LogState settled) {
        tell(checker -> checker.deviceSettled(settled));
    }

    void readBackBegins(boolean isRightful, String owner) {
        tell(checker -> checker.readBackBegins(isRightful, owner));
    }

    void declaredDead(String incarnation) {
        tell(checker -> checker.declaredDead(incarnation));
    }

    void journalReplaced() {
        tell(Checker::journalReplaced);
    }

    void legIoIssued(Machine machine, LegIo io) {
        tell(checker -> checker.legIoIssued(machine, io));
    }

    void requested(Machine machine, UlogRequest request) {
        tell(checker -> checker.requested(machine, request));
    }

    void askedAgain(Machine machine, int seq) {
        tell(checker -> checker.askedAgain(machine, seq));
    }

    void refused(Machine machine, UlogRequest request) {
        tell(checker -> checker.refused(machine, request));
    }

    void recordLost(Machine machine, long luid) {
        tell(checker -> checker.recordLost(machine, luid));
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
        StringBuilder text = new StringBuilder("log ").append(mirror.truth());
        for (Machine machine : sim.machines()) {
            text.append("; ").append(machine).append(' ').append(machine.incarnation());
            if (machine.isUp()) {
                text.append(mirror.device(machine).isBusy() ? " busy" : "")
                        .append(mirror.device(machine).isSuspended() ? " suspended" : "")
                        .append(" open ").append(machine.kernel().openRequests());
                mirror.device(machine).active()
                        .ifPresent(table -> text.append(" waits for ").append(table.workerWaitsFor())
                        .append(" hint ").append(table.inSyncHint()).append(" held ").append(table.heldWrites()));
            }
        }
        return text.toString();
    }
}
