package org.mirrorlog.journal;

import akka.dispatch.Futures;
import akka.persistence.SelectedSnapshot;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotSelectionCriteria;
import akka.persistence.snapshot.japi.SnapshotStore;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializer;
import akka.serialization.Serializers;
import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import scala.concurrent.Future;

/**
 * The Akka Persistence snapshot store over {@link SnapshotFiles}. An actor, made by Akka from the key
 * {@code mirrorlog.snapshots}, on a dispatcher with a thread of its own: it blocks while it reads and writes.
 */
public class SnapshotPlugin extends SnapshotStore {

    private final SnapshotFiles files;
    private final Serialization serialization;

    /** @param config the plugin's block */
    public SnapshotPlugin(Config config) {
        this(new SnapshotFiles.Directories(Path.of(config.getString("dir"))));
    }

    /** Tests put faults behind the door. */
    SnapshotPlugin(SnapshotFiles.Door door) {
        SegmentJournal journal = JournalExtension.get(context().system()).journal(SegmentJournal.class);
        files = new SnapshotFiles(door, journal, new AkkaLog(log()));
        serialization = SerializationExtension.get(context().system());
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return now(() -> Optional.ofNullable(
                files.load(persistenceId, wanted(SnapshotRange.of(criteria)), this::select)));
    }

    private SelectedSnapshot select(SnapshotCodec.Stored stored) {
        Object snapshot = serialization.deserialize(stored.payload(), stored.serializerId(), stored.manifest()).get();
        SnapshotMetadata metadata =
                new SnapshotMetadata(stored.persistenceId(), stored.sequenceNr(), stored.timestamp());
        return SelectedSnapshot.create(metadata, snapshot);
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        return now(() -> {
            Serializer serializer = serialization.findSerializerFor(snapshot);
            files.save(new SnapshotCodec.Stored(metadata.persistenceId(), metadata.sequenceNr(), metadata.timestamp(),
                    serializer.identifier(), Serializers.manifestFor(serializer, snapshot),
                    serialization.serialize(snapshot).get(), null));
            return null;
        });
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
        return now(() -> {
            files.delete(persistenceId, wanted(range));
            return null;
        });
    }

    private static Predicate<SnapshotFiles.Name> wanted(SnapshotRange range) {
        return name -> range.has(name.sequenceNr(), name.timestamp());
    }

    /** Runs on this actor's own thread, one after the other. */
    private static <T> Future<T> now(Callable<T> work) {
        try {
            return Futures.successful(work.call());
        } catch (Exception e) {
            return Futures.failed(e);
        }
    }
}
