package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.function.LongSupplier;

/**
 * The journal without its thread: decides (rule D1), writes groups, begins segments, recovers from errors.
 *
 * <p>Everything but {@link #index()}, {@link #counters()}, {@link #state()} and {@link #replayer()} belongs to one
 * thread, the writer.
 */
final class JournalCore {

    /** What can be done with the end of the journal. */
    enum State {
        /** Everything before the tail is on disk, nothing is behind it. */
        READY,
        /**
         * A write or force failed: a new segment must void what may stand behind the tail before anything is appended.
         * If that fails too, each further write tries it again.
         */
        TAIL_UNKNOWN,
        /** A bug: every write is refused until the program is started again. */
        FAILED,
        CLOSED
    }

    private static final int USUAL_GROUP_BYTES = 4 << 20;
    /** Between two looks whether a journal that refuses writes would take them. */
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

    private final Storage storage;
    private final JournalId id;
    private final JournalLog log;
    private final LongSupplier nanoClock;
    private final JournalIndex index;
    private final SegmentWriter writer;
    private final Compactor compactor;
    private final JournalCounters counters = new JournalCounters();
    /** As large as the largest group so far; most are small. */
    private ByteBuffer group;

    private volatile State state = State.READY;
    private volatile IOException lastError;
    private final CommitHealth health;
    private int refusedBytes;

    JournalCore(Storage storage, JournalId id, JournalOptions options, JournalLog log, LongSupplier nanoClock,
            JournalIndex index, SegmentWriter writer) {
        this.storage = storage;
        this.id = id;
        this.log = log;
        this.nanoClock = nanoClock;
        this.index = index;
        this.writer = writer;
        this.compactor = new Compactor(this, storage, options, log);
        this.health = new CommitHealth(
                new CommitHealth.Names("journal in " + storage.directory(), "waits for its storage"),
                new CommitHealth.Bounds(options.stalledAfter(), Duration.ZERO, LONGEST_DELAY), log, nanoClock);
        this.group = buffer(Math.min(options.groupBytes(), USUAL_GROUP_BYTES));
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Empties the buffer, and makes it as large as the group needs. */
    private void begin(int bytes) {
        if (bytes > group.capacity()) {
            group = buffer(bytes);
        }
        group.clear();
    }

    JournalId id() {
        return id;
    }

    JournalIndex index() {
        return index;
    }

    JournalCounters counters() {
        return counters;
    }

    State state() {
        return state;
    }

    /** Whether groups can be written, and why not; any thread. */
    CommitHealth health() {
        return health;
    }

    /** Reads events; any thread. */
    Replayer replayer() {
        return new Replayer(storage, id, index);
    }

    /** Proves that everything so far was checked and forced. With a full disk the journal does without. */
    void noteOpened() {
        try {
            writer.extendFor(RecordCodec.totalBytes(0));
        } catch (IOException e) {
            log.warn("journal in " + storage.directory() + " is open for reading, but cannot be written now ("
                    + DiskStorage.reason(e) + ")");
            return;
        }
        try {
            writer.note(RecordKind.OPENED, 0);
        } catch (IOException e) {
            tailUnknown(e);
            log.error(failedWrite(e) + "; going on in a new segment");
        }
    }

    /**
     * Writes a group and completes each of its requests.
     *
     * @param requests in order; together at most {@link JournalOptions#groupBytes()}
     */
    void commit(List<WriteRequest> requests) {
        Outcomes<WriteRequest> outcomes = new Outcomes<>("journal in " + storage.directory());
        List<GroupPlan.Planned> planned = GroupPlan.of(requests, outcomes, index, counters);
        if (!planned.isEmpty()) {
            IOException failure = write(planned);
            if (failure == null) {
                publish(planned);
                health.succeeded();
            } else {
                health.failed(failure.getMessage());
            }
            for (GroupPlan.Planned record : planned) {
                if (failure == null) {
                    outcomes.done(record.request());
                } else {
                    outcomes.failed(record.request(), failure);
                    counters.failed();
                }
            }
        }
        outcomes.tell(requests, (request, failure) -> request.completion().complete(failure), log);
    }

    /** Writes and forces the records; returns null, or why they must be taken as not written. */
    private IOException write(List<GroupPlan.Planned> planned) {
        int bytes = planned.stream().mapToInt(GroupPlan.Planned::bytes).sum();
        IOException failure = makeRoom(bytes);
        if (failure != null) {
            refusedBytes = bytes;
            return failure;
        }
        begin(bytes);
        long tail = writer.tailBytes();
        for (GroupPlan.Planned record : planned) {
            int start = RecordCodec.begin(group);
            if (record.request() instanceof WriteRequest.Append append) {
                RecordBodies.putEvents(group, append.id(), append.firstSequenceNr(), append.events());
            } else if (record.request() instanceof WriteRequest.Delete delete) {
                RecordBodies.putDeleted(group, delete.id(), record.firstSequenceNr());
            }
            writer.codec().finish(group, start, record.kind(), tail + start, tail);
        }
        return force();
    }

    private IOException force() {
        group.flip();
        int bytes = group.remaining();
        long before = nanoClock.getAsLong();
        try {
            writer.write(group);
        } catch (IOException e) {
            tailUnknown(e);
            return new JournalException(failedWrite(e) + ", and its outcome is unknown; going on in a new segment", e);
        }
        counters.committed(bytes, nanoClock.getAsLong() - before);
        return null;
    }

    private void tailUnknown(IOException e) {
        state = State.TAIL_UNKNOWN;
        lastError = e;
    }

    private String failedWrite(IOException e) {
        return "journal in " + storage.directory() + ": the write of segment " + writer.number() + " at offset "
                + writer.tailBytes() + " failed (" + DiskStorage.reason(e) + ")";
    }

    private void publish(List<GroupPlan.Planned> planned) {
        long at = writer.tailBytes() - planned.stream().mapToInt(GroupPlan.Planned::bytes).sum();
        for (GroupPlan.Planned record : planned) {
            if (record.request() instanceof WriteRequest.Append append) {
                int count = append.events().size();
                index.appended(append.persistenceId(), new History.Place(writer.number(), at, record.bytes(),
                        record.firstSequenceNr(), count));
                counters.appended(count);
            } else if (record.request() instanceof WriteRequest.Delete delete) {
                index.deleted(delete.persistenceId(), record.firstSequenceNr());
                compactor.wake();
            }
            at += record.bytes();
        }
    }

    /** Makes sure that a group can be written at the tail; returns null, or why not. Then nothing has been written. */
    private IOException makeRoom(int bytes) {
        if (state == State.FAILED || state == State.CLOSED) {
            return refusal("the journal takes no writes", lastError);
        }
        if (state == State.TAIL_UNKNOWN || writer.isFullFor(bytes)) {
            IOException failure = beginSegment();
            if (failure != null) {
                return failure;
            }
        }
        try {
            writer.extendFor(bytes);
            return null;
        } catch (IOException e) {
            return refusal("the journal cannot grow", e);
        }
    }

    private IOException beginSegment() {
        try {
            writer.find();
        } catch (IOException e) {
            // In another directory of this name nothing is begun: it may be a copy, whose segments that would void.
            state = State.TAIL_UNKNOWN;
            return refusal("its segment is not where it was", e);
        }
        boolean isTailKnown = state == State.READY;
        long next = writer.number() + 1;
        SortedMap<Long, Long> ends = index.ends();
        ends.put(writer.number(), writer.tailBytes());
        long old = writer.number();
        long oldEnd = writer.tailBytes();
        SegmentWriter.Beginning beginning =
                writer.begin(next, SegmentTables.encode(id, next, ends, index.heads()), isTailKnown);
        IOException error = beginning.error();
        if (beginning.begun() == SegmentWriter.Begun.YES) {
            if (error != null) {
                log.warn("journal: segment " + old + " got no closing note (" + DiskStorage.reason(error) + ")");
            }
            index.addSegment(next);
            index.seal(old, oldEnd);
            counters.segmentBegun();
            compactor.wake();
            if (!isTailKnown) {
                log.warn("journal in " + storage.directory() + " goes on in segment " + next);
            }
            state = State.READY;
            return null;
        }
        if (beginning.begun() == SegmentWriter.Begun.UNKNOWN) {
            // The same segment is begun again, in its place: with the same tables, since nothing is written meanwhile.
            state = State.TAIL_UNKNOWN;
        }
        return refusal(state == State.TAIL_UNKNOWN ? "its end cannot be made certain, for no new segment can be begun"
                : "no new segment can be begun", error);
    }

    private IOException refusal(String what, IOException cause) {
        if (cause != null && DiskStorage.isDiskFull(cause)) {
            return new JournalFullException(storage.directory(), cause);
        }
        String reason = cause == null ? "it is closed" : DiskStorage.reason(cause);
        return new JournalException("journal in " + storage.directory() + ": " + what + " (" + reason
                + "): check the storage, then start this program again if the error stays", cause);
    }

    /** Without a request: whether there is room by now for the group that was refused last. */
    void tryAgain() {
        IOException failure = makeRoom(refusedBytes);
        if (failure == null) {
            health.succeeded();
        } else {
            health.failed(failure.getMessage());
        }
    }

    /** Does a bounded piece of compaction; returns whether there may be more to do. */
    boolean compactStep() {
        return state == State.READY && compactor.step();
    }

    /** Copies whole records of one segment forward. The places are of that segment. */
    IOException move(List<Compactor.Copy> copies, int bytes) {
        IOException failure = makeRoom(bytes);
        if (failure != null) {
            return failure;
        }
        begin(bytes);
        long tail = writer.tailBytes();
        for (Compactor.Copy copy : copies) {
            int start = RecordCodec.begin(group);
            group.put(copy.body().duplicate());
            writer.codec().finish(group, start, RecordKind.MOVED, tail + start, tail);
        }
        failure = force();
        if (failure != null) {
            return failure;
        }
        long at = tail;
        for (Compactor.Copy copy : copies) {
            History.Place from = copy.place();
            index.moved(copy.persistenceId(), new History.Place(writer.number(), at, from.sizeBytes(),
                    from.firstSequenceNr(), from.count()));
            at += from.sizeBytes();
        }
        counters.moved(bytes);
        return null;
    }

    /** The segment being written. */
    long currentSegment() {
        return writer.number();
    }

    /** After a bug: the tail is not to be trusted, so nothing is written any more. */
    void abandon() {
        state = State.FAILED;
    }

    /** Notes the orderly end and closes the files. */
    void close() throws IOException {
        boolean isReady = state == State.READY;
        state = State.CLOSED;
        try {
            if (isReady) {
                writer.note(RecordKind.CLOSED, 0);
            }
        } catch (IOException e) {
            log.warn("journal in " + storage.directory() + ": no closing note (" + DiskStorage.reason(e) + ")");
        } finally {
            writer.close();
            storage.close();
        }
    }
}
