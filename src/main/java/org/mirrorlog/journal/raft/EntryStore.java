package org.mirrorlog.journal.raft;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Supplier;
import org.mirrorlog.journal.DiskStorage;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.JournalOptions;
import org.mirrorlog.journal.RecordCodec;
import org.mirrorlog.journal.RecordKind;
import org.mirrorlog.journal.SegmentHeader;
import org.mirrorlog.journal.SegmentWriter;
import org.mirrorlog.journal.Storage;

/**
 * What one member keeps on its disk: entries, votes and checkpoints, in the segment files of the embedded journal.
 * Records gather in memory until {@link #force}, which is one write and one force; only then may anybody be told of
 * them.
 *
 * <p>After any exception it is unknown what is on disk, and the store must not be used any more: the program ends, and
 * the next start finds out (the last group is written again before it is trusted).
 *
 * <p>Belongs to one thread.
 */
public final class EntryStore implements Closeable {

    /** So much is kept free for votes and truncations, or a quarter of a segment. */
    private static final int MOST_RESERVE_BYTES = 64 * 1024;
    /** A group of more is written and forced at once; only checkpoints are so large. */
    private static final int LARGE_GROUP_BYTES = 4 << 20;
    private static final int USUAL_GROUP_BYTES = 64 * 1024;

    /** Where a store is, and what it may take. */
    record Place(Storage storage, JournalOptions options, JournalLog log) {
    }

    /** What {@link #open} gives. */
    public record Opened(EntryStore store, Recovered recovered) {
    }

    private final Storage storage;
    private final JournalId id;
    private final JournalLog log;
    private final SegmentWriter writer;
    private final SegmentUse use;
    private ByteBuffer group = buffer(USUAL_GROUP_BYTES);
    private final int reserveBytes;
    private Seat seat;
    private Vote vote;
    private long lastIndex;
    private Forces forces = new Forces() { };

    /** Who watches the forced writes. */
    public interface Forces {
        /** One begins. */
        default void begun() {
        }

        /** It has ended, well or not. */
        default void ended(int bytes) {
        }
    }

    EntryStore(Place place, JournalId id, SegmentWriter writer, StoreScan scan) {
        this.storage = place.storage();
        this.log = place.log();
        this.reserveBytes = Math.min(MOST_RESERVE_BYTES, place.options().segmentBytes() / 4);
        this.id = id;
        this.writer = writer;
        this.use = scan.use();
        this.seat = scan.seat();
        this.vote = scan.vote();
        this.lastIndex = scan.lastIndex();
    }

    /**
     * Opens the store of a directory, or creates it if the directory holds no segment.
     *
     * @param newId draws the identity of a journal that is created
     * @throws IOException if something but the tail is damaged; then nothing was changed
     */
    public static Opened open(Storage storage, JournalOptions options, JournalLog log, Supplier<JournalId> newId)
            throws IOException {
        return new StoreOpener(new Place(storage, options, log)).open(newId);
    }

    /** Has the forced writes watched from now on. */
    public void watch(Forces watching) {
        forces = watching;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The identity of the journal. */
    public JournalId id() {
        return id;
    }

    /** Remembers who this member is. Durable with the next {@link #force}. */
    public void seat(Seat newSeat) throws IOException {
        if (!newSeat.equals(seat)) {
            ByteWriter body = new ByteWriter(256);
            newSeat.write(body);
            record(RecordKind.RAFT_SEAT, body);
            seat = newSeat;
        }
    }

    /** Remembers a term and a vote. Durable with the next {@link #force}. */
    public void vote(Vote newVote) throws IOException {
        if (!newVote.equals(vote)) {
            record(RecordKind.RAFT_VOTE, new ByteWriter(64).putInt(newVote.term()).putText(newVote.candidate()));
            vote = newVote;
        }
    }

    /** Appends entries behind the last one, or behind the newest checkpoint. */
    public void append(List<Entry> entries) throws IOException {
        for (Entry entry : entries) {
            ByteWriter body = new ByteWriter(entry.payload().length + 16);
            record(RecordKind.RAFT_ENTRY, body.putLong(entry.index()).putInt(entry.term()).putRaw(entry.payload()));
            use.entry(writer.number(), entry.index());
            lastIndex = entry.index();
        }
    }

    /** Voids the entries from one on. */
    public void truncateFrom(long index) throws IOException {
        record(RecordKind.RAFT_TRUNCATED, new ByteWriter(Long.BYTES).putLong(index));
        lastIndex = index - 1;
    }

    /** Adds a part of a checkpoint, in any order. Once all are there and forced, it is the newest. */
    public void chunk(Chunk chunk) throws IOException {
        ByteWriter body = new ByteWriter(chunk.bytes().length + 256);
        chunk.write(body);
        record(RecordKind.RAFT_CHUNK, body);
        use.chunk(writer.number(), chunk);
        if (group.position() > LARGE_GROUP_BYTES) {
            force();
        }
    }

    /**
     * The newest checkpoint is in use: removes the segments that nothing needs any more.
     *
     * @param checkpointIndex the last entry that it contains
     */
    public void settled(long checkpointIndex) throws IOException {
        lastIndex = Math.max(lastIndex, checkpointIndex);
        writer.find();
        for (long number : use.unneeded(writer.number())) {
            storage.delete(SegmentHeader.fileName(number));
            use.removed(number);
        }
    }

    /** Makes everything so far durable. */
    public void force() throws IOException {
        if (group.position() == 0) {
            return;
        }
        group.flip();
        int bytes = group.remaining();
        forces.begun();
        try {
            writer.extendFor(bytes);
            writer.write(group);
        } finally {
            forces.ended(bytes);
        }
        group.clear();
    }

    /**
     * Makes sure that so many bytes can be stored, beside votes: false if the disk is full. Whatever needs more room
     * than votes must ask first, since a store that fails is the end of the program.
     */
    public boolean hasRoom(long bytes) throws IOException {
        long wanted = group.position() + bytes + reserveBytes;
        try {
            writer.extendFor((int) Math.min(Integer.MAX_VALUE >> 1, wanted));
            return true;
        } catch (IOException e) {
            if (DiskStorage.isDiskFull(e)) {
                return false;
            }
            throw e;
        }
    }

    private void record(RecordKind kind, ByteWriter body) throws IOException {
        byte[] bytes = body.toBytes();
        int total = RecordCodec.totalBytes(bytes.length);
        if (group.position() == 0 && writer.isFullFor(total)) {
            roll();
        }
        if (group.remaining() < total) {
            ByteBuffer larger = buffer(Math.max(group.position() + total, 2 * group.capacity()));
            group = larger.put(group.flip());
        }
        int start = RecordCodec.begin(group);
        group.put(bytes);
        writer.codec().finish(group, start, kind, writer.tailBytes() + start, writer.tailBytes());
    }

    /** Everything before is forced. Without room for another segment, this one goes on. */
    private void roll() throws IOException {
        // In another directory of this name nothing is begun: it may be a copy, whose segments that would void.
        writer.find();
        long next = writer.number() + 1;
        StoreStart start = new StoreStart(writer.tailBytes(), lastIndex, vote, seat);
        SegmentWriter.Beginning beginning = writer.begin(next, start.encode(id, next), true);
        IOException error = beginning.error();
        if (beginning.begun() == SegmentWriter.Begun.YES) {
            use.began(next);
            if (error != null) {
                log.warn("replicated journal: segment " + (next - 1) + " got no closing note ("
                        + DiskStorage.reason(error) + ")");
            }
        } else if (beginning.begun() == SegmentWriter.Begun.UNKNOWN || !DiskStorage.isDiskFull(error)) {
            throw error;
        }
    }

    /** Closes the files, and gives the directory free. What was not forced is lost. */
    @Override
    public void close() throws IOException {
        writer.close();
        storage.close();
    }
}
