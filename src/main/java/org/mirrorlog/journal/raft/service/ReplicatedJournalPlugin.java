package org.mirrorlog.journal.raft.service;

import akka.actor.ExtendedActorSystem;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import akka.persistence.journal.japi.AsyncWriteJournal;
import com.typesafe.config.Config;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.mirrorlog.journal.AppendRefusedException;
import org.mirrorlog.journal.EncodedWrites;
import org.mirrorlog.journal.EventCodec;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.LostHistoryException;
import org.mirrorlog.journal.raft.Command;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * The Akka Persistence journal plugin over {@link ReplicatedJournal}. An actor, made by Akka from the key
 * {@code mirrorlog.replicated.journal}; nothing here blocks, and replays are decoded on {@code replay-dispatcher}.
 *
 * <p>The messages of one call become one append, all or nothing. An event that cannot be serialized is rejected
 * (nothing of it is written, nor of the events behind it in the same call); everything else that goes wrong is a
 * failure.
 */
public final class ReplicatedJournalPlugin extends AsyncWriteJournal {

    private final ReplicatedJournal journal;
    private final boolean isGapRefused;
    private final EventCodec codec;
    private final Executor replays;

    /** @param config the plugin's block */
    public ReplicatedJournalPlugin(Config config) {
        ExtendedActorSystem system = (ExtendedActorSystem) context().system();
        journal = JournalExtension.get(system).journal(ReplicatedJournal.class);
        isGapRefused = config.getBoolean("refuse-gaps");
        codec = new EventCodec(system);
        replays = system.dispatchers().lookup(config.getString("replay-dispatcher"));
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        EncodedWrites writes = EncodedWrites.of(messages, codec);
        return writes.appended(told -> {
            if (writes.firstSequenceNr() < 1) {
                told.accept(new AppendRefusedException(writes.persistenceId(), writes.firstSequenceNr(),
                        journal.ledger().head(writes.persistenceId())));
            } else {
                journal.append(writes, told);
            }
        });
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        CompletionStage<Void> deleted = journal.decide(new Command.Delete(persistenceId, toSequenceNr))
                .thenAccept(outcome -> { });
        return FutureConverters.asScala(deleted);
    }

    /** @param fromSequenceNr what the snapshot holds that the replay begins with; 0 if it begins with none */
    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        return FutureConverters.asScala(journal.acceptedHead(persistenceId)
                .thenCompose(head -> LostHistoryException.unlessBehind(persistenceId, head, fromSequenceNr)));
    }

    /** The highest number was read before, behind a barrier: what is here now is at least as much. */
    @Override
    public Future<Void> doAsyncReplayMessages(String persistenceId, long fromSequenceNr, long toSequenceNr, long max,
            Consumer<PersistentRepr> replayed) {
        CompletionStage<Void> done = journal.caughtUp(persistenceId).thenAcceptAsync(nothing -> {
            Map<Long, byte[]> events = journal.ledger().events(persistenceId, fromSequenceNr, toSequenceNr);
            long deletedTo = journal.ledger().deletedTo(persistenceId);
            if (isGapRefused && max > 0 && fromSequenceNr <= deletedTo && fromSequenceNr <= toSequenceNr) {
                throw new CompletionException(LostHistoryException.hole(persistenceId, fromSequenceNr, deletedTo));
            }
            events.entrySet().stream().limit(max).forEach(event ->
                    replayed.accept(codec.decode(persistenceId, event.getKey(), event.getValue())));
        }, replays);
        return FutureConverters.asScala(done);
    }
}
