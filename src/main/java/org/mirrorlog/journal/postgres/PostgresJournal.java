package org.mirrorlog.journal.postgres;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.EncodedWrites;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.JournalCounters;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;

/** The journal in a PostgreSQL database, open. All methods may be called from any thread. */
public final class PostgresJournal implements Journal {

    private static final int MOST_ID_BYTES = 1024;

    private final Connector connector;
    private final PostgresSettings settings;
    private final JournalLog log;
    private final LongSupplier nanoClock;
    private final JournalCounters counters = new JournalCounters();
    private final GroupWriter writer;
    private final Background background;
    private final Background ofRow;
    private volatile boolean isSuccessor;

    /** Who had appended last when a log was replayed here; an entry for each log that was not retired since. */
    private final Map<String, String> seenWriters = new ConcurrentHashMap<>();

    private PostgresJournal(Connector connector, PostgresSettings settings, JournalLog log, LongSupplier nanoClock) {
        this.connector = connector;
        this.settings = settings;
        this.log = log;
        this.nanoClock = nanoClock;
        this.writer = new GroupWriter(connector, settings, counters, log, nanoClock);
        this.background = new Background(connector, "mirrorlog-journal-", log, nanoClock);
        this.ofRow = Background.ofRow(connector, log, nanoClock);
    }

    /**
     * Connects, and waits for the server within {@code start-within}.
     *
     * @throws JournalException if that cannot be: one line with what, where and what can be done
     */
    static PostgresJournal open(PostgresSettings settings, JournalLog log, LongSupplier nanoClock)
            throws JournalException {
        Connector connector = new Connector(settings, log);
        DatabaseSession first = connect(connector, settings, log, nanoClock);
        PostgresJournal journal = new PostgresJournal(connector, settings, log, nanoClock);
        journal.writer.start(first);
        journal.background.start();
        journal.ofRow.start();
        return journal;
    }

    private static DatabaseSession connect(Connector connector, PostgresSettings settings, JournalLog log,
            LongSupplier nanoClock) throws JournalException {
        long endNs = nanoClock.getAsLong() + settings.bounds().startWithin().toNanos();
        CommitHealth health = connector.health(settings.bounds(), log, nanoClock);
        while (true) {
            try {
                DatabaseSession first = connector.open();
                health.succeeded();
                return first;
            } catch (SQLException e) {
                if (SqlErrors.needsTheOperator(e) || nanoClock.getAsLong() - endNs > 0) {
                    throw new JournalException("journal at " + connector.serverName() + " cannot be opened ("
                            + SqlErrors.reason(e) + "): check " + PostgresSettings.PATH + " and the server", e);
                }
                health.failed(SqlErrors.reason(e));
                LockSupport.parkNanos(connector, health.takeDelayNs());
            }
        }
    }

    @Override
    public JournalId id() {
        return connector.id();
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
        return writer.problem();
    }

    @Override
    public void look() {
        writer.health().look();
    }

    @Override
    public long turns() {
        return writer.turns();
    }

    @Override
    public Optional<ClusterRow> clusterRow() {
        return Optional.of(new PostgresRow(ofRow));
    }

    @Override
    public JournalCounters.Snapshot counters() {
        return counters.snapshot();
    }

    /**
     * Appends, all or nothing, right after the event before the first one (rule D1). The completion is told when they
     * are durable, or why not: {@link org.mirrorlog.journal.AppendRefusedException} if the head is elsewhere, else the
     * outcome is failed or unknown.
     */
    void append(EncodedWrites writes, DatabaseWrite.Completion completion) {
        DatabaseWrite.Append append = new DatabaseWrite.Append(writes.persistenceId(), writes.writer(),
                seenWriters.get(writes.persistenceId()), writes.firstSequenceNr(), writes.events(), completion,
                nanoClock.getAsLong());
        String problem = problemOf(append);
        if (problem == null) {
            writer.submit(append);
        } else {
            JournalException failure = new JournalException("an append to " + writes.persistenceId() + " " + problem);
            writer.health().failedAlone(failure.getMessage());
            completion.complete(failure);
        }
    }

    private String problemOf(DatabaseWrite.Append append) {
        if (append.bytes() > settings.bounds().groupBytes()) {
            return "of " + append.bytes() + " bytes is larger than " + PostgresSettings.PATH + ".max-group-bytes = "
                    + settings.bounds().groupBytes();
        }
        boolean isStorable = append.persistenceId().length() <= MOST_ID_BYTES
                && append.persistenceId().indexOf('\0') < 0 && append.writer().indexOf('\0') < 0;
        return isStorable && !append.events().isEmpty() ? null
                : "must hold an event, and its persistence id at most " + MOST_ID_BYTES + " characters, none of them"
                        + " NUL";
    }

    @Override
    public CompletionStage<Map<String, Long>> withEvents() {
        return background.submit("reading the heads", EventRows::withEvents);
    }

    @Override
    public void forget(String persistenceId) {
        seenWriters.remove(persistenceId);
    }

    /** Where a log stands, once all appends to it that were submitted here are decided. To be asked before a replay. */
    CompletionStage<EventRows.Head> head(String persistenceId) {
        return readHead(persistenceId).thenApply(head -> {
            seenWriters.put(persistenceId, head.writer());
            return head;
        });
    }

    @Override
    public CompletionStage<Long> acceptedHead(String persistenceId) {
        // Whoever looks has not replayed: what its appends believe to have seen stays.
        return readHead(persistenceId).thenApply(EventRows.Head::sequenceNr);
    }

    private CompletionStage<EventRows.Head> readHead(String persistenceId) {
        CompletableFuture<Void> decided = new CompletableFuture<>();
        writer.submit(new DatabaseWrite.Barrier(failure -> complete(decided, failure), nanoClock.getAsLong()));
        return decided.thenCompose(nothing -> background.submit("reading the head of " + persistenceId,
                connection -> EventRows.head(connection, persistenceId)));
    }

    private static void complete(CompletableFuture<Void> decided, IOException failure) {
        if (failure == null) {
            decided.complete(null);
        } else {
            decided.completeExceptionally(failure);
        }
    }

    /** Replays in order; the sink is called on a thread of the journal. */
    CompletionStage<Void> replay(String persistenceId, EventRows.Range range, EventRows.Sink sink) {
        return background.submit("replaying " + persistenceId,
                connection -> EventRows.replay(connection, persistenceId, range, sink));
    }

    @Override
    public CompletionStage<Void> remains(String persistenceId, Consumer<byte[]> event) {
        return background.submit("reading what is left of " + persistenceId,
                connection -> EventRows.remains(connection, persistenceId, event));
    }

    /** Deletes events up to a sequence number (at most up to the head). The head stays. */
    CompletionStage<Void> delete(String persistenceId, long toSequenceNr) {
        return background.submit("deleting events of " + persistenceId,
                connection -> EventRows.delete(connection, persistenceId, toSequenceNr));
    }

    /** Does something with snapshots, repeatably. */
    <T> CompletionStage<T> snapshots(String what, Background.Work<T> work) {
        return background.submit(what, work);
    }

    JournalLog log() {
        return log;
    }

    @Override
    public void close() {
        writer.close();
        background.close();
        ofRow.close();
    }
}
