package org.mirrorlog.journal;

import akka.actor.ExtendedActorSystem;
import akka.dispatch.Futures;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import akka.persistence.journal.japi.AsyncWriteJournal;
import com.typesafe.config.Config;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.Promise;

/**
 * The Akka Persistence journal plugin over {@link SegmentJournal}. An actor, made by Akka from the key
 * {@code mirrorlog.journal}; nothing here blocks except replays, which run on {@code replay-dispatcher}.
 *
 * <p>The messages of one call become one record, all or nothing. An event that cannot be serialized is rejected
 * (nothing of it is written, nor of the events behind it in the same call); everything else that goes wrong is a
 * failure.
 */
public final class JournalPlugin extends AsyncWriteJournal {

    private final SegmentJournal journal;
    private final boolean isGapRefused;
    private final EventCodec codec;
    private final ExecutionContext replays;

    /** @param config the plugin's block */
    public JournalPlugin(Config config) {
        ExtendedActorSystem system = (ExtendedActorSystem) context().system();
        journal = JournalExtension.get(system).journal(SegmentJournal.class);
        isGapRefused = config.getBoolean("refuse-gaps");
        codec = new EventCodec(system);
        replays = system.dispatchers().lookup(config.getString("replay-dispatcher"));
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        EncodedWrites writes = EncodedWrites.of(messages, codec);
        return writes.appended(told -> journal.append(writes.persistenceId(), writes.firstSequenceNr(),
                writes.events(), told::accept));
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        Promise<Void> promise = Futures.promise();
        journal.delete(persistenceId, toSequenceNr, failure -> complete(promise, failure, null));
        return promise.future();
    }

    /** @param fromSequenceNr what the snapshot holds that the replay begins with; 0 if it begins with none */
    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        // An owner that restarts may have left a write behind in the queue; its outcome is waited for.
        Promise<Long> promise = Futures.promise();
        journal.barrier(failure -> {
            long head = journal.headSequenceNr(persistenceId);
            complete(promise, failure == null && fromSequenceNr > head
                    ? LostHistoryException.end(persistenceId, head, fromSequenceNr) : failure, head);
        });
        return promise.future();
    }

    @Override
    public Future<Void> doAsyncReplayMessages(String persistenceId, long fromSequenceNr, long toSequenceNr, long max,
            Consumer<PersistentRepr> replayed) {
        return Futures.future(() -> {
            long deletedTo = journal.deletedTo(persistenceId);
            if (isGapRefused && max > 0 && fromSequenceNr <= deletedTo && fromSequenceNr <= toSequenceNr) {
                throw LostHistoryException.hole(persistenceId, fromSequenceNr, deletedTo);
            }
            journal.replay(persistenceId, fromSequenceNr, toSequenceNr, max, (sequenceNr, event) ->
                    replayed.accept(codec.decode(persistenceId, sequenceNr, event)));
            return null;
        }, replays);
    }

    private static <T> void complete(Promise<T> promise, IOException failure, T success) {
        if (failure == null) {
            promise.success(success);
        } else {
            promise.failure(failure);
        }
    }
}
