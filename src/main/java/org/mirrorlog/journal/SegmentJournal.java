package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The journal of one directory, open: {@link JournalCore} with the thread {@code mirrorlog-journal} and a bounded
 * queue. All public methods may be called from any thread.
 */
public final class SegmentJournal implements Journal, SnapshotFiles.Reference {

    /** Under constant load a step of compaction is done after this many groups. */
    private static final int GROUPS_PER_COMPACTION_STEP = 16;
    private static final int CLOSE_LIMIT_MS = 30_000;

    private final JournalCore core;
    private final JournalOptions options;
    private final JournalLog log;
    private final String directory;
    private final Thread thread;

    private final WriteQueue queue;
    private final Turns turns = new Turns();
    private volatile boolean isParked;
    private volatile boolean isClosing;
    private volatile boolean hasEnded;
    private volatile boolean isSuccessor;

    private SegmentJournal(JournalCore core, JournalOptions options, JournalLog log, String directory) {
        this.core = core;
        this.options = options;
        this.log = log;
        this.directory = directory;
        this.queue = new WriteQueue(options.queueBytes());
        this.thread = new Thread(this::run, THREAD_NAME);
        this.thread.setDaemon(true);
    }

    /**
     * Opens or creates the journal of a directory and locks it against other processes.
     *
     * @throws JournalException if that cannot be: one line with what, where and what can be done
     */
    static SegmentJournal open(Path directory, JournalOptions options, JournalLog log, LongSupplier nanoClock,
            Supplier<JournalId> newId) throws IOException {
        return open(DiskStorage.openLocked(directory), options, log, nanoClock, newId);
    }

    /** As above, on files that are already locked; closes the storage if the journal cannot be opened. */
    static SegmentJournal open(Storage storage, JournalOptions options, JournalLog log, LongSupplier nanoClock,
            Supplier<JournalId> newId) throws IOException {
        JournalCore core;
        try {
            core = new JournalOpener(storage, options, log, nanoClock).open(newId);
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
        SegmentJournal journal = new SegmentJournal(core, options, log, storage.directory());
        journal.thread.start();
        return journal;
    }

    /**
     * The identity of the journal in a directory (rule D21); empty if the directory or its journal does not exist.
     * Needs no lock and changes nothing.
     *
     * @throws JournalException if the newest segment's header cannot be read
     */
    public static Optional<JournalId> identity(Path directory) throws IOException {
        return JournalOpener.identity(directory);
    }

    @Override
    public JournalId id() {
        return core.id();
    }

    @Override
    public boolean isSuccessor() {
        return isSuccessor;
    }

    /** What the data directory says of this journal; told once, by who opens it. */
    void setSuccessor(boolean is) {
        isSuccessor = is;
    }

    /**
     * Why a write would not be taken now: the writer does not run, the journal has failed, the last group was refused
     * (by a full disk, too) or hangs for longer than {@code stalled-after}.
     */
    @Override
    public Optional<String> problem() {
        if (hasEnded || isClosing) {
            return Optional.of("journal in " + directory + " is closed");
        }
        if (core.state() == JournalCore.State.FAILED) {
            return Optional.of("journal in " + directory + " has failed; see the log, then start again");
        }
        return core.health().problem();
    }

    @Override
    public void look() {
        core.health().look();
    }

    @Override
    public long turns() {
        return turns.count();
    }

    @Override
    public JournalCounters.Snapshot counters() {
        return core.counters().snapshot();
    }

    @Override
    public CompletionStage<Map<String, Long>> withEvents() {
        return CompletableFuture.completedStage(core.index().withEvents());
    }

    /** The highest sequence number ever accepted for a persistence id, deleted or not; 0 if there is none. */
    @Override
    public long headSequenceNr(String persistenceId) {
        return core.index().head(persistenceId);
    }

    @Override
    public CompletionStage<Long> acceptedHead(String persistenceId) {
        CompletableFuture<Long> head = new CompletableFuture<>();
        barrier(failure -> {
            if (failure == null) {
                head.complete(headSequenceNr(persistenceId));
            } else {
                head.completeExceptionally(failure);
            }
        });
        return head;
    }

    /** Up to which sequence number events are deleted; 0 if none are. */
    public long deletedTo(String persistenceId) {
        return core.index().deletedTo(persistenceId);
    }

    /**
     * Appends events, all or none, right after {@code firstSequenceNr - 1} (rule D1). The completion is told when they
     * are on disk, or why not: {@link AppendRefusedException} if the head is elsewhere, else the outcome is failed or
     * unknown.
     */
    void append(String persistenceId, long firstSequenceNr, List<byte[]> events, WriteRequest.Completion completion) {
        WriteRequest.Append append = WriteRequest.Append.of(persistenceId, firstSequenceNr, events, completion);
        if (append.encodedBytes() > options.groupBytes()) {
            refuse(completion, "an append of " + append.encodedBytes() + " bytes to " + persistenceId
                    + " is larger than mirrorlog.journal.max-group-bytes = " + options.groupBytes());
        } else if (events.isEmpty() || append.id().length > RecordBodies.MAX_ID_BYTES) {
            refuse(completion, "an append to " + persistenceId + " must hold an event, and its persistence id at most "
                    + RecordBodies.MAX_ID_BYTES + " bytes");
        } else {
            submit(append);
        }
    }

    private void refuse(WriteRequest.Completion completion, String why) {
        core.health().failedAlone(why);
        completion.complete(new JournalException(why));
    }

    /** Deletes events up to a sequence number (at most up to the head). The head stays. */
    void delete(String persistenceId, long toSequenceNr, WriteRequest.Completion completion) {
        submit(WriteRequest.Delete.of(persistenceId, toSequenceNr, completion));
    }

    /** Completes when everything submitted before it is decided. Completes with null even if writes fail. */
    void barrier(WriteRequest.Completion completion) {
        submit(new WriteRequest.Barrier(completion));
    }

    /** Reads events on the caller's thread; see {@link Replayer#replay}. */
    void replay(String persistenceId, long fromSequenceNr, long toSequenceNr, long max, Replayer.Sink sink)
            throws IOException {
        core.replayer().replay(persistenceId, fromSequenceNr, toSequenceNr, max, sink);
    }

    private void submit(WriteRequest request) {
        if (!queue.add(request)) {
            refuse(request.completion(), "journal in " + directory + " is overloaded: more than"
                    + " mirrorlog.journal.max-queue-bytes = " + options.queueBytes() + " wait to be written");
            return;
        }
        if (isParked) {
            LockSupport.unpark(thread);
        }
        if (hasEnded) {
            // The writer may have looked at the queue for the last time before this request was in it.
            refuseWaiting();
        }
    }

    private void refuseWaiting() {
        WriteRequest request = queue.poll();
        while (request != null) {
            request.completion().complete(new JournalException("journal in " + directory + " is closed"));
            request = queue.poll();
        }
    }

    private void run() {
        try {
            write();
        } catch (Throwable e) {
            // The outermost loop: a bug must not leave requests waiting for ever.
            core.abandon();
            log.error("journal in " + directory + ": the writer has ended, every write is refused from now on (" + e
                    + ")");
        } finally {
            hasEnded = true;
            turns.turned();
            refuseWaiting();
            closeCore();
        }
    }

    private void closeCore() {
        try {
            core.close();
        } catch (IOException e) {
            log.warn("journal in " + directory + " closed with an error (" + DiskStorage.reason(e) + ")");
        }
    }

    private void write() {
        List<WriteRequest> group = new ArrayList<>();
        int groups = 0;
        while (true) {
            turns.turned();
            queue.take(group, options.groupBytes());
            if (!group.isEmpty()) {
                commit(group);
                group.clear();
                groups++;
                if (groups % GROUPS_PER_COMPACTION_STEP == 0) {
                    compact();
                }
            } else if (isClosing) {
                return;
            } else if (!compact()) {
                waitForRequests();
            }
        }
    }

    private void commit(List<WriteRequest> group) {
        core.health().began();
        try {
            core.commit(group);
        } catch (RuntimeException | Error e) {
            // Nobody has been answered yet: commit does that last.
            JournalException failure = new JournalException("journal in " + directory + ": the writer ended with the"
                    + " outcome of this write unknown (" + e + ")", e);
            group.forEach(request -> request.completion().complete(failure));
            throw e;
        } finally {
            core.health().ended();
        }
    }

    /** Does a step of compaction; returns whether there may be more. It writes, so it can hang as a group can. */
    private boolean compact() {
        core.health().began();
        try {
            return core.compactStep();
        } finally {
            core.health().ended();
        }
    }

    private void waitForRequests() {
        isParked = true;
        turns.rests();
        // Looked at again after the flag is set: a request added before that has not unparked us.
        if (isIdle()) {
            if (core.health().isFailing()) {
                LockSupport.parkNanos(this, core.health().takeDelayNs());
            } else {
                LockSupport.park(this);
            }
        }
        isParked = false;
        turns.turned();
        if (isIdle() && core.health().isFailing()) {
            tryAgain();
        }
    }

    private boolean isIdle() {
        return queue.isEmpty() && !isClosing;
    }

    /** Nobody else may come for a long time: that writes are possible again is to be found out, and told. */
    private void tryAgain() {
        core.health().began();
        try {
            core.tryAgain();
        } finally {
            core.health().ended();
        }
    }

    /**
     * Writes what waits, then closes the files and gives the directory free. Waits for that, but not for ever: with
     * storage that hangs, the directory stays locked until the process ends. Idempotent.
     */
    @Override
    public void close() {
        isClosing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_LIMIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            log.warn("journal in " + directory + " still waits for its storage while it is closed");
        }
    }
}
