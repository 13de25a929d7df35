package org.mirrorlog.instance;

import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.RoundAnswer;

/** What the answers so far told about the log. Only good for denials, and for asking again. */
final class LastKnownLog {
    private final HeardNumbers.Log numbers;
    private final HeardNumbers.Last before;
    private boolean isCurrent;
    private long logNumber;
    private long term;
    private long syncCount;
    private long provableHint;
    private long lastLoss;
    private long allInSyncAt;
    private DeviceHealth health = DeviceHealth.ALIVE;

    /**
     * @param numbers where they survive this daemon
     * @param isInSession whether the table goes on in a session of before: then what was heard counts as if this daemon
     *     had heard it
     */
    LastKnownLog(String uuid, HeardNumbers numbers, boolean isInSession) {
        this.numbers = numbers.of(uuid);
        this.before = numbers.last(uuid);
        if (isInSession) {
            logNumber = before.number();
            term = before.term();
        }
    }

    /** False: the answer comes from a shorter history than one heard before, and counts for nothing (D2). */
    boolean take(RoundAnswer answer) {
        if (answer.logNumber() < logNumber) {
            return false;
        }
        if (answer.logNumber() != logNumber || answer.term() != term) {
            numbers.note(answer.logNumber(), answer.term());
        }
        isCurrent = true;
        logNumber = answer.logNumber();
        term = answer.term();
        syncCount = answer.syncCount();
        provableHint = answer.provableHint();
        lastLoss = answer.lastLoss();
        health = answer.health();
        return true;
    }

    /**
     * All regions are in sync, as of the last answer; to be repeated until somebody reports a failure, there or later
     * (D9).
     */
    void allInSync() {
        allInSyncAt = logNumber;
    }

    void sessionBegan() {
        allInSyncAt = 0;
    }

    boolean mayRepeatAllInSync() {
        return lastLoss < allInSyncAt;
    }

    /** Whether the log was heard since the daemon started: before, its device's failure may be unknown (S22). */
    boolean isCurrent() {
        return isCurrent;
    }

    /** The highest number heard of: by this table or, if there is none, before it on this machine. */
    long logNumber() {
        return logNumber > 0 ? logNumber : before.number();
    }

    /** Whose answer it was that told the number. */
    long term() {
        return logNumber > 0 ? term : before.term();
    }

    /** Whether the number was heard before this table: its kernel does not go on from there. */
    boolean isFromBefore() {
        return logNumber == 0 && before.number() > 0;
    }

    long syncCount() {
        return syncCount;
    }

    long provableHint() {
        return provableHint;
    }

    DeviceHealth health() {
        return health;
    }
}
