package org.mirrorlog.journal;

import akka.actor.ExtendedActorSystem;
import akka.dispatch.Futures;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import akka.persistence.journal.japi.AsyncWriteJournal;
import com.typesafe.config.Config;
import java.io.IOException;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import scala.jdk.javaapi.CollectionConverters;

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
        JournalExtension extension = JournalExtension.get(system);
        journal = extension.journal();
        isGapRefused = extension.isGapRefused();
        codec = new EventCodec(system);
        replays = system.dispatchers().lookup(config.getString("replay-dispatcher"));
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        List<byte[]> events = new ArrayList<>();
        List<Optional<Exception>> outcomes = new ArrayList<>();
        String persistenceId = null;
        long firstSequenceNr = 0;
        Exception rejection = null;
        for (AtomicWrite write : messages) {
            if (persistenceId == null) {
                persistenceId = write.persistenceId();
                firstSequenceNr = write.lowestSequenceNr();
            }
            rejection = rejection == null ? encode(write, events) : rejection;
            outcomes.add(Optional.ofNullable(rejection));
        }
        if (events.isEmpty()) {
            return Futures.successful(outcomes);
        }
        Promise<Iterable<Optional<Exception>>> promise = Futures.promise();
        journal.append(persistenceId, firstSequenceNr, events, failure -> complete(promise, failure, outcomes));
        return promise.future();
    }

    /** Adds the events of one write, or none of them and returns why. */
    private Exception encode(AtomicWrite write, List<byte[]> events) {
        List<byte[]> encoded = new ArrayList<>(write.size());
        try {
            for (PersistentRepr event : CollectionConverters.asJava(write.payload())) {
                encoded.add(codec.encode(event));
            }
        } catch (NotSerializableException | RuntimeException e) {
            return e;
        }
        events.addAll(encoded);
        return null;
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        Promise<Void> promise = Futures.promise();
        journal.delete(persistenceId, toSequenceNr, failure -> complete(promise, failure, null));
        return promise.future();
    }

    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        // An owner that restarts may have left a write behind in the queue; its outcome is waited for.
        Promise<Long> promise = Futures.promise();
        journal.barrier(failure -> {
            if (failure == null) {
                promise.success(journal.headSequenceNr(persistenceId));
            } else {
                promise.failure(failure);
            }
        });
        return promise.future();
    }

    @Override
    public Future<Void> doAsyncReplayMessages(String persistenceId, long fromSequenceNr, long toSequenceNr, long max,
            Consumer<PersistentRepr> replayed) {
        return Futures.future(() -> {
            long deletedTo = journal.deletedTo(persistenceId);
            if (isGapRefused && max > 0 && fromSequenceNr <= deletedTo && fromSequenceNr <= toSequenceNr) {
                throw new JournalException("events " + fromSequenceNr + " to " + deletedTo + " of " + persistenceId
                        + " are deleted and no snapshot that holds them could be read: the state cannot be rebuilt."
                        + " Look for skipped snapshots in the log, restore them, or let the log be adopted"
                        + " (mirrorlog.adopt)");
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
