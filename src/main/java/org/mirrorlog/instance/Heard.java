package org.mirrorlog.instance;

import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.RoundAnswer;

/** What the answers so far told about the log. Only good for denials, and for asking again. */
final class Heard {
    private long logNumber;
    private long reign;
    private long syncCount;
    private long provableHint;
    private long lastLoss;
    private long allInSyncAt;
    private DeviceHealth health = DeviceHealth.ALIVE;

    /** False: the answer comes from a shorter history than one heard before, and counts for nothing (D2). */
    boolean take(RoundAnswer answer) {
        if (answer.logNumber() < logNumber) {
            return false;
        }
        logNumber = answer.logNumber();
        reign = answer.reign();
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
        return logNumber > 0;
    }

    long logNumber() {
        return logNumber;
    }

    /** Whose answer it was that told the number. */
    long reign() {
        return reign;
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
