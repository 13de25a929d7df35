package org.mirrorlog.journal;

import akka.dispatch.Futures;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import java.io.IOException;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The messages of one call of a journal plugin, which become one append, all or nothing. An event that cannot be
 * serialized is rejected: nothing of its write is kept, nor of the writes behind it in the same call.
 *
 * @param writer who writes: each start of an owner has a name of its own
 * @param firstSequenceNr that of the first event
 * @param events what is to be appended; empty if nothing could be serialized
 * @param outcomes what to answer, write by write, once the events are durable
 */
public record EncodedWrites(String persistenceId, String writer, long firstSequenceNr, List<byte[]> events,
        List<Optional<Exception>> outcomes) {

    /** Encodes the messages of one call, all of one persistence id. */
    public static EncodedWrites of(Iterable<AtomicWrite> messages, EventCodec codec) {
        List<byte[]> events = new ArrayList<>();
        List<Optional<Exception>> outcomes = new ArrayList<>();
        AtomicWrite first = null;
        Exception rejection = null;
        for (AtomicWrite write : messages) {
            first = first == null ? write : first;
            rejection = rejection == null ? encode(write, events, codec) : rejection;
            outcomes.add(Optional.ofNullable(rejection));
        }
        if (first == null) {
            return new EncodedWrites("", "", 0, events, outcomes);
        }
        return new EncodedWrites(first.persistenceId(), first.payload().head().writerUuid(), first.lowestSequenceNr(),
                events, outcomes);
    }

    /**
     * What Akka is told of an append of these.
     *
     * @param append is handed who is to be told, once, when they are durable (null), or why not; not called where there
     *     is nothing to append
     */
    public Future<Iterable<Optional<Exception>>> appended(Consumer<Consumer<IOException>> append) {
        Promise<Iterable<Optional<Exception>>> promise = Futures.promise();
        if (events.isEmpty()) {
            promise.success(outcomes);
        } else {
            append.accept(failure -> {
                if (failure == null) {
                    promise.success(outcomes);
                } else {
                    promise.failure(failure);
                }
            });
        }
        return promise.future();
    }

    /** Adds the events of one write, or none of them and returns why. */
    private static Exception encode(AtomicWrite write, List<byte[]> events, EventCodec codec) {
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
}
