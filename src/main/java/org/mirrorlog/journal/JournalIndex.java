package org.mirrorlog.journal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is where: heads, deletions and record positions of every persistence id, and how much of each segment is live.
 * Changed by the writer thread (or while opening), after the change is on disk; read from any thread. Every method
 * takes the monitor for a short time only.
 */
final class JournalIndex {

    private final Map<String, History> histories = new HashMap<>();
    private final SortedMap<Long, Segment> segments = new TreeMap<>();

    /** What the index knows of a segment. Guarded by the index. */
    private static final class Segment {
        private long liveBytes;
        private int pins;
        private long endBytes;
    }

    /** Where the records of a replay stand; they stay there until {@link #unpin}. */
    record Pinned(String persistenceId, long fromSequenceNr, long toSequenceNr, List<History.Place> places) {
    }

    /** How full a sealed segment is. */
    record Fill(long segment, long liveBytes, long endBytes) {
    }

    synchronized long head(String persistenceId) {
        History history = histories.get(persistenceId);
        return history == null ? 0 : history.headSequenceNr();
    }

    synchronized long deletedTo(String persistenceId) {
        History history = histories.get(persistenceId);
        return history == null ? 0 : history.deletedTo();
    }

    /** Persistence ids whose events are not all deleted, with their heads. */
    synchronized Map<String, Long> withEvents() {
        Map<String, Long> heads = new HashMap<>();
        histories.forEach((id, history) -> {
            if (history.headSequenceNr() > history.deletedTo()) {
                heads.put(id, history.headSequenceNr());
            }
        });
        return heads;
    }

    synchronized List<RecordBodies.Head> heads() {
        List<RecordBodies.Head> heads = new ArrayList<>(histories.size());
        for (History history : histories.values()) {
            heads.add(new RecordBodies.Head(history.id(), history.headSequenceNr(), history.deletedTo()));
        }
        return heads;
    }

    synchronized void addSegment(long number) {
        segments.putIfAbsent(number, new Segment());
    }

    /** A segment has got its final length. */
    synchronized void seal(long number, long endBytes) {
        segments.get(number).endBytes = endBytes;
    }

    synchronized void removeSegment(long number) {
        segments.remove(number);
    }

    /** Ends of all segments that are sealed. */
    synchronized SortedMap<Long, Long> ends() {
        SortedMap<Long, Long> ends = new TreeMap<>();
        segments.forEach((number, segment) -> {
            if (segment.endBytes > 0) {
                ends.put(number, segment.endBytes);
            }
        });
        return ends;
    }

    /** New events after the head. */
    synchronized void appended(String persistenceId, History.Place place) {
        History history = history(persistenceId);
        history.setHead(place.lastSequenceNr());
        put(history, place);
    }

    /** Events that have been copied forward; forgotten if they were deleted meanwhile. */
    synchronized void moved(String persistenceId, History.Place place) {
        History history = history(persistenceId);
        if (place.lastSequenceNr() > history.deletedTo()) {
            put(history, place);
        }
    }

    private void put(History history, History.Place place) {
        segments.get(place.segment()).liveBytes += place.sizeBytes();
        release(history.put(place));
    }

    synchronized void deleted(String persistenceId, long deletedTo) {
        History history = history(persistenceId);
        history.setDeletedTo(Math.max(history.deletedTo(), deletedTo));
        dropDeleted(history);
    }

    private void dropDeleted(History history) {
        History.Place dropped = history.pollDeleted();
        while (dropped != null) {
            release(dropped);
            dropped = history.pollDeleted();
        }
    }

    private void release(History.Place place) {
        if (place != null) {
            segments.get(place.segment()).liveBytes -= place.sizeBytes();
        }
    }

    private History history(String persistenceId) {
        return histories.computeIfAbsent(persistenceId, id -> new History(RecordBodies.utf8(id)));
    }

    /**
     * While opening: the heads at the beginning of a segment. Replaces what the segments before it said, since older
     * segments between may be gone.
     *
     * @return null, or why this cannot be
     */
    synchronized String startSegment(List<RecordBodies.Head> heads) {
        Map<String, RecordBodies.Head> byId = new HashMap<>();
        heads.forEach(head -> byId.put(head.persistenceId(), head));
        for (Map.Entry<String, History> known : histories.entrySet()) {
            RecordBodies.Head head = byId.get(known.getKey());
            History history = known.getValue();
            if (head == null || head.headSequenceNr() < history.headSequenceNr()
                    || head.deletedTo() < history.deletedTo()) {
                return "the head of " + known.getKey() + " moves back";
            }
        }
        byId.forEach((id, head) -> {
            History history = history(id);
            history.setHead(head.headSequenceNr());
            history.setDeletedTo(head.deletedTo());
        });
        return null;
    }

    /**
     * While opening, after the last segment: forgets deleted records and checks that none is missing.
     *
     * @return null, or which events are missing
     */
    synchronized String finishOpening() {
        for (Map.Entry<String, History> entry : histories.entrySet()) {
            History history = entry.getValue();
            dropDeleted(history);
            long next = history.deletedTo() + 1;
            for (int i = 0; i < history.records(); i++) {
                History.Place place = history.place(i);
                boolean fits = i == 0 ? place.firstSequenceNr() <= next : place.firstSequenceNr() == next;
                if (!fits && place.firstSequenceNr() < next) {
                    return "records of " + entry.getKey() + " overlap at sequence number " + place.firstSequenceNr();
                }
                if (!fits) {
                    return "events " + next + " to " + (place.firstSequenceNr() - 1) + " of " + entry.getKey()
                            + " are missing";
                }
                next = place.lastSequenceNr() + 1;
            }
            if (next != history.headSequenceNr() + 1) {
                return "events " + next + " to " + history.headSequenceNr() + " of " + entry.getKey() + " are missing";
            }
        }
        return null;
    }

    /** Finds the live records of a range and keeps their segments until {@link #unpin}. */
    synchronized Pinned pin(String persistenceId, long fromSequenceNr, long toSequenceNr, long max) {
        History history = histories.get(persistenceId);
        List<History.Place> places = new ArrayList<>();
        if (history == null || max <= 0) {
            return new Pinned(persistenceId, fromSequenceNr, toSequenceNr, places);
        }
        long from = Math.max(fromSequenceNr, history.deletedTo() + 1);
        long to = Math.min(toSequenceNr, history.headSequenceNr());
        if (max <= to - from) {
            to = from + max - 1;
        }
        for (int i = history.indexOf(from); i < history.records() && from <= to; i++) {
            History.Place place = history.place(i);
            if (place.firstSequenceNr() > to) {
                break;
            }
            places.add(place);
            segments.get(place.segment()).pins++;
        }
        return new Pinned(persistenceId, from, to, places);
    }

    synchronized void unpin(Pinned pinned) {
        for (History.Place place : pinned.places()) {
            segments.get(place.segment()).pins--;
        }
    }

    /** Sealed segments that no replay reads, oldest first. */
    synchronized List<Fill> sealedAndFree() {
        List<Fill> fills = new ArrayList<>();
        segments.forEach((number, segment) -> {
            if (segment.endBytes > 0 && segment.pins == 0) {
                fills.add(new Fill(number, segment.liveBytes, segment.endBytes));
            }
        });
        return fills;
    }

    /** Live records of a segment, by persistence id. */
    synchronized Map<String, List<History.Place>> liveIn(long number) {
        Map<String, List<History.Place>> live = new HashMap<>();
        histories.forEach((id, history) -> {
            for (int i = 0; i < history.records(); i++) {
                History.Place place = history.place(i);
                if (place.segment() == number) {
                    live.computeIfAbsent(id, key -> new ArrayList<>()).add(place);
                }
            }
        });
        return live;
    }
}
