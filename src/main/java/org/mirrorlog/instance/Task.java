package org.mirrorlog.instance;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.RoundAnswer;

/**
 * Something that may need a round.
 *
 * @param call the request behind it; empty for the instance's own business
 * @param begin what to ask now; null: it was answered from the record after all
 * @param finish takes the answer, which is none of Held and UnknownSession unless {@code takesHeld}
 *     and {@code takesUnknown}
 * @param takesUnknown whether an unknown session is an answer and not a reason to rejoin
 * @param isGate whether nothing else of the instance is asked while this is held
 * @param takesHeld whether to be held is an answer and not a reason to ask again
 */
record Task(Optional<Call> call, Supplier<Ask> begin, Consumer<RoundAnswer> finish, boolean takesUnknown,
            boolean isGate, boolean takesHeld) {
    private Task(Optional<Call> call, Supplier<Ask> begin, Consumer<RoundAnswer> finish, boolean takesUnknown,
                 boolean isGate) {
        this(call, begin, finish, takesUnknown, isGate, false);
    }

    /** A question that may be answered "no" where it would be held: by an owner of an older build, too. */
    static Task question(Call call, Supplier<Ask> begin, Consumer<RoundAnswer> finish) {
        return new Task(Optional.of(call), begin, finish, false, false, true);
    }

    static Task of(Call call, Supplier<Ask> begin, Consumer<RoundAnswer> finish) {
        return new Task(Optional.of(call), begin, finish, false, false);
    }

    static Task own(Supplier<Ask> begin, Consumer<RoundAnswer> finish) {
        return new Task(Optional.empty(), begin, finish, true, false);
    }

    /** The instance's own business within a session: an owner that does not know it hears of it first. */
    static Task ofSession(Supplier<Ask> begin, Consumer<RoundAnswer> finish) {
        return new Task(Optional.empty(), begin, finish, false, false);
    }

    /** Of a table with or without a session; without one there is nothing to be taken up. */
    static Task ofTable(boolean isWithoutSession, Supplier<Ask> begin, Consumer<RoundAnswer> finish) {
        return new Task(Optional.empty(), begin, finish, isWithoutSession, false);
    }

    /** The same for a request. */
    static Task ofTable(Call call, boolean isWithoutSession, Supplier<Ask> begin, Consumer<RoundAnswer> finish) {
        return new Task(Optional.of(call), begin, finish, isWithoutSession, false);
    }

    static Task gate(Supplier<Ask> begin, Consumer<RoundAnswer> finish) {
        return new Task(Optional.empty(), begin, finish, true, true);
    }
}
