package org.mirrorlog.daemon;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorSystem;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.mirrorlog.journal.EventCodec;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.LostHistoryException;
import org.mirrorlog.log.Commit;
import org.mirrorlog.owner.Heads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What owners ask of the journal beside Akka's plugin.
 *
 * @param codec of its events
 */
record JournalHeads(Journal journal, EventCodec codec) implements Heads {
    private static final Logger LOG = LoggerFactory.getLogger(JournalHeads.class);

    /** That of an actor system. */
    JournalHeads(ActorSystem<?> system, Journal journal) {
        this(journal, new EventCodec((ExtendedActorSystem) system.classicSystem()));
    }

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

    @Override
    public CompletionStage<Void> remains(String persistenceId, Consumer<Commit> commit) {
        return journal.remains(persistenceId, bytes -> decoded(persistenceId, bytes, commit));
    }

    private void decoded(String persistenceId, byte[] bytes, Consumer<Commit> commit) {
        Object event;
        try {
            event = codec.decode(persistenceId, 0, bytes).payload();
        } catch (RuntimeException e) {
            LOG.info("{}: an event of what is left cannot be read: {}", persistenceId, e.toString());
            return;
        }
        if (event instanceof Commit known) {
            commit.accept(known);
        }
    }
}
