package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Walks through the records of one segment while the journal is opened. Used once; changes no file. */
final class SegmentScanner {

    private final SegmentReader reader;
    private final RecordCodec codec;
    private final String directory;
    private final String fileName;
    private final long number;

    SegmentScanner(SegmentReader reader, RecordCodec codec, String directory, long number) {
        this.reader = reader;
        this.codec = codec;
        this.directory = directory;
        this.fileName = SegmentHeader.fileName(number);
        this.number = number;
    }

    /** What stands at the beginning of a segment, and where its own records start. */
    record Tables(RecordBodies.Segments segments, List<RecordBodies.Head> heads, long endBytes) {
    }

    /** Reads the tables. They were forced before the segment got its name, so any flaw is damage. */
    Tables tables() throws IOException {
        RecordCodec.Frame first = whole(SegmentHeader.BYTES, RecordKind.SEGMENTS);
        RecordBodies.Segments segments = RecordBodies.getSegments(first.body());
        long at = first.endBytes();
        List<RecordBodies.Head> heads = new ArrayList<>();
        for (int i = 0; i < segments.headsRecords(); i++) {
            RecordCodec.Frame next = whole(at, RecordKind.HEADS);
            heads.addAll(RecordBodies.getHeads(next.body()));
            at = next.endBytes();
        }
        return new Tables(segments, heads, at);
    }

    private RecordCodec.Frame whole(long offsetBytes, RecordKind kind) throws IOException {
        RecordCodec.Frame frame = codec.read(reader, offsetBytes, reader.sizeBytes());
        if (!frame.isValid()) {
            throw damage(offsetBytes, frame.broken());
        }
        if (frame.kind() != kind) {
            throw damage(offsetBytes, "a record " + frame.kind() + " stands where " + kind + " belongs");
        }
        return frame;
    }

    /** Applies the records of a sealed segment, which must fill it exactly up to its end. */
    void sealed(JournalIndex index, long fromBytes, long endBytes) throws IOException {
        long at = fromBytes;
        while (at < endBytes) {
            RecordCodec.Frame frame = codec.read(reader, at, endBytes);
            if (!frame.isValid()) {
                throw damage(at, frame.broken());
            }
            apply(index, frame);
            at = frame.endBytes();
        }
    }

    /**
     * Applies the records of the last segment and finds its end.
     *
     * @throws JournalDamagedException if a flawed record was forced once, so that no power failure explains the flaw
     */
    SegmentTail last(JournalIndex index, long fromBytes) throws IOException {
        long sizeBytes = reader.sizeBytes();
        long at = fromBytes;
        long lastGroup = fromBytes;
        RecordCodec.Frame frame = codec.read(reader, at, sizeBytes);
        while (frame.isValid()) {
            apply(index, frame);
            at = frame.endBytes();
            lastGroup = frame.groupStartBytes();
            frame = codec.read(reader, at, sizeBytes);
        }
        SegmentTail.Rest rest = SegmentTail.inspect(reader, codec, at);
        if (rest.laterGroupAt() > 0) {
            throw damage(at, frame.broken() + ", but a record at offset " + rest.laterGroupAt()
                    + " was written after it was safe");
        }
        return new SegmentTail(at, lastGroup, rest.isClean() ? null : frame.broken());
    }

    private void apply(JournalIndex index, RecordCodec.Frame frame) throws IOException {
        ByteBuffer body = frame.body();
        switch (frame.kind()) {
            case EVENTS, MOVED -> applyEvents(index, frame, RecordBodies.getEventsHead(body));
            case DELETED -> {
                long deletedTo = body.getLong();
                String id = RecordBodies.getId(body);
                if (deletedTo > index.head(id)) {
                    throw damage(frame.offsetBytes(), "events of " + id + " are deleted beyond their head");
                }
                index.deleted(id, deletedTo);
            }
            case OPENED, CLOSED -> { }
            case CONTINUED -> throw damage(frame.offsetBytes(), "the journal goes on in "
                    + SegmentHeader.fileName(body.getLong()) + ", which is missing");
            case SEGMENTS, HEADS, RAFT_START, RAFT_SEAT, RAFT_VOTE, RAFT_ENTRY, RAFT_TRUNCATED, RAFT_CHUNK ->
                throw damage(frame.offsetBytes(), "a record " + frame.kind() + " stands here");
        }
    }

    private void applyEvents(JournalIndex index, RecordCodec.Frame frame, RecordBodies.EventsHead events)
            throws IOException {
        History.Place place = new History.Place(number, frame.offsetBytes(), frame.totalBytes(),
                events.firstSequenceNr(), events.count());
        long head = index.head(events.persistenceId());
        if (frame.kind() == RecordKind.MOVED) {
            if (place.lastSequenceNr() > head) {
                throw damage(frame.offsetBytes(), "events of " + events.persistenceId() + " beyond their head");
            }
            index.moved(events.persistenceId(), place);
            return;
        }
        if (events.firstSequenceNr() != head + 1 || events.count() < 1) {
            throw damage(frame.offsetBytes(), "events of " + events.persistenceId() + " start at sequence number "
                    + events.firstSequenceNr() + " but the head is " + head);
        }
        index.appended(events.persistenceId(), place);
    }

    private JournalDamagedException damage(long offsetBytes, String what) {
        return new JournalDamagedException(directory, fileName, offsetBytes, what);
    }
}
