package org.mirrorlog.daemon;

import java.util.concurrent.CompletionStage;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.LostHistoryException;
import org.mirrorlog.owner.Heads;

/** What owners ask of the journal beside Akka's plugin. */
record JournalHeads(Journal journal) implements Heads {
    @Override
    public CompletionStage<Long> of(String persistenceId) {
        return journal.acceptedHead(persistenceId);
    }

    @Override
    public boolean isLost(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof LostHistoryException) {
                return true;
            }
        }
        return false;
    }
}
