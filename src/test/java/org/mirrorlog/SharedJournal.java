package org.mirrorlog;

import akka.dispatch.Futures;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import akka.persistence.journal.japi.AsyncWriteJournal;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import scala.concurrent.Future;

/**
 * A journal that all actor systems of this JVM share, in memory, as bytes. An append is accepted right after the head
 * and nowhere else (D1).
 */
public final class SharedJournal extends AsyncWriteJournal {
    /** What selects it; {@code shared-journal.name} tells one test's journal from another's. */
    public static final String CONFIG = """
            shared-journal { class = "org.mirrorlog.SharedJournal", plugin-dispatcher = "akka.actor.default-dispatcher" }
            akka.persistence.journal.plugin = "shared-journal"
            akka.persistence.snapshot-store.plugin = "akka.persistence.no-snapshot-store"
            """;

    private record Stored(int serializer, String manifest, byte[] bytes) { }

    private static final Map<String, NavigableMap<Long, Stored>> LOGS = new ConcurrentHashMap<>();

    private final String name;
    private final Serialization serialization = SerializationExtension.get(context().system());

    /** Called by Akka. */
    public SharedJournal(Config config) {
        name = config.getString("name");
    }

    /** Appends that were accepted for this persistence id. */
    public static int commits(String journal, String persistenceId) {
        return log(journal, persistenceId).size();
    }

    private static NavigableMap<Long, Stored> log(String journal, String persistenceId) {
        return LOGS.computeIfAbsent(journal + '/' + persistenceId, id -> new TreeMap<>());
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> writes) {
        List<Optional<Exception>> results = new ArrayList<>();
        for (AtomicWrite write : writes) {
            NavigableMap<Long, Stored> log = log(name, write.persistenceId());
            synchronized (log) {
                long head = log.isEmpty() ? 0 : log.lastKey();
                if (write.lowestSequenceNr() != head + 1) {
                    return Futures.failed(new IllegalStateException(write.persistenceId() + ": the head is " + head));
                }
                scala.jdk.javaapi.CollectionConverters.asJava(write.payload())
                        .forEach(event -> log.put(event.sequenceNr(),
                        stored(event.payload())));
            }
            results.add(Optional.empty());
        }
        return Futures.successful(results);
    }

    private Stored stored(Object event) {
        var serializer = serialization.findSerializerFor(event);
        return new Stored(serializer.identifier(), akka.serialization.Serializers.manifestFor(serializer, event),
                serializer.toBinary(event));
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        return Futures.successful(null);
    }

    @Override
    public Future<Void> doAsyncReplayMessages(String persistenceId, long from, long to, long max,
                                              Consumer<PersistentRepr> replay) {
        NavigableMap<Long, Stored> log = log(name, persistenceId);
        synchronized (log) {
            log.tailMap(from, true).headMap(to, true).entrySet().stream().limit(max).forEach(entry -> {
                Stored event = entry.getValue();
                replay.accept(PersistentRepr.apply(
                        serialization.deserialize(event.bytes, event.serializer, event.manifest).get(), entry.getKey(),
                        persistenceId, event.manifest, false, null, ""));
            });
        }
        return Futures.successful(null);
    }

    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long from) {
        NavigableMap<Long, Stored> log = log(name, persistenceId);
        synchronized (log) {
            return Futures.successful(log.isEmpty() ? 0L : log.lastKey());
        }
    }
}
