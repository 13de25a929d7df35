package org.mirrorlog.simulation;

import java.util.HashSet;
import java.util.Set;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * The forms of protocol.md 1.4: kernels have nothing to complain of, each copy has one reply, IN_SYNC is no error (S9).
 */
final class AnswersAreWellFormed extends Checker {
    private static final int ESRCH = -3;

    private final Set<String> replied = new HashSet<>();

    AnswersAreWellFormed(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    @Override
    void replied(Machine machine, UlogRequest request) {
        if (!replied.add(machine.incarnation() + '#' + request.seq())) {
            throw violation("two replies to seq " + Integer.toUnsignedString(request.seq()) + " of " + machine);
        }
    }

    @Override
    void answered(Machine machine, UlogRequest request, UlogAnswer answer) {
        RequestType type = request.type().orElseThrow();
        if (machine.kernel().complaints().count() > 0) {
            throw violation(machine + " complains: " + machine.kernel().complaints().first());
        }
        if (type == RequestType.IN_SYNC && answer.error() != 0 && answer.error() != ESRCH) {
            throw violation(machine + " is told " + answer.error() + " where it asked IN_SYNC");
        }
    }
}
