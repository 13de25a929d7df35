package org.mirrorlog.journal.raft.service;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.AppendRefusedException;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.EncodedWrites;
import org.mirrorlog.journal.GroupStanding;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.JournalCounters;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.raft.Answer;
import org.mirrorlog.journal.raft.Command;
import org.mirrorlog.journal.raft.EntryStore;
import org.mirrorlog.journal.raft.Ledger;
import org.mirrorlog.journal.raft.Outcome;

/** The journal that the daemons keep among themselves, as this node's member knows it. Any thread may call it. */
public final class ReplicatedJournal implements Journal {

    /** Most bytes of the events of one append. */
    static final int MOST_APPEND_BYTES = 32 << 20;
    private static final long MOST_WAITING_BYTES = 64 << 20;
    private static final int MOST_ID_BYTES = 1024;
    private static final int PART_BYTES = 1 << 20;
    private static final int SNAPSHOT_ATTEMPTS = 3;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    private final RunningMember running;
    private final ReplicatedSettings settings;
    private final JournalLog log;
    private final LongSupplier nanoClock;
    private final Drives drives;
    private final CommitHealth health;
    private final JournalCounters counters = new JournalCounters();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final RowClock rowClock;
    private volatile boolean isSuccessor;
    private volatile boolean isClosed;
    /** When a leader was known last; guarded by nothing: any recent value will do. */
    private volatile long ledNs;

    ReplicatedJournal(RunningMember running, ReplicatedSettings settings, JournalLog log, LongSupplier nanoClock) {
        this.running = running;
        this.settings = settings;
        this.log = log;
        this.nanoClock = nanoClock;
        this.drives = new Drives(running.member(), running.turn(), nanoClock);
        this.health = new CommitHealth(new CommitHealth.Names("replicated journal in " + settings.directory(),
                "waits for its storage"), new CommitHealth.Bounds(settings.stalledAfter(), settings.stalledAfter(),
                Duration.ofSeconds(1)), log, nanoClock);
        this.rowClock = new RowClock(nanoClock);
        this.ledNs = nanoClock.getAsLong();
        running.turn().submit(() -> running.store().watch(new Watch()));
    }

    /** Counts forced writes, and notices one that hangs. */
    private final class Watch implements EntryStore.Forces {
        private long begunNs;

        @Override
        public void begun() {
            begunNs = nanoClock.getAsLong();
            health.began();
        }

        @Override
        public void ended(int bytes) {
            health.ended();
            counters.committed(bytes, nanoClock.getAsLong() - begunNs);
        }
    }

    @Override
    public JournalId id() {
        return running.id();
    }

    @Override
    public boolean isSuccessor() {
        return isSuccessor;
    }

    /** What the data directory says of this journal; told once, by who opens it. */
    void setSuccessor(boolean is) {
        isSuccessor = is;
    }

    @Override
    public Optional<String> problem() {
        if (running.failure().isPresent() || isClosed) {
            return Optional.of("replicated journal in " + settings.directory() + " is closed");
        }
        long silentNs = nanoClock.getAsLong() - ledNs;
        return silentNs <= settings.stalledAfter().toNanos() ? health.problem()
                : Optional.of("no log can commit: the replicated journal has no leader for "
                        + Duration.ofNanos(silentNs).toSeconds() + " s; more than half of its members "
                        + settings.members() + " are needed, and this one reaches " + running.within());
    }

    @Override
    public void look() {
        health.look();
        rowClock.note(ledger().rows());
        running.turn().submit(() -> {
            if (running.member().leader().isPresent()) {
                ledNs = nanoClock.getAsLong();
            }
            running.note();
        });
    }

    @Override
    public long turns() {
        return running.turns();
    }

    @Override
    public Optional<GroupStanding> group() {
        return running.group();
    }

    @Override
    public JournalCounters.Snapshot counters() {
        return counters.snapshot();
    }

    JournalLog log() {
        return log;
    }

    Ledger ledger() {
        return running.member().ledger();
    }

    // --- appending ------------------------------------------------------------------------------------------------

    /**
     * Appends, all or nothing, right after the event before the first one (rule D1).
     *
     * @param told once: null if it is durable on a majority; else why not, or why that is unknown
     */
    void append(EncodedWrites writes, Consumer<IOException> told) {
        long bytes = writes.events().stream().mapToLong(event -> event.length + (long) Integer.BYTES).sum();
        String problem = problemOf(writes, bytes);
        if (problem != null) {
            JournalException failure = new JournalException("an append to " + writes.persistenceId() + " " + problem);
            health.failedAlone(failure.getMessage());
            told.accept(failure);
            return;
        }
        waitingBytes.addAndGet(bytes);
        Command.Append append = new Command.Append(writes.persistenceId(), writes.firstSequenceNr(), writes.writer(),
                writes.events());
        running.turn().submit(() -> drives.start(append, settings.holdFor(), end -> {
            waitingBytes.addAndGet(-bytes);
            told.accept(failure(append, end));
        }));
    }

    private String problemOf(EncodedWrites writes, long bytes) {
        if (bytes > MOST_APPEND_BYTES) {
            return "of " + bytes + " bytes is larger than " + MOST_APPEND_BYTES + ", the most that a replicated journal"
                    + " takes";
        } else if (waitingBytes.get() + bytes > MOST_WAITING_BYTES) {
            return "is refused: more than " + MOST_WAITING_BYTES + " bytes wait to be written";
        } else if (isClosed || running.failure().isPresent()) {
            return "is refused: the journal is closed";
        }
        return writes.persistenceId().length() <= MOST_ID_BYTES && !writes.events().isEmpty() ? null
                : "must hold an event, and its persistence id at most " + MOST_ID_BYTES + " characters";
    }

    private IOException failure(Command.Append append, Drives.End end) {
        if (running.failure().isPresent()) {
            // Whatever it seems to be: this member half did something.
            counters.failed();
            return new JournalException("append to " + append.log() + " at sequence number "
                    + append.firstSequenceNr() + ": the journal has failed, whether it was written is unknown");
        }
        if (end.outcome() instanceof Outcome.Accepted) {
            counters.appended(append.events().size());
            return null;
        } else if (end.outcome() != null) {
            counters.refused();
            return new AppendRefusedException(append.log(), append.firstSequenceNr(), end.outcome().head());
        }
        counters.failed();
        return new JournalException("append to " + append.log() + " at sequence number " + append.firstSequenceNr()
                + " failed: replicated journal: " + end.why());
    }

    // --- reading --------------------------------------------------------------------------------------------------

    /**
     * Has this member's ledger show all that was acknowledged to anybody, and the end of all that was asked for here
     * about a log.
     */
    CompletionStage<Void> caughtUp(String persistenceId) {
        return caughtUp(persistenceId, settings.holdFor());
    }

    /** As {@link #caughtUp(String)}, tried for so long. */
    CompletionStage<Void> caughtUp(String persistenceId, Duration within) {
        CompletableFuture<Void> caughtUp = new CompletableFuture<>();
        long endNs = nanoClock.getAsLong() + within.toNanos();
        if (isClosed) {
            caughtUp.completeExceptionally(new JournalException("the replicated journal is closed"));
        } else {
            running.turn().submit(() -> catchUp(persistenceId, endNs, caughtUp));
        }
        return caughtUp;
    }

    private void catchUp(String persistenceId, long endNs, CompletableFuture<Void> caughtUp) {
        boolean isOver = nanoClock.getAsLong() - endNs > 0;
        if (drives.areUnderWay(persistenceId) && !isOver) {
            running.turn().schedule(() -> catchUp(persistenceId, endNs, caughtUp), LOOK_AGAIN);
            return;
        }
        running.member().catchUp(answer -> {
            if (answer instanceof Answer.Readable) {
                caughtUp.complete(null);
            } else if (isOver || isClosed) {
                caughtUp.completeExceptionally(new JournalException("the replicated journal cannot be read: "
                        + ((Answer.NotNow) answer).why()));
            } else {
                running.turn().schedule(() -> catchUp(persistenceId, endNs, caughtUp), LOOK_AGAIN.multipliedBy(10));
            }
        });
    }

    @Override
    public CompletionStage<Long> acceptedHead(String persistenceId) {
        return caughtUp(persistenceId).thenApply(nothing -> ledger().head(persistenceId));
    }

    @Override
    public CompletionStage<Map<String, Long>> withEvents() {
        return caughtUp("").thenApply(nothing -> ledger().withEvents());
    }

    @Override
    public CompletionStage<Void> remains(String persistenceId, Consumer<byte[]> event) {
        return caughtUp(persistenceId).thenAccept(nothing ->
                ledger().events(persistenceId, 0, Long.MAX_VALUE).values().forEach(event));
    }

    // --- deletions, snapshots, rows -------------------------------------------------------------------------------

    /** Has a command decided that changes no events. */
    CompletionStage<Outcome> decide(Command command) {
        return decide(command, settings.holdFor());
    }

    /** As {@link #decide(Command)}, tried for so long. */
    CompletionStage<Outcome> decide(Command command, Duration within) {
        CompletableFuture<Outcome> decided = new CompletableFuture<>();
        if (isClosed) {
            decided.completeExceptionally(new JournalException("the replicated journal is closed"));
            return decided;
        }
        running.turn().submit(() -> drives.start(command, within, end -> {
            if (end.outcome() != null) {
                decided.complete(end.outcome());
            } else {
                decided.completeExceptionally(new JournalException("replicated journal: " + end.why()));
            }
        }));
        return decided;
    }

    /** Saves a snapshot, in parts, so that no append waits long behind it. */
    CompletionStage<Void> save(Command.SaveSnapshot snapshot) {
        List<Command.SaveSnapshot> parts = new ArrayList<>();
        byte[] bytes = snapshot.bytes();
        int count = Math.max(1, (bytes.length + PART_BYTES - 1) / PART_BYTES);
        for (int part = 0; part < count; part++) {
            byte[] some = Arrays.copyOfRange(bytes, part * PART_BYTES,
                    Math.min(bytes.length, (part + 1) * PART_BYTES));
            parts.add(new Command.SaveSnapshot(snapshot.log(), snapshot.sequenceNr(), snapshot.timestamp(), part, count,
                    some));
        }
        return save(parts, 0, SNAPSHOT_ATTEMPTS);
    }

    /** A part that does not follow is refused: another owner saves as well. Then from the beginning. */
    private CompletionStage<Void> save(List<Command.SaveSnapshot> parts, int next, int attempts) {
        return decide(parts.get(next)).thenCompose(outcome -> {
            if (outcome instanceof Outcome.Accepted) {
                return next + 1 == parts.size() ? CompletableFuture.completedStage(null)
                        : save(parts, next + 1, attempts);
            }
            return attempts > 1 ? save(parts, 0, attempts - 1)
                    : CompletableFuture.failedStage(new JournalException("a snapshot of " + parts.get(0).log()
                            + " cannot be saved: others save it at the same time"));
        });
    }

    /** A row by its name. */
    ReplicatedRow row(String name) {
        return new ReplicatedRow(this, rowClock, name, settings.holdFor());
    }

    @Override
    public Optional<ClusterRow> clusterRow() {
        return Optional.of(row("cluster"));
    }

    @Override
    public void close() {
        isClosed = true;
        running.close();
    }
}
