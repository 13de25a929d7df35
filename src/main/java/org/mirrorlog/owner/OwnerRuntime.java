package org.mirrorlog.owner;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * What runs an {@link OwnerCore}: hands it one command at a time, in the order sent. In a daemon that is the actor
 * {@link LogOwner}. Timers are known by the command that they send; one that is started anew replaces the former.
 */
public interface OwnerRuntime {
    /** The owner itself: what it is told stands behind everything that has come. Any thread may tell it something. */
    Recipient<OwnerCommand> self();

    /** Sends this to the owner once, after this time. */
    void startTimer(OwnerCommand command, Duration after);

    /** Sends this to the owner again and again, the first time after this time. */
    void repeat(OwnerCommand command, Duration every);

    /** It sends nothing more; what it has sent may still arrive. */
    void cancelTimer(OwnerCommand command);

    /** Whether it was started, and has neither arrived nor been cancelled. */
    boolean isTimerActive(OwnerCommand command);

    /** What the journal calls this log. */
    String persistenceId();

    /** The number of the last commit of this log in the journal, as its owner knows it. */
    long sequenceNumber();

    /** Why nothing of this format may be written yet, for people; empty if all members can read it ({@link Builds}). */
    Optional<String> tooOldFor(int format);

    /** Where the owner says what an operator should know. */
    Logger log();
}
