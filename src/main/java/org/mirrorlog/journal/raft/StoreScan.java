package org.mirrorlog.journal.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.mirrorlog.journal.RecordCodec;

/**
 * What the records of a store amount to, read in the order in which they were written. A record that contradicts those
 * before it is refused with a {@link ByteReader.Malformed}.
 */
final class StoreScan {

    private final SegmentUse use = new SegmentUse();
    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private final TreeMap<Long, TreeMap<Integer, Chunk>> parts = new TreeMap<>();
    private List<Chunk> checkpoint = List.of();
    private Seat seat;
    private Vote vote = Vote.NONE;
    private long lastIndex;
    /** Entries up to here are not there: a checkpoint has to contain them. */
    private long goneIndex;
    private long segment;

    SegmentUse use() {
        return use;
    }

    Seat seat() {
        return seat;
    }

    Vote vote() {
        return vote;
    }

    /** The last entry, or the last one in the newest checkpoint if that is beyond. */
    long lastIndex() {
        return Math.max(lastIndex, checkpointIndex());
    }

    private long checkpointIndex() {
        return checkpoint.isEmpty() ? 0 : checkpoint.get(0).index();
    }

    /** A segment begins. */
    void start(long number, StoreStart start, boolean isFirst) {
        if (!isFirst && (start.lastIndex() < lastIndex() || !start.vote().equals(vote))) {
            throw new ByteReader.Malformed("it begins behind entry " + start.lastIndex() + " and " + start.vote()
                    + ", but those before it end with entry " + lastIndex() + " and " + vote);
        }
        if (start.lastIndex() > lastIndex()) {
            goTo(start.lastIndex());
        }
        segment = number;
        seat = start.seat();
        vote = start.vote();
        use.began(number);
    }

    /** Another record of the segment. */
    void apply(RecordCodec.Frame frame) {
        ByteReader in = new ByteReader(frame.body());
        switch (frame.kind()) {
            case RAFT_SEAT -> seat = Seat.read(in);
            case RAFT_VOTE -> vote(new Vote(in.getInt(), in.getText()));
            case RAFT_ENTRY -> entry(new Entry(in.getLong(), in.getInt(), in.rest()));
            case RAFT_TRUNCATED -> truncate(in.getLong());
            case RAFT_CHUNK -> chunk(Chunk.read(in));
            default -> throw new ByteReader.Malformed("a record " + frame.kind() + " stands here");
        }
    }

    private void vote(Vote next) {
        if (next.term() < vote.term()) {
            throw new ByteReader.Malformed("term " + next.term() + " stands behind term " + vote.term());
        }
        vote = next;
    }

    private void entry(Entry entry) {
        if (entry.index() <= lastIndex) {
            throw new ByteReader.Malformed("entry " + entry.index() + " stands behind entry " + lastIndex);
        }
        if (entry.index() != lastIndex + 1) {
            goTo(entry.index() - 1);
        }
        entries.put(entry.index(), entry);
        lastIndex = entry.index();
        use.entry(segment, entry.index());
    }

    /**
     * A checkpoint that contained the entries up to here came from the leader, beyond what this member had. Parts of it
     * may be gone with older segments, if there is a newer one.
     */
    private void goTo(long index) {
        entries.clear();
        goneIndex = index;
        lastIndex = index;
    }

    private void truncate(long index) {
        if (index > lastIndex || index < 1) {
            throw new ByteReader.Malformed("entries from " + index + " are void, of those up to " + lastIndex);
        }
        entries.tailMap(index, true).clear();
        goneIndex = Math.min(goneIndex, index - 1);
        lastIndex = index - 1;
    }

    private void chunk(Chunk chunk) {
        parts.computeIfAbsent(chunk.index(), index -> new TreeMap<>()).put(chunk.number(), chunk);
        if (use.chunk(segment, chunk)) {
            checkpoint = List.copyOf(parts.get(chunk.index()).values());
        }
        parts.headMap(checkpointIndex(), true).clear();
    }

    /** What there is, once all records were read. */
    Recovered recovered() {
        long behind = checkpointIndex();
        if (goneIndex > behind) {
            throw new ByteReader.Malformed("the entries up to " + goneIndex + " are not there, and the newest whole"
                    + " checkpoint contains those up to " + behind + " only; a segment file may have been removed");
        }
        return new Recovered(seat, vote, checkpoint, new ArrayList<>(entries.tailMap(behind, false).values()));
    }
}
