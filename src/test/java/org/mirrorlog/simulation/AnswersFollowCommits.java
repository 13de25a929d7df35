package org.mirrorlog.simulation;

import org.mirrorlog.log.Ask;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;

/**
 * D2, D3: a positive answer to a round follows the commit that executed it, and names a number that the journal has.
 */
final class AnswersFollowCommits extends Checker {
    AnswersFollowCommits(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void ownerAnswers(Round round, RoundAnswer answer) {
        if (answer.answer().isDenial()) {
            return;
        }
        if (answer.logNumber() > truth().number()) {
            throw violation("answer at " + answer.logNumber() + ", the journal ends at " + truth().number());
        }
        Member member = truth().members().get(round.by());
        LogState.Daemon daemon = truth().daemons().get(round.by().incarnation());
        // One commit may hold the last round of a daemon and the first of the next.
        boolean isOfLaterStart = member != null
                && (member.daemonStart() != round.daemonStart() || daemon != null && daemon.daemonStart()
                > round.daemonStart());
        boolean isExecuted = isOfLaterStart || member != null && member.executed() >= round.number();
        if (!isExecuted && member != null && !(round.ask() instanceof Ask.Forget)) {
            throw violation("round " + round.number() + " of " + round.by() + " is answered " + answer.answer()
                    + ", but the journal has executed " + member.executed());
        }
    }
}
