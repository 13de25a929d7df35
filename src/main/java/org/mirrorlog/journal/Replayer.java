package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads events back, on the caller's thread and through files of its own. Used once. */
final class Replayer {

    private final Storage storage;
    private final JournalId id;
    private final JournalIndex index;

    private SegmentReader reader;
    private RecordCodec codec;
    private long segment;

    Replayer(Storage storage, JournalId id, JournalIndex index) {
        this.storage = storage;
        this.id = id;
        this.index = index;
    }

    /** Takes the events, in order. */
    @FunctionalInterface
    interface Sink {
        void accept(long sequenceNr, byte[] event) throws IOException;
    }

    /**
     * Hands over the events of a range that are not deleted, each exactly once, in order.
     *
     * @param max most events
     * @throws JournalException if a record cannot be read back as it was written
     */
    void replay(String persistenceId, long fromSequenceNr, long toSequenceNr, long max, Sink sink)
            throws IOException {
        JournalIndex.Pinned pinned = index.pin(persistenceId, fromSequenceNr, toSequenceNr, max);
        try {
            for (History.Place place : pinned.places()) {
                open(place.segment());
                read(pinned, place, sink);
            }
        } finally {
            index.unpin(pinned);
            closeReader();
        }
    }

    private void open(long wanted) throws IOException {
        if (reader != null && segment == wanted) {
            return;
        }
        closeReader();
        String name = SegmentHeader.fileName(wanted);
        reader = new SegmentReader(storage.openForReading(name), storage.directory() + "/" + name);
        codec = new RecordCodec(id, wanted);
        segment = wanted;
    }

    private void read(JournalIndex.Pinned pinned, History.Place place, Sink sink) throws IOException {
        RecordCodec.Frame frame = codec.read(reader, place.offsetBytes(), place.offsetBytes() + place.sizeBytes());
        if (!frame.isValid()) {
            throw new JournalDamagedException(storage.directory(), SegmentHeader.fileName(segment),
                    place.offsetBytes(), frame.broken());
        }
        ByteBuffer body = frame.body();
        RecordBodies.EventsHead head = RecordBodies.getEventsHead(body);
        if (!head.persistenceId().equals(pinned.persistenceId()) || head.firstSequenceNr() != place.firstSequenceNr()) {
            throw new JournalDamagedException(storage.directory(), SegmentHeader.fileName(segment),
                    place.offsetBytes(), "the record is of " + head.persistenceId() + " from sequence number "
                    + head.firstSequenceNr());
        }
        for (int i = 0; i < head.count(); i++) {
            byte[] event = RecordBodies.getEvent(body);
            long sequenceNr = head.firstSequenceNr() + i;
            if (sequenceNr >= pinned.fromSequenceNr() && sequenceNr <= pinned.toSequenceNr()) {
                sink.accept(sequenceNr, event);
            }
        }
    }

    private void closeReader() throws IOException {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
