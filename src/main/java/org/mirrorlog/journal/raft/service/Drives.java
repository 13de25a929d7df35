package org.mirrorlog.journal.raft.service;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.raft.Answer;
import org.mirrorlog.journal.raft.Command;
import org.mirrorlog.journal.raft.Member;
import org.mirrorlog.journal.raft.Outcome;
import org.mirrorlog.journal.raft.Turn;

/**
 * Commands on their way, each asked again, as it is, until it is decided or its time is over. That harms
 * nothing: of an append only one copy can fit behind the head (rule D1), and it is known again by its number and its
 * writer.
 *
 * <p>All methods are called on the member's turn.
 */
final class Drives {

    private static final Duration ASK_AGAIN = Duration.ofMillis(50);

    /**
     * What became of a command.
     *
     * @param outcome null: it is not decided
     * @param why it is not
     */
    record End(Outcome outcome, String why) {
    }

    private final class Drive {
        private final Command command;
        private final Consumer<End> told;
        private final long endNs;
        private boolean isDoubtful;

        Drive(Command command, Duration within, Consumer<End> told) {
            this.command = command;
            this.told = told;
            this.endNs = nanoClock.getAsLong() + within.toNanos();
        }
    }

    private final Member member;
    private final Turn turn;
    private final LongSupplier nanoClock;
    private final Map<String, Integer> underWay = new HashMap<>();

    Drives(Member member, Turn turn, LongSupplier nanoClock) {
        this.member = member;
        this.turn = turn;
        this.nanoClock = nanoClock;
    }

    /** Whether anything about a log is on its way. */
    boolean areUnderWay(String log) {
        return underWay.containsKey(log);
    }

    /**
     * Has a command decided.
     *
     * @param within after so long it is not asked again
     */
    void start(Command command, Duration within, Consumer<End> told) {
        underWay.merge(command.log(), 1, Integer::sum);
        ask(new Drive(command, within, told));
    }

    private void ask(Drive drive) {
        member.submit(drive.command, answer -> answered(drive, answer));
    }

    private void answered(Drive drive, Answer answer) {
        if (answer instanceof Answer.Decided decided) {
            end(drive, new End(outcome(drive, decided.outcome()), ""));
            return;
        }
        drive.isDoubtful |= answer instanceof Answer.Unknown;
        String why = answer instanceof Answer.NotNow notNow ? notNow.why() : ((Answer.Unknown) answer).why();
        if (nanoClock.getAsLong() - drive.endNs > 0) {
            end(drive, new End(null, why + (drive.isDoubtful ? ": whether it was written is unknown"
                    : ": nothing of it was written")));
        } else {
            turn.schedule(() -> ask(drive), ASK_AGAIN);
        }
    }

    /**
     * An append that was asked for several times is refused if an earlier copy of it was taken: then its last event is
     * the head, and its writer was the last to write. No writer gives one number to two appends.
     */
    private static Outcome outcome(Drive drive, Outcome outcome) {
        boolean isOwn = drive.isDoubtful && drive.command instanceof Command.Append append
                && outcome instanceof Outcome.Refused refused && refused.head() == append.lastSequenceNr()
                && refused.writer().equals(append.writer());
        return isOwn ? new Outcome.Accepted(outcome.head()) : outcome;
    }

    private void end(Drive drive, End end) {
        underWay.computeIfPresent(drive.command.log(), (log, count) -> count == 1 ? null : count - 1);
        drive.told.accept(end);
    }
}
