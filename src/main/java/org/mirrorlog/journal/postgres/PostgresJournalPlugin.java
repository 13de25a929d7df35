package org.mirrorlog.journal.postgres;

import akka.actor.ExtendedActorSystem;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import akka.persistence.journal.japi.AsyncWriteJournal;
import com.typesafe.config.Config;
import java.util.Optional;
import java.util.function.Consumer;
import org.mirrorlog.journal.EncodedWrites;
import org.mirrorlog.journal.EventCodec;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.LostHistoryException;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * The Akka Persistence journal plugin over {@link PostgresJournal}. An actor, made by Akka from the key
 * {@code mirrorlog.postgres.journal}; nothing here blocks.
 *
 * <p>The messages of one call become one append, all or nothing. An event that cannot be serialized is rejected
 * (nothing of it is written, nor of the events behind it in the same call); everything else that goes wrong is a
 * failure.
 */
public final class PostgresJournalPlugin extends AsyncWriteJournal {

    private final PostgresJournal journal;
    private final boolean isGapRefused;
    private final EventCodec codec;

    /** @param config the plugin's block */
    public PostgresJournalPlugin(Config config) {
        ExtendedActorSystem system = (ExtendedActorSystem) context().system();
        journal = JournalExtension.get(system).journal(PostgresJournal.class);
        isGapRefused = config.getBoolean("refuse-gaps");
        codec = new EventCodec(system);
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        EncodedWrites writes = EncodedWrites.of(messages, codec);
        return writes.appended(told -> journal.append(writes, told::accept));
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        return FutureConverters.asScala(journal.delete(persistenceId, toSequenceNr));
    }

    /** @param fromSequenceNr what the snapshot holds that the replay begins with; 0 if it begins with none */
    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        return FutureConverters.asScala(journal.head(persistenceId).thenApply(EventRows.Head::sequenceNr)
                .thenCompose(head -> LostHistoryException.unlessBehind(persistenceId, head, fromSequenceNr)));
    }

    @Override
    public Future<Void> doAsyncReplayMessages(String persistenceId, long fromSequenceNr, long toSequenceNr, long max,
            Consumer<PersistentRepr> replayed) {
        EventRows.Range range = new EventRows.Range(fromSequenceNr, toSequenceNr, max, isGapRefused);
        return FutureConverters.asScala(journal.replay(persistenceId, range, (sequenceNr, event) ->
                replayed.accept(codec.decode(persistenceId, sequenceNr, event))));
    }
}
