package org.mirrorlog.journal;

import akka.actor.ActorRef;
import akka.actor.ExtendedActorSystem;
import akka.persistence.PersistentRepr;
import akka.persistence.journal.Tagged;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializer;
import akka.serialization.Serializers;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One event as bytes, little-endian; the payload by Akka's serialization.
 *
 * <pre>
 * version u8 = 1 | serializer id i32 | timestamp in ms i64 | serializer manifest | event manifest | writer | payload
 * </pre>
 *
 * The three texts are UTF-8 with their length, u16, before them. Tags are dropped: this journal has no queries. Thread
 * safe.
 */
public final class EventCodec {

    private static final byte VERSION = 1;
    private static final int FIXED_BYTES = 1 + Integer.BYTES + Long.BYTES + 3 * Short.BYTES;
    private static final int MAX_TEXT_BYTES = 0xffff;

    private final Serialization serialization;

    /** Uses the serializers of an actor system. */
    public EventCodec(ExtendedActorSystem system) {
        this.serialization = SerializationExtension.get(system);
    }

    /**
     * The bytes of an event.
     *
     * @throws RuntimeException whatever a serializer throws
     * @throws NotSerializableException if there is no way to keep all of the event
     */
    public byte[] encode(PersistentRepr event) throws NotSerializableException {
        if (event.metadata().isDefined()) {
            throw new NotSerializableException("this journal keeps no event metadata (replicated event sourcing)");
        }
        Object payload = event.payload() instanceof Tagged tagged ? tagged.payload() : event.payload();
        Serializer serializer = serialization.findSerializerFor(payload);
        byte[] serializerManifest = text(Serializers.manifestFor(serializer, payload));
        byte[] eventManifest = text(event.manifest());
        byte[] writer = text(event.writerUuid());
        byte[] bytes = serialization.serialize(payload).get();
        ByteBuffer out = ByteBuffer.allocate(
                FIXED_BYTES + serializerManifest.length + eventManifest.length + writer.length + bytes.length);
        out.order(ByteOrder.LITTLE_ENDIAN).put(VERSION).putInt(serializer.identifier()).putLong(event.timestamp());
        putText(out, serializerManifest);
        putText(out, eventManifest);
        putText(out, writer);
        return out.put(bytes).array();
    }

    /** The event of these bytes; throws whatever a serializer throws. */
    public PersistentRepr decode(String persistenceId, long sequenceNr, byte[] event) {
        ByteBuffer in = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalStateException("event " + sequenceNr + " of " + persistenceId + " has format version "
                    + version + "; this program knows version " + VERSION + " only");
        }
        int serializerId = in.getInt();
        long timestamp = in.getLong();
        String serializerManifest = getText(in);
        String eventManifest = getText(in);
        String writer = getText(in);
        byte[] bytes = new byte[in.remaining()];
        in.get(bytes);
        Object payload = serialization.deserialize(bytes, serializerId, serializerManifest).get();
        return PersistentRepr.apply(payload, sequenceNr, persistenceId, eventManifest, false, ActorRef.noSender(),
                writer).withTimestamp(timestamp);
    }

    private static byte[] text(String text) throws NotSerializableException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT_BYTES) {
            throw new NotSerializableException("a manifest of " + bytes.length + " bytes; at most " + MAX_TEXT_BYTES
                    + " are allowed");
        }
        return bytes;
    }

    private static void putText(ByteBuffer out, byte[] text) {
        out.putShort((short) text.length).put(text);
    }

    private static String getText(ByteBuffer in) {
        byte[] text = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
