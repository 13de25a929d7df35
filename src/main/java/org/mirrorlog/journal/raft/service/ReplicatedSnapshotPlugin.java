package org.mirrorlog.journal.raft.service;

import akka.persistence.SelectedSnapshot;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotSelectionCriteria;
import akka.persistence.snapshot.japi.SnapshotStore;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializer;
import akka.serialization.Serializers;
import com.typesafe.config.Config;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.SnapshotCodec;
import org.mirrorlog.journal.SnapshotRange;
import org.mirrorlog.journal.raft.Command;
import org.mirrorlog.journal.raft.Ledger;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * The Akka Persistence snapshot store over {@link ReplicatedJournal}: the same bytes, with checksum, as the embedded
 * store keeps in files. An actor, made by Akka from the key {@code mirrorlog.replicated.snapshots}; nothing here
 * blocks. Snapshots are serialized on {@code encoding-dispatcher}, so they must be immutable.
 */
public final class ReplicatedSnapshotPlugin extends SnapshotStore {

    private final ReplicatedJournal journal;
    private final Serialization serialization;
    private final Executor encoding;

    /** @param config the plugin's block */
    public ReplicatedSnapshotPlugin(Config config) {
        journal = JournalExtension.get(context().system()).journal(ReplicatedJournal.class);
        serialization = SerializationExtension.get(context().system());
        encoding = context().system().dispatchers().lookup(config.getString("encoding-dispatcher"));
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return FutureConverters.asScala(journal.caughtUp(persistenceId).thenApplyAsync(nothing ->
                load(persistenceId, SnapshotRange.of(criteria)), encoding));
    }

    /** The newest one that is wanted and can be read. Whether an older one will do is for the journal to say. */
    private Optional<SelectedSnapshot> load(String persistenceId, SnapshotRange range) {
        Set<Long> skipped = new HashSet<>();
        while (true) {
            Optional<Ledger.Snapshot> next = journal.ledger().snapshot(persistenceId, snapshot ->
                    !skipped.contains(snapshot.sequenceNr()) && range.has(snapshot.sequenceNr(), snapshot.timestamp()));
            if (next.isEmpty()) {
                return Optional.empty();
            }
            try {
                return Optional.of(read(persistenceId, next.get()));
            } catch (IOException | RuntimeException e) {
                journal.log().warn("snapshot " + next.get().sequenceNr() + " of " + persistenceId + " is skipped: "
                        + (e instanceof JournalException ? e.getMessage() : e));
                skipped.add(next.get().sequenceNr());
            }
        }
    }

    private SelectedSnapshot read(String persistenceId, Ledger.Snapshot snapshot) throws IOException {
        SnapshotCodec.Stored stored = SnapshotCodec.decode(snapshot.bytes());
        if (!stored.persistenceId().equals(persistenceId) || stored.sequenceNr() != snapshot.sequenceNr()
                || stored.isForeignTo(journal.id())) {
            throw new JournalException("it holds snapshot " + stored.sequenceNr() + " of " + stored.persistenceId()
                    + " of journal " + stored.journal());
        }
        Object state = serialization.deserialize(stored.payload(), stored.serializerId(), stored.manifest()).get();
        return SelectedSnapshot.create(new SnapshotMetadata(persistenceId, stored.sequenceNr(), stored.timestamp()),
                state);
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        return FutureConverters.asScala(CompletableFuture.supplyAsync(() -> encoded(metadata, snapshot), encoding)
                .thenCompose(whole -> journal.save(whole)));
    }

    private Command.SaveSnapshot encoded(SnapshotMetadata metadata, Object snapshot) {
        Serializer serializer = serialization.findSerializerFor(snapshot);
        byte[] bytes = SnapshotCodec.encode(new SnapshotCodec.Stored(metadata.persistenceId(), metadata.sequenceNr(),
                metadata.timestamp(), serializer.identifier(), Serializers.manifestFor(serializer, snapshot),
                serialization.serialize(snapshot).get(), journal.id())).array();
        return new Command.SaveSnapshot(metadata.persistenceId(), metadata.sequenceNr(), metadata.timestamp(), 0, 1,
                bytes);
    }

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        return delete(metadata.persistenceId(), SnapshotRange.of(metadata));
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return delete(persistenceId, SnapshotRange.of(criteria));
    }

    private Future<Void> delete(String persistenceId, SnapshotRange range) {
        Command.DeleteSnapshots command = new Command.DeleteSnapshots(persistenceId, range.leastSequenceNr(),
                range.mostSequenceNr(), range.leastTimestamp(), range.mostTimestamp());
        return FutureConverters.asScala(journal.decide(command).thenAccept(outcome -> { }));
    }
}
