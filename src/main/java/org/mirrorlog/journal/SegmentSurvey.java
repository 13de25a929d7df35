package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What can still be read of a damaged journal, and whose events are missing: looks for whole records at every possible
 * place of every segment. Nothing is believed for serving; it only tells which logs are concerned.
 */
final class SegmentSurvey {

    private final Storage storage;
    private final SortedSet<Long> numbers;
    private final Map<String, Life> lives = new HashMap<>();

    SegmentSurvey(Storage storage, SortedSet<Long> numbers) {
        this.storage = storage;
        this.numbers = numbers;
    }

    /** What was found of one log. */
    private static final class Life {
        private long head;
        private long deletedTo;
        private final NavigableMap<Long, Long> events = new TreeMap<>();
    }

    /** Adds what there is to the findings, and who has lost what to the logs concerned. */
    void survey(List<String> found, List<String> notes, SortedMap<String, SortedSet<String>> concerned) {
        Optional<JournalId> id = id();
        if (id.isEmpty()) {
            notes.add("no segment file has a header that can be read: every log is concerned");
            return;
        }
        for (long number : numbers) {
            try (SegmentReader reader = new SegmentReader(storage.openForReading(SegmentHeader.fileName(number)),
                    SegmentHeader.fileName(number))) {
                walk(reader, new RecordCodec(id.get(), number));
            } catch (IOException e) {
                notes.add("segment file " + SegmentHeader.fileName(number) + " cannot be read to its end ("
                        + DiskStorage.reason(e) + ")");
            }
        }
        found.add("journal " + id.get() + ": " + numbers.size() + " segment files, of " + lives.size()
                + " logs at least");
        lives.forEach((persistenceId, life) -> missing(life).ifPresent(what ->
                concerned.computeIfAbsent(persistenceId, key -> new TreeSet<>()).add(what)));
        notes.add("what the damaged place held cannot be known for sure: logs that are not named may have lost their"
                + " last events, or their whole life if it was short");
    }

    private Optional<JournalId> id() {
        for (long number : new TreeSet<>(numbers).descendingSet()) {
            try (SegmentReader reader = new SegmentReader(storage.openForReading(SegmentHeader.fileName(number)),
                    SegmentHeader.fileName(number))) {
                return Optional.of(JournalOpener.header(storage, reader, SegmentHeader.fileName(number)).id());
            } catch (IOException e) {
                // The next older one may do; that this one is damaged has been said.
                continue;
            }
        }
        return Optional.empty();
    }

    private void walk(SegmentReader reader, RecordCodec codec) throws IOException {
        long sizeBytes = reader.sizeBytes();
        long at = SegmentHeader.BYTES;
        while (at < sizeBytes) {
            RecordCodec.Frame frame = codec.read(reader, at, sizeBytes);
            if (frame.isValid()) {
                take(frame);
                at = frame.endBytes();
            } else {
                at += RecordCodec.ALIGNMENT;
            }
        }
    }

    private void take(RecordCodec.Frame frame) throws JournalException {
        try {
            switch (frame.kind()) {
                case HEADS -> RecordBodies.getHeads(frame.body()).forEach(head -> {
                    Life life = life(head.persistenceId());
                    life.head = Math.max(life.head, head.headSequenceNr());
                    life.deletedTo = Math.max(life.deletedTo, head.deletedTo());
                });
                case EVENTS, MOVED -> {
                    RecordBodies.EventsHead events = RecordBodies.getEventsHead(frame.body());
                    Life life = life(events.persistenceId());
                    long last = events.firstSequenceNr() + events.count() - 1;
                    life.head = Math.max(life.head, last);
                    life.events.merge(events.firstSequenceNr(), last, Math::max);
                }
                case DELETED -> {
                    long to = frame.body().getLong();
                    Life life = life(RecordBodies.getId(frame.body()));
                    life.deletedTo = Math.max(life.deletedTo, to);
                }
                case SEGMENTS, OPENED, CLOSED, CONTINUED, RAFT_START, RAFT_SEAT, RAFT_VOTE, RAFT_ENTRY, RAFT_TRUNCATED,
                        RAFT_CHUNK -> { }
            }
        } catch (BufferUnderflowException e) {
            throw new JournalException("a record with a good checksum does not hold what it says", e);
        }
    }

    private Life life(String persistenceId) {
        return lives.computeIfAbsent(persistenceId, key -> new Life());
    }

    /** The first hole in what is needed, if there is one. */
    private static Optional<String> missing(Life life) {
        long next = life.deletedTo + 1;
        for (Map.Entry<Long, Long> events : life.events.entrySet()) {
            if (events.getKey() > next) {
                return Optional.of("its events from " + next + " to " + (events.getKey() - 1) + " cannot be read");
            }
            next = Math.max(next, events.getValue() + 1);
        }
        return next <= life.head ? Optional.of("its events from " + next + " to " + life.head + " cannot be read")
                : Optional.empty();
    }
}
