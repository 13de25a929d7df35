package org.mirrorlog.journal.postgres;

import akka.persistence.SelectedSnapshot;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotSelectionCriteria;
import akka.persistence.snapshot.japi.SnapshotStore;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializer;
import akka.serialization.Serializers;
import com.typesafe.config.Config;
import java.util.Optional;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.SnapshotCodec;
import org.mirrorlog.journal.SnapshotRange;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * The Akka Persistence snapshot store over {@link PostgresJournal}. An actor, made by Akka from the key
 * {@code mirrorlog.postgres.snapshots}; nothing here blocks. Snapshots are serialized on the journal's threads, so they
 * must be immutable.
 */
public final class PostgresSnapshotPlugin extends SnapshotStore {

    private final PostgresJournal journal;
    private final Serialization serialization;

    /** @param config the plugin's block */
    public PostgresSnapshotPlugin(Config config) {
        journal = JournalExtension.get(context().system()).journal(PostgresJournal.class);
        serialization = SerializationExtension.get(context().system());
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return FutureConverters.asScala(journal.snapshots("loading a snapshot of " + persistenceId, connection ->
                Optional.ofNullable(SnapshotRows.load(connection,
                        new SnapshotRows.Wanted(persistenceId, SnapshotRange.of(criteria)),
                        new SnapshotRows.Source<>(journal.id(), this::select, journal.log())))));
    }

    private SelectedSnapshot select(SnapshotCodec.Stored stored) {
        Object snapshot = serialization.deserialize(stored.payload(), stored.serializerId(), stored.manifest()).get();
        SnapshotMetadata metadata = new SnapshotMetadata(stored.persistenceId(), stored.sequenceNr(),
                stored.timestamp());
        return SelectedSnapshot.create(metadata, snapshot);
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        return FutureConverters.asScala(journal.snapshots("saving snapshot " + metadata.sequenceNr() + " of "
                + metadata.persistenceId(), connection -> {
                    Serializer serializer = serialization.findSerializerFor(snapshot);
                    return SnapshotRows.save(connection, new SnapshotCodec.Stored(metadata.persistenceId(),
                            metadata.sequenceNr(), metadata.timestamp(), serializer.identifier(),
                            Serializers.manifestFor(serializer, snapshot), serialization.serialize(snapshot).get(),
                            journal.id()));
                }));
    }

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        return delete(new SnapshotRows.Wanted(metadata.persistenceId(), SnapshotRange.of(metadata)));
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return delete(new SnapshotRows.Wanted(persistenceId, SnapshotRange.of(criteria)));
    }

    private Future<Void> delete(SnapshotRows.Wanted wanted) {
        return FutureConverters.asScala(journal.snapshots("deleting snapshots of " + wanted.persistenceId(),
                connection -> SnapshotRows.delete(connection, wanted)));
    }
}
